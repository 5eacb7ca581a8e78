"""One sync at a time, that ends by itself, says how it went, and is found dead when it died."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bbconsumer.db import workqueue
from bbconsumer.db.models import SyncRun, TrackerRow
from bbconsumer.db.session import database_now
from bbconsumer.db.workqueue import Priority
from bbconsumer.domain.keys import Key, KeyKind
from bbconsumer.simulator.switches import Failure
from bbconsumer.sync import Progress, SyncAlreadyRunning
from bbconsumer.wiring import build_bug_sync
from tests.end_to_end.deployment import Deployment, deployed
from tests.flow.world import World, in_background


def _runs(world: World) -> list[SyncRun]:
    with world.database.reading() as session:
        rows = list(session.scalars(select(SyncRun).order_by(SyncRun.id)))
        session.expunge_all()
        return rows


def test_a_second_sync_is_refused_while_one_runs(world: World) -> None:
    world.propose()
    world.bugzilla.switches.slow_s = 1
    thread = in_background(world.sync)
    while not _runs(world):
        time.sleep(0.02)
    with pytest.raises(SyncAlreadyRunning, match="since"):
        world.sync()
    world.bugzilla.switches.reset()
    thread.join()
    (run,) = _runs(world)
    assert run.state == "complete"


def test_a_sync_that_does_not_get_on_with_its_row_is_not_waited_for_any_longer(postgresql_world: World) -> None:
    world = postgresql_world
    with world.database.writing() as session:
        now = database_now(session)
        session.add(SyncRun(source="bugzilla", state="running", started_at=now, heartbeat_at=now))
    with world.database.writing() as session:
        session.execute(update(SyncRun).values(heartbeat_at=now))
        with pytest.raises(SyncAlreadyRunning, match=f"another sync of bugzilla is running since {now:%H:%M:%S} UTC"):
            world.sync()
    (run,) = _runs(world)
    assert run.state == "running"


def test_a_run_whose_process_died_does_not_block_the_next(world: World) -> None:
    with world.database.writing() as session:
        long_ago = database_now(session) - timedelta(hours=1)
        session.add(SyncRun(state="running", started_at=long_ago, heartbeat_at=long_ago))
    assert world.sync().state == "complete"
    dead, done = _runs(world)
    assert (dead.state, dead.problem) == ("aborted", "its process died")
    assert done.state == "complete"


def test_a_sync_forgets_how_those_of_long_ago_went_but_not_what_is_still_told_of_them(world: World) -> None:
    with world.database.writing() as session:
        now = database_now(session)

        def add(source: str, state: str, days: int) -> int:
            at = now - timedelta(days=days)
            ended_at = None if state == "running" else at
            run = SyncRun(source=source, state=state, started_at=at, heartbeat_at=at, finished_at=ended_at)
            session.add(run)
            session.flush()
            return run.id

        add("bugzilla", "complete", 92)
        add("bugzilla", "incomplete", 91)
        recent = add("bugzilla", "aborted", 89)
        add("pagure", "complete", 99)
        last_complete = add("pagure", "complete", 98)
        add("pagure", "incomplete", 97)
        waited_for = add("pagure", "incomplete", 96)
        running = add("bodhi", "running", 95)
        workqueue.mark(session, [Key(KeyKind.TICKET, 7)], now=now, priority=Priority.SYNC, sync_run_id=waited_for)
    assert world.sync().state == "complete"
    *kept, own = [run.id for run in _runs(world)]
    assert kept == [recent, last_complete, waited_for, running]
    assert own > running


def test_a_sync_stops_by_itself_before_its_deadline_and_says_what_is_left(world: World) -> None:
    bug_ids = world.propose(8)
    world.sync()
    world.settings = world.settings.of(
        bugzilla_url=world.bugzilla.url, bugzilla_batch_size=1, bugzilla_timeout_s=5, sync_deadline_s=6
    )
    world.bugzilla.switches.slow_s = 0.4
    started = time.monotonic()
    outcome = world.sync()
    assert outcome.state == "incomplete"
    assert 0 < outcome.left < len(bug_ids)
    assert "out of time" in outcome.problem
    assert time.monotonic() - started < 30
    world.bugzilla.switches.reset()
    # What was left is due all the same, and a worker does it.
    world.work()
    assert world.queue() == []


def test_a_sync_without_a_milestone_says_what_to_do(world: World) -> None:
    with world.database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM tracker")
    outcome = world.sync()
    assert outcome.state == "incomplete"
    assert "add_milestone" in outcome.problem


def test_a_sync_whose_source_is_down_is_aborted(world: World) -> None:
    world.bugzilla.switches.fail = Failure("status", status=502)
    outcome = world.sync()
    assert outcome.state == "aborted"
    assert "502" in outcome.problem
    assert _runs(world)[-1].state == "aborted"


def test_a_sync_waits_for_keys_that_another_worker_has_in_hand(postgresql_world: World) -> None:
    world = postgresql_world
    world.propose(3)
    world.deliver()
    world.bugzilla.switches.slow_s = 1
    thread = in_background(world.work)
    while not any(item.lease_token for item in world.queue()):
        time.sleep(0.02)
    world.bugzilla.switches.slow_s = 0
    assert world.sync().state == "complete"
    assert world.queue() == []
    thread.join()


def test_a_sync_reports_its_progress(world: World) -> None:
    world.propose(3)
    seen: list[Progress] = []
    build_bug_sync(world.settings, world.database).run(report=seen.append)
    assert seen[0] == Progress(0, 3)
    assert seen[-1] == Progress(3, 3)


@pytest.fixture
def command_line(sqlite_world: World, sqlite_url: str, tmp_path: Path) -> Deployment:
    """The world's service on the command line."""
    environment = {
        "DATABASE_URL": sqlite_url,
        "BUGZILLA_URL": sqlite_world.bugzilla.url,
        "PAGURE_ENABLED": "0",
        "BODHI_ENABLED": "0",
    }
    with deployed(environment, tmp_path) as deployment:
        return deployment


def test_the_command_tells_by_its_exit_code_whether_it_was_complete(
    sqlite_world: World, command_line: Deployment
) -> None:
    sqlite_world.propose(2)
    done = command_line.run("sync")
    assert (done.returncode, done.stdout) == (0, done.stdout)
    assert "sync complete: 2 of 2 bugs" in done.stdout
    assert "2 of 2 bugs" in done.stderr
    sqlite_world.bugzilla.switches.fail = Failure("status", status=401, code=410)
    done = command_line.run("sync")
    assert done.returncode == 1
    assert "sync aborted" in done.stdout
    assert "Traceback" not in done.stderr


def test_what_a_source_says_does_not_command_the_terminal(sqlite_world: World, command_line: Deployment) -> None:
    nasty = Failure("status", status=400, code=999, message="\x1b]0;pwned\x07 no")
    sqlite_world.bugzilla.switches.fail = nasty
    for arguments in (["sync"], ["add_milestone", "46", "beta"]):
        done = command_line.run(*arguments)
        said = done.stdout + done.stderr
        assert (done.returncode, "]0;pwned" in said) == (1, True), said
        assert not {"\x1b", "\x07"} & set(said)


def test_a_tracker_that_has_just_changed_counts_as_read_and_its_history_is_read_again(world: World) -> None:
    world.clock.now = datetime.now(UTC)
    world.propose()
    assert world.sync().state == "complete"
    with world.database.reading() as session:
        assert None not in list(session.scalars(select(TrackerRow.last_change_at)))
    world.bugzilla.requests.clear()
    world.sync()
    asked_for = [asked.path for asked in world.bugzilla.requests.all() if asked.kind == "history"]
    assert f"/rest/bug/{world.blocker}/history" in asked_for
