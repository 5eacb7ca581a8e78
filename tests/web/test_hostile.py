"""Everything from outside is text: it changes neither a page's structure nor its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import make_url

from bbconsumer.config import Settings
from bbconsumer.db.models import TicketRow
from bbconsumer.db.session import Database
from bbconsumer.domain.ballots import Outcome, VoteTracker
from bbconsumer.domain.reviews import Review, TrackerReview, as_json
from bbconsumer.domain.votes import Decision, Remark, Uncounted
from tests.domain.milestones import update
from tests.services.schema import make_schema
from tests.web.client import Client
from tests.web.reading import BETA, OVERVIEW, Page, Reader, text_of
from tests.web.world import NOW, World, dead_letter_row, event_row, needinfo, work_row
from web.app import create_app

UPDATES = f"{OVERVIEW}/updates"
PACKAGE = "/package"
PATHS = (OVERVIEW, BETA, f"{BETA}?sort=-title", "/bug/7", "/status", UPDATES, PACKAGE)
TEXTS = {
    "script": "<script>alert(1)</script></title></table>",
    "attribute": "\" onmouseover='alert(1)' x=\"",
    "template": "{{ page.now }} {% raw %} ${7*7}",
    "entity": "&lt;b&gt; &amp; &#x27;",
    "bidi": "\u202eright to left \u2066",
    "long": "x" * 10_000,
    "comment": "--> <!-- <![CDATA[",
}
Read = Callable[[str], dict[str, Page]]


def _tickets(text: str) -> Iterator[TicketRow]:
    """Two tickets of bug 7."""
    decision = Decision(VoteTracker.BETA_BLOCKER, Outcome.ACCEPTED, text, NOW, 101)
    review = Review(
        {
            VoteTracker.BETA_BLOCKER: TrackerReview(text, "decided", "decided", decision),
            VoteTracker.ZERO_DAY: TrackerReview(text, "needs 1 more vote", "needs_votes", None),
        },
        (Uncounted(102, text, NOW, text, text),),
        (Remark(103, text, NOW, text),),
    )
    for number in (3, 4):
        values = {
            "title": text,
            "content": text,
            "opened_by": text,
            "close_status": text,
            "tags": [text],
            "fingerprint": "",
        }
        times = dict.fromkeys(("created_at", "last_updated_at", "first_seen_at", "checked_at"), NOW)
        yield TicketRow(
            id=number, bug_id=7, absence=None, is_open=True, comments=[], review=as_json(review), **values, **times
        )


def _talk(text: str) -> list[tuple[str, str, str, str]]:
    """Events of a ticket."""
    return [
        ("created", "", text, text),
        (f"vote/BetaBlocker/{text}", text, text, text),
        (f"vote/BetaBlocker/{text}", text, "", "chair"),
        ("decision/BetaBlocker", "", text, text),
        ("decision/BetaBlocker", text, "", text),
    ]


def _fill(world: World, text: str) -> None:
    world.milestone()
    world.synced("incomplete", problem=text)
    world.source(failures=1, last_error=text)
    columns = (
        "summary component status resolution product version whiteboard assigned_to creator severity priority "
        "removal_held"
    )
    world.bug(7, flags=[needinfo(text)], priority_state="prioritized", **dict.fromkeys(columns.split(), text))
    world.nomination(7, "contradictory", reason=text, proposed_by=text, decided_by=text)
    world.updates_synced()
    outside = dict.fromkeys(("title", "submitter", "request", "gating"), text)
    world.bodhi_update(update(alias="FEDORA-2026-7", bug_ids=frozenset({7}), builds=(text,), **outside))
    world.tickets_synced("incomplete", problem=text)
    world.source("pagure", failures=1, last_error=text)
    world.record(7, 101, "conflict", text)
    world.add(*_tickets(text))
    world.updates_synced()
    world.bodhi_update(update(bug_ids=frozenset({7}), title=text, submitter=text))
    world.bodhi_update(update(text, bug_ids=frozenset({7}), builds=(text,), request=text, modified_at=NOW))
    world.events(7, [("status", text, text, text), ("nomination/1001", text, "", text)], first=51)
    world.add(*(event_row(90 + seq, 3, *event, object_kind="ticket") for seq, event in enumerate(_talk(text))))
    world.add(work_row(7, attempts=1, last_error=text))
    world.add(dead_letter_row(1, topic=text, reason=text))


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """All pages of a world in which every text from outside is the same."""

    def pages(text: str) -> dict[str, Page]:
        folder: Path = tmp_path_factory.mktemp("world")
        database = Database(make_url(f"sqlite:///{folder / 'world.sqlite'}"))
        make_schema(database)
        _fill(World(database), text)
        with Client(create_app(Settings.of(), database, clock=lambda: NOW)) as client:
            of_text = {PACKAGE: f"{PACKAGE}/{quote(text, safe='')}"}
            return {path: Reader(client).page(of_text.get(path, path)) for path in PATHS}

    return pages


@pytest.fixture(scope="module")
def plain(read: Read) -> dict[str, Page]:
    """The pages as they look with a harmless text."""
    return read("harmless")


def _shape(page: Page) -> list[tuple[str, list[str]]]:
    return [(element.tag, sorted(element.keys())) for element in page.root.iter()]


@pytest.mark.parametrize("name", TEXTS)
def test_a_hostile_text_is_shown_as_it_is_and_leaves_the_structure_alone(
    read: Read, plain: dict[str, Page], name: str
) -> None:
    for path, page in read(TEXTS[name]).items():
        assert _shape(page) == _shape(plain[path])
        assert " ".join(TEXTS[name].split())[:300] in page.text


def test_characters_that_html_forbids_are_replaced(read: Read) -> None:
    for page in read("a\x0b\x1b\x85\ufdd0b").values():
        assert "a\N{REPLACEMENT CHARACTER}" in page.text


def test_a_text_with_the_direction_of_another_script_stands_apart(read: Read) -> None:
    text = " ".join(TEXTS["bidi"].split())
    for path, page in read(TEXTS["bidi"]).items():
        # What may hold nothing but text, as an option of a form, stands apart by itself.
        apart = [text_of(element) for element in page.root.iter() if element.tag == "bdi" or element.get("dir")]
        titles = 1 if path in {"/bug/7", PACKAGE} else 0
        assert text_of(page.root).count(text) == sum(each.count(text) for each in apart) + titles
