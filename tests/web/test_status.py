"""The status page: what operators and doubters look at."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bbconsumer.config import Settings
from bbconsumer.db.models import Heartbeat, SourceState, SyncRun
from bbconsumer.db.session import Database
from tests.web.client import Client
from tests.web.reading import PREFIX, Reader, selects, text_of
from tests.web.signed_in import settings_with_sign_in
from tests.web.troubles import TROUBLES, make_well
from tests.web.world import NOW, World, ago, dead_letter_row, work_row
from web.app import create_app


def test_a_fresh_installation_has_a_status_too(reader: Reader) -> None:
    page = reader.page("/status")
    assert "No sync has been complete so far." in page.text
    assert "No sync has been started so far" in page.text
    assert text_of(page.by_id("trackers")) == "Trackers with a problem None."
    assert text_of(page.by_id("removal-gate")) == "Removal gate Open: removals are believed."
    assert text_of(page.by_id("queue")) == "Queue Due 0 In work 0 Waiting 0 Failing 0 of these, by errors of their own"
    assert ": current." in text_of(page.by_id("schema"))


def test_each_source_tells_how_fresh_it_is_and_what_is_wrong(world: World, reader: Reader) -> None:
    world.source(
        last_success_at=ago(minutes=9), last_failure_at=ago(minutes=1), last_error="HTTP 502\nmore", failures=4,
        down_until=ago(minutes=-2),
    )  # fmt: skip
    world.add(SourceState(name="bus", last_success_at=ago(minutes=1)), SourceState(name="other", last_success_at=NOW))
    rows = reader.page("/status").rows("sources")
    assert [row[0].split()[0] for row in rows] == [
        "bugzilla",
        "pagure",
        "bodhi",
        "bus",
        "bus-bugzilla",
        "bus-pagure",
        "bus-bodhi",
        "other",
    ]
    assert rows[0][1:] == [
        "9 min ago",
        "failing: 4 tries in a row; left alone until 2026-11-23 12:02:00 UTC (in 2 min)",
        "HTTP 502 (1 min ago)",
    ]
    assert rows[3][1:] == ["1 min ago", "receiving", "none"]
    assert rows[4][1:] == ["never", "nothing so far", "none"]


def test_every_key_of_the_queue_is_counted_once(world: World, reader: Reader) -> None:
    world.add(work_row(1, due_at=ago(minutes=8)))
    world.add(work_row(2))
    world.add(work_row(3, lease_token=5, leased_until=ago(seconds=-30)))
    world.add(work_row(4, lease_token=6, leased_until=ago(seconds=30)))
    world.add(work_row(5, due_at=ago(minutes=-5), attempts=3, last_error="ValueError: bad\n[parameters: 'SECRET']"))
    world.add(work_row(6, due_at=ago(seconds=-2), stale_tries=1))
    page = reader.page("/status")
    assert text_of(next(page.by_id("queue").iter("dl"))) == (
        "Due 3, the oldest since 8 min ago In work 1 Waiting 2 Failing 1 of these, by errors of their own"
    )
    assert page.rows("queue") == [["bug 5", "3", "in 5 min", "ValueError: bad"]]
    assert "SECRET" not in page.text


def test_what_is_due_is_told_to_the_second(world: World, database: Database) -> None:
    world.add(work_row(1, due_at=ago(seconds=-29)), work_row(2, due_at=ago(seconds=-31)))
    world.add(work_row(3, lease_token=5, leased_until=ago(seconds=-29)))
    world.source(failures=1, down_until=ago(seconds=-29))
    world.add(SyncRun(state="running", started_at=ago(seconds=-10), heartbeat_at=ago(seconds=-10)))
    app = create_app(Settings.of(), database, clock=lambda: ago(seconds=-30))
    page = Reader(Client(app)).page("/status")
    assert text_of(next(page.by_id("queue").iter("dl"))).startswith("Due 2, the oldest since 1 min ago In work 0 Wai")
    assert page.rows("sources")[0][2] == "failing: 1 try in a row"
    assert page.rows("sync-runs")[0][3:5] == ["just now", "20.0 s"]


@pytest.mark.parametrize("kind", ["bug", "discussion", "record", "lookup"])
def test_a_failing_key_of_a_bug_that_is_not_public_keeps_its_number_to_itself(
    world: World, reader: Reader, kind: str
) -> None:
    world.bug(7777, absence="private")
    world.add(work_row(7777, kind=kind, attempts=1, last_error="SECRET"))
    assert reader.page("/status").rows("queue") == [["a bug that is not public", "1", "1 min ago", "not shown"]]


def test_a_failing_ticket_of_a_bug_that_is_not_public_is_shown_without_its_number(world: World, reader: Reader) -> None:
    world.synced()
    world.bug(7777, absence="private")
    world.ticket(4242, 7777)
    world.add(work_row(4242, kind="ticket", attempts=1, last_error="ticket 4242: a fault", due_at=ago(minutes=1)))
    page = reader.page("/status")
    assert page.rows("queue") == [["a bug that is not public", "1", "1 min ago", "not shown"]]
    assert "4242" not in page.text


def test_a_closed_gate_tells_why_and_how_to_open_it(world: World, reader: Reader) -> None:
    world.gate(tripped_at=ago(hours=1), reason="31 of 60 bugs disappeared")
    page = reader.page("/status")
    text = text_of(page.by_id("removal-gate"))
    assert "Closed since 1 h ago: 31 of 60" in text
    assert "an operator runs bbconsumer sync --accept-removals" in text
    assert page.title == "Status: removals held back – Blocker Bugs"
    world.gate(tripped_at=None, accepting_run_id=3)
    assert "Open for everything until the running sync has ended" in reader.page("/status").text


def test_what_administrators_can_see_to_leads_to_where_they_do(world: World, database: Database) -> None:
    world.gate(tripped_at=ago(hours=1), reason="31 of 60 bugs disappeared")
    world.add(work_row(7, attempts=1, last_error="x"))
    for settings, places in (
        (settings_with_sign_in(), ["/admin/removals", "/admin/queue", "/admin#syncs", "/admin/dead_letters"]),
        # Where nobody can sign in, nobody is sent there.
        (Settings.of(), []),
    ):
        page = Reader(Client(create_app(settings, database, clock=lambda: NOW))).page("/status")
        assert [link.removeprefix(PREFIX) for link in page.links() if "/admin" in link] == places
        assert ("administrators accept them, or an operator runs bbconsumer sync" in page.text) == bool(places)


def test_trackers_that_could_not_be_read_are_named(world: World, reader: Reader) -> None:
    world.milestone(is_read=False)
    with world.database.writing() as session:
        session.connection().exec_driver_sql("UPDATE tracker SET problem = 'cannot be read' WHERE id = 1001")
    items = [text_of(item) for item in reader.page("/status").by_id("trackers").iter("li")]
    assert items == [
        "45-beta Blocker, tracker 1001: cannot be read",
        "45-beta Freeze Exception, tracker 1002: not read by any sync so far",
    ]


def test_the_trackers_of_ended_milestones_are_nobodys_trouble(world: World, reader: Reader) -> None:
    world.milestone("44", "final", trackers={"blocker": 3001}, is_read=False, is_active=False)
    assert text_of(reader.page("/status").by_id("trackers")) == "Trackers with a problem None."


def test_a_complete_run_of_another_source_does_not_make_bugs_fresh(world: World, reader: Reader) -> None:
    world.add(
        SyncRun(
            source="pagure", state="complete", started_at=ago(minutes=5), heartbeat_at=ago(minutes=4),
            finished_at=ago(minutes=4),
        )
    )  # fmt: skip
    assert "No sync has been complete so far." in reader.page("/status").text


def test_the_last_ten_sync_runs_are_listed_and_a_dead_one_is_called_so(world: World, reader: Reader) -> None:
    for number in range(12):
        world.synced("incomplete", at=ago(hours=20 - number), keys=40, left=2, problem="2 bugs left")
    world.add(SyncRun(state="running", started_at=ago(minutes=30), heartbeat_at=ago(minutes=29), keys=40))
    rows = reader.page("/status").rows("sync-runs")
    assert len(rows) == 10
    assert rows[0][1:3] == ["bugzilla", "running not heard of any more: its process seems to be dead"]
    assert rows[0][3:5] == ["30 min ago", "1800.0 s"]
    assert rows[1][1:] == ["bugzilla", "incomplete", "9 h ago", "20.0 s", "40", "2", "2 bugs left"]


@pytest.mark.parametrize(
    ("begun", "says", "is_overdue"),
    [
        (4, "is to begin in 26 min.", False),
        (38, "was to begin 8 min ago.", False),
        (41, "was to begin 11 min ago.", True),
    ],
)
def test_when_the_next_sync_is_due(world: World, reader: Reader, begun: int, says: str, is_overdue: bool) -> None:
    world.add(SyncRun(state="complete", started_at=ago(minutes=begun), heartbeat_at=NOW, finished_at=ago(minutes=1)))
    page = reader.page("/status")
    assert text_of(page.by_id("next-sync")) == f"The next sync {says}"
    assert ("a sync is overdue" in text_of(page.by_id("summary"))) is is_overdue


def test_who_is_at_work_is_told_and_who_never_said_so(world: World, reader: Reader) -> None:
    assert [row[1:] for row in reader.page("/status").rows("parts")] == [["never", "nothing so far"]] * 2
    world.add(Heartbeat(part="consumer", at=ago(minutes=4)), Heartbeat(part="worker", at=ago(minutes=6)))
    page = reader.page("/status")
    assert [row[0].split()[0] for row in page.rows("parts")] == ["consumer", "worker"]
    assert [row[1:] for row in page.rows("parts")] == [
        ["4 min ago", "alive"],
        ["6 min ago", "not heard of for too long"],
    ]
    assert "no worker has got on for minutes" in text_of(page.by_id("summary"))
    assert "no consumer" not in text_of(page.by_id("summary"))


def test_what_waits_for_a_source_that_is_left_alone_is_not_due(world: World, reader: Reader) -> None:
    world.source("bugzilla", failures=3, down_until=ago(minutes=-2))
    world.add(work_row(1, due_at=ago(minutes=30)), work_row(2, kind="record", due_at=ago(minutes=30)))
    world.add(work_row(3, kind="ticket", due_at=ago(minutes=2)))
    page = reader.page("/status")
    assert text_of(next(page.by_id("queue").iter("dl"))).startswith("Due 1, the oldest since 2 min ago In work 0 Wait")
    assert "no worker seems to run" not in text_of(page.by_id("summary"))


def test_what_counts_as_too_long_ago_is_told(world: World, reader: Reader) -> None:
    world.source(last_success_at=ago(minutes=61))
    world.add(SourceState(name="bus", last_success_at=ago(minutes=29)))
    rows = reader.page("/status").rows("sources")
    assert rows[0][0].endswith("; too long ago is more than 60 min")
    assert rows[0][1:3] == ["1 h ago", "not read for too long"]
    assert rows[3][0].endswith("; too long ago is more than 30 min")
    assert rows[3][2] == "receiving"
    assert "too long ago" not in rows[4][0]


def test_dead_letters_are_counted_and_their_bodies_stay_where_they_are(world: World, reader: Reader) -> None:
    for number in range(12):
        world.add(dead_letter_row(number))
    page = reader.page("/status")
    assert text_of(page.by_id("dead-letters-title")) == "Dead letters 12"
    rows = page.rows("dead-letters")
    assert len(rows) == 10
    assert rows[1] == ["1 h ago", "a.topic", "no id"]
    assert "SECRET" not in page.text


def test_the_number_of_selects_does_not_depend_on_what_is_stored(
    world: World, reader: Reader, database: Database
) -> None:
    counts = []
    for bug_ids in (range(10), range(10, 300)):
        world.add(*(work_row(bug_id, attempts=1) for bug_id in bug_ids))
        world.add(*(dead_letter_row(bug_id) for bug_id in bug_ids))
        world.synced()
        with selects(database) as statements:
            reader.page("/status")
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 8


def test_the_first_line_says_that_nothing_is_wrong(world: World, reader: Reader) -> None:
    make_well(world)
    assert "Nothing is known to be wrong" in text_of(reader.page("/status").by_id("summary"))


@pytest.mark.parametrize(("anchor", "sentence", "go_wrong"), TROUBLES)
def test_the_first_lines_name_what_is_wrong_and_lead_there(
    world: World, reader: Reader, anchor: str, sentence: str, go_wrong: Callable[[World], None]
) -> None:
    make_well(world)
    go_wrong(world)
    page = reader.page("/status")
    assert sentence in text_of(page.by_id("summary"))
    assert f"#{anchor}" in [link.get("href") for link in page.by_id("summary").iter("a")]
    assert anchor in page.ids()
