"""A sync that is asked for is run once, by whoever looks first, and believes what it was told to believe."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bbconsumer import commands
from bbconsumer.asked_syncs import AskedSyncs
from bbconsumer.commands import CommandRefused
from bbconsumer.db.models import RemovalGate, SyncRequest, SyncRun, WorkItem
from bbconsumer.db.session import database_now
from bbconsumer.domain.keys import Key, KeyKind
from bbconsumer.wiring import build_syncs
from tests.end_to_end.deployment import deployed, environment_of, eventually
from tests.flow.test_audit import noted
from tests.flow.world import World, in_background


def _asked_syncs(world: World, concluded: list[str]) -> AskedSyncs:
    return AskedSyncs(
        world.database, partial(build_syncs, world.settings, world.database), lambda: concluded.append("x")
    )


def _asked(world: World) -> dict[str, tuple[str, bool]]:
    with world.database.reading() as session:
        return {row.source: (row.asked_by, row.accepts_removals) for row in session.scalars(select(SyncRequest))}


def _runs(world: World) -> list[tuple[str, str, int]]:
    with world.database.reading() as session:
        return [(run.source, run.state, run.keys) for run in session.scalars(select(SyncRun).order_by(SyncRun.id))]


def _trip(world: World) -> None:
    """Let more bugs disappear than people remove."""
    world.propose(12)
    world.sync()
    for bug_id in world.states():
        world.edit(bug_id, blocks={"remove": [world.blocker]})
    world.sync()
    assert world.gate_reason() is not None


def test_it_is_run_once_and_the_request_is_gone_with_its_begin(world: World) -> None:
    world.propose(2)
    concluded: list[str] = []
    asked = _asked_syncs(world, concluded)
    assert asked.run_once() == 0
    for person in ("alice", "bob"):
        commands.ask_for_sync(world.database, world.settings, actor=person)
    assert _asked(world) == {"bugzilla": ("alice", False), "pagure": ("alice", False)}
    assert asked.run_once() == 2
    assert (_asked(world), concluded) == ({}, ["x"])
    assert _runs(world)[0] == ("bugzilla", "complete", 2)
    assert asked.run_once() == 0
    assert [(who, act) for who, act, *_ in noted(world.database)[-2:]] == [
        ("alice", "ask_for_sync"), ("bob", "ask_for_sync")
    ]  # fmt: skip


def test_of_several_processes_one_runs_it_and_a_sync_by_the_timer_does_as_well(postgresql_world: World) -> None:
    world = postgresql_world
    world.settings = replace(world.settings, pagure_enabled=False)
    commands.ask_for_sync(world.database, world.settings, actor="alice")
    start = threading.Barrier(3)
    counts: list[int] = []

    def look() -> None:
        start.wait()
        counts.append(_asked_syncs(world, []).run_once())

    threads = [in_background(look) for _ in range(3)]
    for thread in threads:
        thread.join(30)
    assert sum(counts) >= 1
    assert _asked(world) == {}
    commands.ask_for_sync(world.database, world.settings, actor="alice")
    world.sync()
    assert _asked(world) == {}


def test_removals_that_are_accepted_are_believed_by_the_next_sync_in_the_name_of_who_did(sqlite_world: World) -> None:
    world = sqlite_world
    _trip(world)
    with world.database.reading() as session:
        tripped_at = session.scalars(select(RemovalGate.tripped_at)).one()
    assert tripped_at is not None
    reason = world.gate_reason()
    commands.ask_for_sync(world.database, world.settings, actor="alice")
    commands.ask_to_accept_removals(world.database, tripped_at, actor="bob")
    assert _asked(world)["bugzilla"] == ("bob", True)
    before = len(world.active_ids())
    assert before == 12
    assert _asked_syncs(world, []).run_once() >= 1
    assert (world.active_ids(), world.gate_reason()) == (set(), None)
    (entry,) = [each for each in noted(world.database) if each[1] == "accept_removals"]
    assert entry[0] == "bob"
    assert entry[3].endswith(f"before: {reason}")
    with pytest.raises(CommandRefused, match="nothing is held back"):
        commands.ask_to_accept_removals(world.database, tripped_at, actor="bob")


def test_what_is_held_anew_is_not_accepted_unseen(sqlite_world: World) -> None:
    world = sqlite_world
    _trip(world)
    with world.database.writing() as session:
        row = session.scalars(select(RemovalGate)).one()
        seen = row.tripped_at
        assert seen is not None
        row.tripped_at = seen.replace(year=seen.year + 1)
    with pytest.raises(CommandRefused, match="closed anew since you looked"):
        commands.ask_to_accept_removals(world.database, seen, actor="bob")
    assert _asked(world) == {}
    assert "ask_for_sync" not in {act for _, act, *_ in noted(world.database)}


def test_a_failing_key_is_due_at_once_when_somebody_says_so(world: World) -> None:
    failing, other = world.propose(2)
    world.deliver()
    with world.database.writing() as session:
        later = database_now(session) + timedelta(minutes=20)
        session.execute(update(WorkItem).values(attempts=3, due_at=later))
    world.work()
    assert {row.id for row in world.queue()} == {failing, other}
    key = Key(KeyKind.BUG, failing)
    assert commands.retry_keys(world.database, key, actor="alice") == 1
    world.work()
    assert {row.id for row in world.queue()} == {other}
    with pytest.raises(CommandRefused, match="fails no more"):
        commands.retry_keys(world.database, key, actor="alice")
    assert commands.retry_keys(world.database, None, actor="bob") == 1
    world.work()
    assert world.queue() == []
    assert noted(world.database)[-2:] == [
        ("alice", "retry", f"bug/{failing}", "due at once"), ("bob", "retry", "1 failing key", "due at once")
    ]  # fmt: skip


def test_a_process_that_works_runs_it_and_ends_when_it_is_asked_to(sqlite_world: World, tmp_path: Path) -> None:
    world = sqlite_world
    world.propose(2)
    url = world.database.engine.url.render_as_string(hide_password=False)
    with deployed(environment_of(replace(world.settings, pagure_enabled=False), url), tmp_path) as deployment:
        worker = deployment.start("work")
        commands.ask_for_sync(world.database, replace(world.settings, pagure_enabled=False), actor="alice")
        eventually(lambda: _runs(world) == [("bugzilla", "complete", 2)])
        worker.terminate()
        assert worker.wait(30) == 0
    assert len(world.active_ids()) == 2
