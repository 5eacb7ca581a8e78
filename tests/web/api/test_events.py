"""The change feed: in order, complete for whoever follows it, and silent about what may not be known."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bbconsumer.db.events import EventLog
from bbconsumer.db.session import Database
from bbconsumer.domain.keys import KeyKind
from bbconsumer.domain.timeline import Event
from tests.domain.milestones import update
from tests.web.api.asking import V1, ask, follow
from tests.web.databases import on_both
from tests.web.reading import Reader
from tests.web.world import World, ago, comments, event_row

WRITERS, EACH = 3, 8


def _follow(reader: Reader, limit: int, since: int = 0) -> tuple[list[Any], int]:
    """All events that are told, and the number of parts that they came in."""
    events, parts, address = [], 0, f"{V1}/events?since={since}&limit={limit}"
    while True:
        told = ask(reader, address)
        events += told["events"]
        parts += 1
        address = follow(told["next"])
        if not told["has_more"]:
            return events, parts


@pytest.fixture
def filled(world: World) -> World:
    """Something that happened to a bug, a private bug, a ticket of each, updates, and a verdict."""
    world.milestone(is_current=True)
    world.synced()
    world.updates_synced()
    world.nominated(7)
    world.nominated(8, absence="private", summary="SECRET")
    world.ticket(3, 7, comments(("alice", "BetaBlocker +1")))
    world.ticket(4, 8, comments(("mallory", "BetaBlocker -1")))
    world.bodhi_update(update(alias="FEDORA-2026-7", bug_ids=frozenset({7, 8})))
    world.bodhi_update(update(alias="FEDORA-2026-8", bug_ids=frozenset({8})))
    world.events(7, [("status", "NEW", "POST", "bob@example.com")], first=90)
    world.events(8, [("status", "NEW", "SECRET", "mallory@example.com")], first=91)
    world.add(event_row(92, 1, "verdict", "UNKNOWN", "NO-GO", "", object_kind="milestone"))
    return world


@on_both
@pytest.mark.parametrize("limit", [1, 3, 1000])
def test_who_follows_reads_everything_that_may_be_told_once_and_in_order(
    filled: World, reader: Reader, limit: int
) -> None:
    events, parts = _follow(reader, limit)
    numbers = [event["seq"] for event in events]
    assert numbers == sorted(set(numbers))
    told = {(event["kind"], event["object"], event["field"]) for event in events}
    assert told >= {
        ("bug", "7", "status"),
        ("ticket", "3", "vote/BetaBlocker/alice"),
        ("update", "FEDORA-2026-7", "created"),
        ("milestone", "45-beta", "verdict"),
    }
    assert not [event for event in events if event["object"] in {"8", "4", "FEDORA-2026-8"} or 8 in event["bug_ids"]]
    assert not [word for word in ("SECRET", "mallory", "example.com") if word in str(events)]
    # Numbers that are not told are passed by, some parts may be empty.
    assert parts == -(-_count(filled.database) // limit)
    of_page = ask(reader, f"{V1}/bugs/7")["events"]
    assert sorted(e["seq"] for e in of_page) == [e["seq"] for e in events if 7 in e["bug_ids"]]
    assert all(event in of_page for event in events if 7 in event["bug_ids"])


def _count(database: Database) -> int:
    with database.reading() as session:
        return int(session.connection().exec_driver_sql("SELECT count(*) FROM event").scalar_one())


def test_an_event_of_a_milestone_leads_to_its_overview(filled: World, reader: Reader) -> None:
    (verdict,) = ask(reader, f"{V1}/events?since=91")["events"]
    assert (verdict["new"], verdict["bug_ids"]) == ("NO-GO", [])
    assert verdict["url"] == "https://qa.fedoraproject.org/blockerbugs/milestone/45/beta#event-92"


def test_at_the_end_there_is_an_address_to_come_back_to(filled: World, reader: Reader) -> None:
    told = ask(reader, f"{V1}/events?since=92&limit=7")
    assert (told["events"], told["has_more"]) == ([], False)
    assert follow(told["next"]) == f"{V1}/events?limit=7&since=92"
    filled.events(7, [("status", "POST", "MODIFIED", "bob")], first=93)
    assert [event["seq"] for event in ask(reader, follow(told["next"]))["events"]] == [93]


def test_who_read_another_database_can_tell(filled: World, reader: Reader) -> None:
    with filled.database.writing() as session:
        log = EventLog(session, KeyKind.BUG, ago())
        log.add(7, [Event(ago(), "priority", "bob", "low", "high")])
        log.close()
    told = ask(reader, f"{V1}/events?since=4000")
    assert told["events"] == []
    assert told["last"] < 4000


@pytest.mark.parametrize("kind", ["ticket", "update"])
def test_what_was_named_only_by_what_is_gone_is_not_told(filled: World, reader: Reader, kind: str) -> None:
    statements = {
        "ticket": "UPDATE ticket SET absence = 'missing' WHERE id = 3",
        "update": "UPDATE bug SET absence = 'missing' WHERE id = 7",
    }
    with filled.database.writing() as session:
        session.connection().exec_driver_sql(statements[kind])
    assert kind not in {event["kind"] for event in _follow(reader, 100)[0]}


def test_before_all_updates_were_read_nothing_is_told_of_them(world: World, reader: Reader) -> None:
    world.milestone()
    world.nominated(7)
    world.bodhi_update(update(alias="FEDORA-2026-7", bug_ids=frozenset({7})))
    assert _follow(reader, 100)[0] == []
    world.updates_synced()
    assert {event["kind"] for event in _follow(reader, 100)[0]} == {"update"}


@on_both
def test_a_reader_misses_nothing_while_several_write(world: World, reader: Reader, database: Database) -> None:
    world.milestone()
    world.synced()
    for bug_id in range(1, WRITERS + 1):
        world.nominated(bug_id)

    def write(bug_id: int) -> None:
        for number in range(EACH):
            with database.writing() as session:
                log = EventLog(session, KeyKind.BUG, ago())
                log.add(bug_id, [Event(ago(minutes=number), "status", "bob", str(number), str(number + 1))])
                log.close()

    read: list[tuple[int, str]] = []
    since = 0
    with ThreadPoolExecutor(WRITERS) as pool:
        writing = [pool.submit(write, bug_id) for bug_id in range(1, WRITERS + 1)]
        is_over = False
        while not is_over:
            is_over = all(each.done() for each in writing)
            events, _ = _follow(reader, 5, since)
            read += [(event["seq"], event["object"]) for event in events]
            since = read[-1][0] if read else 0
        for each in writing:
            each.result()
    assert [seq for seq, _ in read] == sorted({seq for seq, _ in read})
    assert sorted(name for _, name in read) == sorted([*"123"] * EACH)
