"""The Atom feeds: what the standard demands, whatever people write, and how old it is."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from xml.etree.ElementTree import Element, fromstring

import pytest
from sqlalchemy import make_url

from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from tests.domain.milestones import update
from tests.services.schema import make_schema
from tests.web.client import Client
from tests.web.reading import BETA, OVERVIEW, PREFIX, Page, text_of, told
from tests.web.world import NOW, World, ago, comments, event_row
from web.app import create_app

MILESTONE, BUG = f"{PREFIX}{OVERVIEW}/feed.atom", f"{PREFIX}/bug/7/feed.atom"
FEEDS = [MILESTONE, BUG]
SITE = "https://qa.fedoraproject.org"
TITLE = "<b>]]>\x0b\x1b\ufffe&amp;\u202e\ud7ff \U0001f600 bob@example.com"
At = Callable[[float], Client]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A milestone with a bug to which much happened, and one whose title is hostile."""
    database = Database(make_url(f"sqlite:///{tmp_path_factory.mktemp('feeds') / 'world.sqlite'}"))
    make_schema(database)
    world = World(database)
    world.milestone(is_current=True)
    world.synced()
    world.updates_synced()
    world.nominated(7, summary="No sound")
    world.nominated(8, summary=TITLE + " x" * 5_000)
    world.bodhi_update(
        update("pending", bug_ids=frozenset({7, 8}), title=TITLE, submitted_at=ago(hours=1), testing_at=None)
    )
    world.ticket(3, 7, comments(("alice", "BetaBlocker +1"), hours=1))
    world.add(*(event_row(100 - hour, 7, "status", "NEW", TITLE, TITLE) for hour in range(2, 60)))
    world.add(event_row(99, 8, "assigned_to", "", "dave@example.com", "erin@example.com"))
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def at(database: Database) -> At:
    """Reads at so many seconds after NOW."""
    return lambda seconds: Client(create_app(Settings.of(), database, clock=lambda: NOW + timedelta(seconds=seconds)))


def feed(client: Client, path: str) -> Element:
    """The parsed feed: it must be well-formed XML."""
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/atom+xml; charset=utf-8"), (
        answer.text
    )
    assert answer.text.startswith("<?xml version='1.0' encoding='utf-8'?>")
    return fromstring(answer.content)


def texts(element: Element, name: str) -> list[str]:
    """The texts of the children of that name."""
    return [child.text or "" for child in element.findall(f"{{http://www.w3.org/2005/Atom}}{name}")]


def one(element: Element, name: str) -> str:
    """The text of the only child of that name."""
    (text,) = texts(element, name)
    return text


def entries(root: Element) -> list[Element]:
    return root.findall("{http://www.w3.org/2005/Atom}entry")


def link(element: Element, rel: str) -> str:
    """The only link of that relation."""
    links = element.findall("{http://www.w3.org/2005/Atom}link")
    (found,) = [each.get("href") or "" for each in links if each.get("rel") == rel]
    return found


@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_has_what_the_standard_demands(at: At, path: str) -> None:
    root = feed(at(0), path)
    assert root.tag == "{http://www.w3.org/2005/Atom}feed"
    assert link(root, "self") == SITE + path
    assert link(root, "alternate") == SITE + path.removesuffix("/feed.atom")
    (author,) = root.findall("{http://www.w3.org/2005/Atom}author")
    assert one(author, "name") == "Blocker Bugs"
    assert 0 < len(entries(root)) <= 50
    parts = [root, *entries(root)]
    names = [one(part, "id") for part in parts]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"tag:qa\.fedoraproject\.org,2026:/blockerbugs/[\w/-]+", name) for name in names)
    assert all(one(part, "title") for part in parts)
    times = [one(part, "updated") for part in parts]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", time) for time in times)
    assert times[1:] == sorted(times[1:], reverse=True)


@pytest.mark.parametrize(("path", "page"), [(MILESTONE, OVERVIEW), (MILESTONE, BETA), (BUG, "/bug/7")])
def test_pages_name_their_feed(at: At, path: str, page: str) -> None:
    shown = Page(at(0).get(PREFIX + page).text)
    feeds = [e.get("href") for e in shown.root.iter("link") if e.get("type") == "application/atom+xml"]
    assert feeds == [path]


def test_entries_lead_to_the_events_on_the_pages(at: At) -> None:
    client = at(0)
    for entry in entries(feed(client, MILESTONE))[:8]:
        path, _, anchor = link(entry, "alternate").removeprefix(SITE).partition("#")
        assert anchor in Page(client.get(path).text).ids()
    titles = [one(entry, "title") for entry in entries(feed(client, MILESTONE))]
    assert "7 No sound – alice’s vote on BetaBlocker: +1" in titles
    (submitted,) = [entry for entry in entries(feed(client, MILESTONE)) if "submitted" in one(entry, "title")]
    assert one(submitted, "content").endswith(" by bob. Bug 7: No sound Also: 8.")


def test_a_feed_tells_the_same_as_the_page(at: At) -> None:
    client = at(0)
    shown = Page(client.get(f"{PREFIX}/bug/7").text).by_id("timeline")
    anchors = [item.get("id") for item in shown.iter("li")]
    assert len(anchors) > 50
    assert [link(entry, "alternate").partition("#")[2] for entry in entries(feed(client, BUG))] == anchors[:50]
    assert "alice’s vote on BetaBlocker: +1" in text_of(shown)


def test_what_people_write_is_text_without_addresses_and_titles_are_short(at: At) -> None:
    client = at(0)
    for path in (*FEEDS, f"{PREFIX}/bug/8/feed.atom"):
        root = feed(client, path)
        said = [text for entry in entries(root) for name in ("title", "content") for text in texts(entry, name)]
        assert not [text for text in said if "@" in text or "\n" in text]
        assert {child.tag.partition("}")[2] for child in root.iter()} == {
            *("feed", "id", "title", "subtitle", "updated", "link", "author", "name", "uri", "entry", "content"),
        }
    titles = [one(entry, "title") for entry in entries(feed(client, f"{PREFIX}/bug/8/feed.atom"))]
    assert any("<b>]]> \N{REPLACEMENT CHARACTER}&amp;" in title for title in titles)
    assert any(title.endswith("… – assignee: dave by erin") for title in titles)
    assert max(map(len, titles)) < 300


def test_the_age_of_the_data_is_told(at: At) -> None:
    for path in FEEDS:
        fresh = feed(at(0), path)
        assert one(fresh, "subtitle") == "Checked 2026-11-23 11:57 UTC."
        assert one(fresh, "updated") == "2026-11-23T11:57:00Z"
    old = one(feed(at(7200), MILESTONE), "subtitle")
    assert "Stale data: Bugs may have changed (last complete sync 2026-11-23 11:57 UTC)." in old
    assert "Stale updates: Bugs are not concerned, but updates may have changed" in old
    assert "This bug has not been read for too long (last read 2026-11-23 11:57 UTC)." in one(
        feed(at(7200), BUG), "subtitle"
    )


@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_is_confirmed_until_something_changes_even_if_only_its_age_does(at: At, path: str) -> None:
    answer = at(0).get(path)
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
    held = {"If-None-Match": answer.headers["etag"]}
    assert at(3000).get(path, headers=held).status_code == 304
    assert at(7200).get(path, headers=held).status_code == 200
    assert told(at(0).head(path)) == told(answer)


def test_before_the_first_sync_a_feed_says_that_there_are_no_data(tmp_path_factory: pytest.TempPathFactory) -> None:
    database = Database(make_url(f"sqlite:///{tmp_path_factory.mktemp('empty') / 'world.sqlite'}"))
    make_schema(database)
    World(database).milestone(is_read=False)
    client = Client(create_app(Settings.of(), database, clock=lambda: NOW))
    root = feed(client, MILESTONE)
    assert one(root, "subtitle").startswith("No data yet: No sync has been complete so far")
    assert datetime.fromisoformat(one(root, "updated")) == NOW
    assert entries(root) == []
    World(database).nominated(7)
    World(database).events(7, [("status", "NEW", "POST", "bob")], first=95)
    assert datetime.fromisoformat(one(feed(client, MILESTONE), "updated")) == ago(hours=5)


@pytest.mark.parametrize("path", ["/milestone/46/beta/feed.atom", "/milestone/45/alpha/feed.atom"])
def test_the_feed_of_an_unknown_milestone_names_those_that_there_are(at: At, path: str) -> None:
    answer = at(0).get(PREFIX + path)
    assert answer.status_code == 404
    assert "Fedora 45 Beta" in Page(answer.text).text


def test_feeds_of_bugs_that_are_not_there_are_answered_alike(at: At, database: Database) -> None:
    World(database).bug(9, absence="private", summary="SECRET")
    answers = [at(0).get(f"{PREFIX}/bug/{number}/feed.atom") for number in ("9", "10", "x", "007", "9" * 30)]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[1].text)}
    assert "etag" not in answers[0].headers
