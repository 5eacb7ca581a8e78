"""What happened, on the page of a bug and on the overview: all of it, at addresses that stay, and nothing private."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy import update as sql_update

from bbconsumer.config import Settings
from bbconsumer.db.models import BugRow, UpdateRow
from bbconsumer.db.session import Database
from bbconsumer.db.updates import UpdateWriter, register_updates
from bbconsumer.db.verdicts import note_verdict
from bbconsumer.domain.trackers import Milestone, MilestoneName
from tests.domain.milestones import update
from tests.web.client import Client
from tests.web.databases import on_both
from tests.web.reading import OVERVIEW, PREFIX, Page, Reader, selects, text_of
from tests.web.world import NOW, World, ago, bug_row, comments, nomination_row, work_row
from web.app import create_app

ALIAS = "FEDORA-2026-1"
PRIVATE, MISSING, UNKNOWN = 999001, 999002, 999003


@pytest.fixture
def known(world: World) -> World:
    """Three public bugs of a milestone, one of none, and bugs that nobody may know of; updates are known."""
    world.milestone(is_current=True)
    world.synced()
    world.updates_synced()
    for bug_id in (7, 8, 9):
        world.nominated(bug_id, summary=f"Bug {bug_id}")
    world.bug(55)
    world.nominated(PRIVATE, absence="private")
    world.nominated(MISSING, absence="missing")
    return world


def put(world: World, *bug_ids: int, hours: float = 0, alias: str = ALIAS, **changes: Any) -> None:
    """The update as Bodhi tells of it, edited so many hours ago, if it was edited."""
    at = ago(hours=hours) if hours else None
    values = {"submitted_at": ago(hours=99), "testing_at": None, "modified_at": at, "status": "pending"} | changes
    world.bodhi_update(update(alias=alias, bug_ids=frozenset(bug_ids), **values))


def told(page: Page, section: str = "timeline") -> list[str]:
    """What a section tells, without the times."""
    return [text_of(item).split(" ago ", 1)[-1].removeprefix("just now ") for item in page.by_id(section).iter("li")]


def targets(page: Page) -> list[str]:
    """The addresses of what happened lately."""
    return [a.get("href") or "" for a in page.by_id("lately").iter("a")]


@on_both
def test_an_update_is_told_from_when_it_named_the_bug_until_it_did_no_more(known: World, reader: Reader) -> None:
    put(known, 7)
    put(known, 7, 8, hours=50, builds=("a-1.fc45", "b-1.fc45"))
    put(known, 7, 8, hours=50, builds=("a-1.fc45", "b-1.fc45"), status="testing", testing_at=ago(hours=40))
    put(known, 7, hours=30, builds=("a-1.fc45", "b-1.fc45"), status="testing", testing_at=ago(hours=40))
    put(known, 7, hours=30, builds=("a-1.fc45", "b-1.fc45"), status="testing", testing_at=ago(hours=40), karma=2)
    since_8 = [
        f"update {ALIAS}: pending → testing",
        f"builds of update {ALIAS}: anaconda-45.3-1.fc45 → a-1.fc45 b-1.fc45",
        f"bugs of update {ALIAS}: 7 → 7, 8",
    ]
    assert told(reader.page("/bug/8")) == [f"bugs of update {ALIAS}: 7, 8 → 7", *since_8]
    assert told(reader.page("/bug/7")) == [
        f"karma of update {ALIAS}: 1 → 2",
        f"bugs of update {ALIAS}: 7, 8 → 7",
        *since_8,
        f"update {ALIAS} submitted: anaconda-45.3-1.fc45 by bob",
    ]
    assert told(reader.page("/bug/9")) == []


def test_an_update_that_is_gone_and_comes_back_is_told_where_it_belongs(known: World, reader: Reader) -> None:
    put(known, 7)
    with known.database.writing() as session:
        (key,) = register_updates(session, [ALIAS])
        writer = UpdateWriter(session, [key.id], ago(hours=5))
        writer.mark_absent(key.id)
        writer.close()
    assert told(reader.page("/bug/7"))[0] == f"update {ALIAS} is gone from Bodhi"
    put(known, 7)
    assert told(reader.page("/bug/7"))[:2] == [
        f"update {ALIAS} is there again",
        f"update {ALIAS} is gone from Bodhi",
    ]


@on_both
def test_only_numbers_of_public_bugs_that_are_known_here_are_told(known: World, reader: Reader) -> None:
    put(known, 7, PRIVATE)
    put(known, 7, 55, PRIVATE, MISSING, UNKNOWN, hours=9)
    put(known, 7, 55, UNKNOWN, hours=7)
    put(known, 7, hours=5)
    paths = ("/bug/7", OVERVIEW, "/bug/7/feed.atom", f"{OVERVIEW}/feed.atom")
    texts = [reader.client.get(PREFIX + path).text for path in paths]
    assert [number for number in (PRIVATE, MISSING, UNKNOWN) if any(str(number) in text for text in texts)] == []
    bugs = f"bugs of update {ALIAS}"
    assert told(reader.page("/bug/7"))[:-1] == [f"{bugs}: 7, 55 → 7", f"{bugs}: 7 → 7, 55"]


def test_what_happened_to_an_update_while_it_named_no_public_bug_is_not_told(known: World, reader: Reader) -> None:
    put(known, PRIVATE, title="SECRET")
    put(known, PRIVATE, title="SECRET", alias="FEDORA-2026-2")
    put(known, PRIVATE, 7, hours=9, title="OPEN")
    for path in ("/bug/7", OVERVIEW, "/bug/7/feed.atom", f"{OVERVIEW}/feed.atom"):
        text = reader.client.get(PREFIX + path).text
        assert f"bugs of update {ALIAS}" in text
        assert "SECRET" not in text
        assert "FEDORA-2026-2" not in text


def test_a_bug_that_became_private_takes_its_tickets_and_updates_along(known: World, reader: Reader) -> None:
    put(known, 7)
    known.ticket(3, 7, comments(("alice", "BetaBlocker +1")), title="SECRET")
    assert len(told(reader.page(OVERVIEW), "lately")) == 3
    with known.database.writing() as session:
        session.execute(sql_update(BugRow).where(BugRow.id == 7).values(absence="private"))
    page = reader.page(OVERVIEW)
    assert told(page, "lately") == []
    assert "alice" not in page.text
    assert ALIAS not in page.text
    assert reader.client.get(f"{PREFIX}/bug/7/feed.atom").status_code == 404


@on_both
def test_lately_has_bugs_tickets_updates_and_verdicts_in_one_list_with_their_addresses(
    known: World, reader: Reader
) -> None:
    known.ticket(3, 7, comments(("alice", "BetaBlocker +1"), ("chair", "AGREED AcceptedBetaBlocker")))
    put(known, 8, 9, submitted_at=ago(hours=25))
    known.events(9, [("status", "NEW", "POST", "dave@example.com")], first=98)
    with known.database.writing() as session:
        note_verdict(session, Milestone("45", MilestoneName.BETA), "UNKNOWN", ago(hours=28))
        note_verdict(session, Milestone("45", MilestoneName.BETA), "NO-GO", ago(hours=1))
    page = reader.page(OVERVIEW)
    assert told(page, "lately") == [
        "verdict: UNKNOWN → NO-GO",
        "9 Bug 9 – state: NEW → POST by dave",
        "7 Bug 7 – BetaBlocker decided: accepted by chair",
        "7 Bug 7 – alice’s vote on BetaBlocker: +1",
        f"8 Bug 8 (also 9) – update {ALIAS} submitted: anaconda-45.3-1.fc45 by bob",
        "verdict: UNKNOWN",
        "7 Bug 7 – ticket 3 opened by blockerbot",
    ]
    for link in targets(page):
        path, _, anchor = link.partition("#")
        assert anchor in (reader.page(path.removeprefix(PREFIX)) if path else page).ids()
    assert "event-4" in reader.page("/bug/8").ids()
    assert "event-4" in reader.page("/bug/9").ids()


def test_an_event_keeps_its_address_as_long_as_it_stands(known: World, reader: Reader) -> None:
    votes = [("alice", "BetaBlocker +1"), ("bob", "BetaBlocker -1")]
    known.ticket(3, 7, comments(*votes))
    put(known, 7, 8, hours=9)
    before = targets(reader.page(OVERVIEW))
    known.ticket(3, 7, comments(*votes, ("carol", "BetaBlocker +1")))
    put(known, 7, 8, hours=9)
    put(known, 8, hours=5)
    after = targets(reader.page(OVERVIEW))
    assert len(after) == len(before) + 2
    assert set(before) < set(after)
    assert {link.partition("#")[2] for link in before} < set(reader.page("/bug/7").ids())


@pytest.mark.parametrize("left_alone", [{"bodhi_enabled": False}, {"pagure_enabled": False}])
def test_of_what_is_left_alone_nothing_is_told(known: World, database: Database, left_alone: dict[str, bool]) -> None:
    put(known, 7)
    known.ticket(3, 7)
    client = Client(create_app(Settings.of(**left_alone), database, clock=lambda: NOW))
    for path in ("/bug/7", OVERVIEW, "/bug/7/feed.atom", f"{OVERVIEW}/feed.atom"):
        text = client.get(PREFIX + path).text
        assert (ALIAS in text) is ("bodhi_enabled" not in left_alone), path
        assert ("ticket 3 opened" in text) is ("pagure_enabled" not in left_alone), path


def test_before_updates_are_known_nothing_is_told_of_them(world: World, reader: Reader) -> None:
    world.milestone()
    world.nominated(7)
    put(world, 7)
    for path in ("/bug/7", OVERVIEW, f"{OVERVIEW}/feed.atom"):
        assert ALIAS not in reader.client.get(PREFIX + path).text


def test_the_number_of_selects_does_not_depend_on_what_happened(
    known: World, reader: Reader, database: Database
) -> None:
    counts = []
    for numbers in (range(2), range(2, 12)):
        for number in numbers:
            known.add(bug_row(100 + number), nomination_row(100 + number))
            put(known, 7, 8, alias=f"FEDORA-2026-{number + 100}", hours=9)
            put(known, 7, 55, 100 + number, alias=f"FEDORA-2026-{number + 100}", hours=5)
        for path in (OVERVIEW, "/bug/7", f"{OVERVIEW}/feed.atom"):
            with selects(database) as statements:
                assert ALIAS in reader.client.get(PREFIX + path).text
            counts.append(len(statements))
    assert counts[:3] == counts[3:]
    assert [count <= most for count, most in zip(counts, (26, 25, 9), strict=False)] == [True, True, True]


def test_a_failing_key_of_an_update_has_the_name_that_people_know(known: World, reader: Reader) -> None:
    put(known, 7)
    with known.database.reading() as session:
        update_id = session.scalars(select(UpdateRow.id)).one()
    known.add(work_row(update_id, kind="update", attempts=2, last_error="x"))
    known.add(work_row(update_id, kind="ticket", attempts=1, last_error="y"))
    assert [row[0] for row in reader.page("/status").rows("queue")] == [f"update {ALIAS}", f"ticket {update_id}"]
