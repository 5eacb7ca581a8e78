"""What holds for every answer, and what happens when something is wrong."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from sqlalchemy import URL, make_url

from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from tests.web.client import Client
from tests.web.reading import BETA, OVERVIEW, PREFIX, Page, Reader, text_of, told
from tests.web.world import NOW, World, dead_letter_row, work_row
from web.app import create_app, create_app_from_environment

TEXTS = ("irc", "meeting", "report", "requests", "go-no-go", "weekly.txt", "nothing.txt", "info")
LISTS = (
    BETA,
    f"{OVERVIEW}/updates",
    f"{OVERVIEW}/need_testing",
    "/user/maintainer",
    "/package/anaconda",
    "/search?q=x",
)
OF_API = (
    "/api/v0/bugimg/7",
    "/api/v0/milestones/45/beta/bugs",
    "/api/v0/milestones/45/beta/updates",
    "/api/v1/openapi.json",
    "/api/v1/milestones",
    "/api/v1/milestones/45/beta",
    "/api/v1/milestones/45/beta/bugs",
    "/api/v1/milestones/45/beta/updates",
    "/api/v1/bugs/7",
    "/api/v1/events",
)
ALL = [
    "/",
    "/current",
    OVERVIEW,
    *(f"{OVERVIEW}/{name}" for name in TEXTS),
    *LISTS,
    f"{BETA}?format=csv",
    f"{BETA}?format=json",
    f"{BETA}?todo=nothing",
    "/bug/7",
    "/bug/7/updates",
    "/bug/8",
    *OF_API,
    f"{OVERVIEW}/feed.atom",
    "/bug/7/feed.atom",
    "/release/45/dates.ics",
    "/badge/45/beta.svg",
    "/status",
    "/nothing",
    "/static/site.css",
]


@pytest.fixture
def filled(world: World) -> World:
    """A world with something on every page."""
    world.milestone(is_current=True)
    world.nominated(7, "accepted", priority_state="prioritized")
    world.nomination(7, "rejected", tracker_id=1002)
    world.events(7, [("created", "", "anaconda", "bob")])
    world.add(work_row(7, attempts=1, last_error="x"))
    world.add(dead_letter_row(1))
    world.synced()
    return world


def test_every_answer_carries_the_security_headers(filled: World, reader: Reader) -> None:
    for path in (*(f"/blockerbugs{path}" for path in ALL), "/", "/healthz/live", "/healthz/ready"):
        headers = reader.client.get(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith(
            "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
        ), path
        assert policy.endswith("form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
        assert headers["cache-control"] == "no-cache"
        assert headers["strict-transport-security"] == "max-age=31536000"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["permissions-policy"].startswith("camera=()")
        assert "server" not in headers


def test_head_answers_like_get(filled: World, reader: Reader) -> None:
    for path in ALL:
        get, head = (reader.client.request(method, f"/blockerbugs{path}") for method in ("GET", "HEAD"))
        assert (head.status_code, told(head)) == (get.status_code, told(get)), path


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_written(filled: World, reader: Reader, method: str) -> None:
    for path in set(ALL) - {"/nothing", f"{OVERVIEW}/nothing.txt"}:
        answer = reader.client.request(method, f"/blockerbugs{path}", headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == 405, path
        assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}
        assert "Method Not Allowed" in (answer.text if path in OF_API or "format=" in path else Page(answer.text).text)


@pytest.mark.parametrize(
    "path",
    [
        OVERVIEW,
        f"{OVERVIEW}/requests",
        f"{OVERVIEW}/info",
        *LISTS,
        f"{BETA}?todo=fix&sort=-bug",
        f"{BETA}?todo=nothing",
        "/bug/7",
        "/status",
        "/nothing",
        "/milestone/1/beta",
        "/milestone/1/beta/irc",
    ],
)
def test_pages_can_be_used_without_seeing_or_a_mouse(filled: World, reader: Reader, path: str) -> None:
    page = Page(reader.client.get(f"/blockerbugs{path}").text)
    assert page.one("html").get("lang") == "en"
    skip = next(page.root.iter("a"))
    assert (text_of(skip), skip.get("href")) == ("Skip to content", f"#{page.one('main').get('id')}")
    assert (len(list(page.root.iter("header"))), len(list(page.root.iter("footer")))) == (1, 1)
    levels = [int(element.tag[1]) for element in page.root.iter() if re.fullmatch("h[1-6]", element.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(th.get("scope") for th in page.root.iter("th"))
    assert len(page.ids()) == len(set(page.ids()))
    assert not [e for e in page.root.iter() if e.tag == "style" or e.get("style") or e.get("onclick")]
    assert all(script.get("src") and not script.text for script in page.root.iter("script"))


@pytest.mark.parametrize("prefix", ["", "/a/deeper/one"])
def test_every_link_leads_somewhere_under_any_prefix(filled: World, database: Database, prefix: str) -> None:
    settings = Settings.of(blockerbugs_url=f"https://example.com{prefix}")
    with Client(create_app(settings, database, clock=lambda: NOW)) as client:
        seen_ids, asked, waiting = dict[str, set[str]](), set[tuple[str, str]](), [prefix or "/"]
        while waiting:
            path = waiting.pop()
            if path in seen_ids:
                continue
            answer = client.get(path)
            assert answer.status_code == 200, path
            seen_ids[path] = set()
            if not answer.headers["content-type"].startswith("text/html"):
                continue
            page = Page(answer.text)
            links = [e.get("href") or "" for e in page.root.iter() if e.tag == "link"]
            assert all(client.get(link).status_code == 200 for link in links)
            anchors = [link[1:] for link in page.links() if link.startswith("#")]
            assert set(anchors) <= set(page.ids())
            seen_ids[path] = set(page.ids())
            # Filters can be combined without end: what is asked for is followed from pages that ask for nothing.
            parts = [link.partition("#") for link in page.links() if link.startswith("/") and "?" not in path]
            waiting += [link for link, _, _ in parts]
            asked |= {(link, anchor) for link, _, anchor in parts if anchor}
    assert [link for link, anchor in asked if anchor not in seen_ids[link]] == []
    pages = ("/", "/status", "/bug/7", *LISTS[:5], OVERVIEW, f"{OVERVIEW}/info", f"{OVERVIEW}/compose.txt")
    assert set(seen_ids) >= {f"{prefix}{path}" for path in pages}


@pytest.mark.parametrize("path", ["/nothing", f"{OVERVIEW}/nothing", "/bug/3", "/release/9/dates.ics"])
def test_an_address_at_which_there_is_nothing_names_the_milestones(filled: World, reader: Reader, path: str) -> None:
    filled.milestone("44", "final", trackers={}, is_active=False)
    page = reader.page(path, status=404)
    assert "known here: Fedora 44 Final (not active) Fedora 45 Beta " in page.text
    beta = f"{PREFIX}{OVERVIEW}"
    assert [link for link in page.links() if "/milestone/" in link] == [beta, f"{PREFIX}/milestone/44/final", beta]


def test_static_files_may_be_kept_only_under_their_version(reader: Reader) -> None:
    links = [e for e in reader.page("/status").root.iter("link") if e.get("rel") == "stylesheet"]
    assert len(links) == 3
    for link in links:
        answer = reader.client.get(link.get("href") or "")
        assert answer.headers["content-type"].startswith("text/css")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    other = reader.client.get("/blockerbugs/static/site.css?v=0")
    assert other.headers["cache-control"] == "no-cache"
    again = reader.client.get("/blockerbugs/static/site.css", headers={"If-None-Match": other.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["/static/", "/static/none.css", "/static/..%2fapp.py", "/static/%2e%2e/app.py"])
def test_only_static_files_are_served_as_such(reader: Reader, path: str) -> None:
    assert reader.client.get(f"/blockerbugs{path}").status_code == 404


def _away() -> Database:
    return Database(URL.create("postgresql+psycopg", host="127.0.0.1", port=1, username="SECRET", password="SECRET"))


@pytest.mark.parametrize(
    "path", ["/", OVERVIEW, f"{OVERVIEW}/meeting.txt", f"{OVERVIEW}/feed.atom", *LISTS, "/bug/7", "/status"]
)
def test_without_the_database_pages_say_so_and_when_to_come_back(path: str) -> None:
    with Client(create_app(Settings.of(), _away())) as client:
        answer = client.get(f"/blockerbugs{path}")
        assert client.get("/blockerbugs/bug/x").status_code == 404
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert Page(answer.text).title == "The database cannot be reached; try again – Blocker Bugs"
    assert "SECRET" not in answer.text


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_without_tables_pages_say_what_the_operator_must_do(request: pytest.FixtureRequest, kind: str) -> None:
    database = Database(make_url(request.getfixturevalue(f"{kind}_url")))
    with Client(create_app(Settings.of(), database)) as client:
        answer = client.get("/blockerbugs/status")
    assert answer.status_code == 503
    assert "bbconsumer upgrade_db" in Page(answer.text).text


def test_a_fault_of_ours_shows_no_traceback(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.pages.load_status", lambda *_args, **_kwargs: 1 / 0)
    page = reader.page("/status", status=500)
    assert page.title == "Something went wrong here – Blocker Bugs"
    assert "ZeroDivision" not in page.text
    assert reader.client.get("/blockerbugs/status").headers["x-content-type-options"] == "nosniff"


def test_an_environment_that_cannot_be_used_ends_with_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNC_INTERVAL_S", "soon")
    with pytest.raises(SystemExit, match="cannot start: SYNC_INTERVAL_S must be a whole number from 1"):
        create_app_from_environment()
