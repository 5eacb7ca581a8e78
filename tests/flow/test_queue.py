"""The work queue's promises: nothing is lost, nothing is stored by a worker that lost its lease."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import OperationalError

from bbconsumer.db import workqueue
from bbconsumer.db.models import WorkItem
from bbconsumer.db.session import Database, database_now
from bbconsumer.db.workqueue import Lease, Priority
from bbconsumer.domain.keys import Key, KeyKind
from bbconsumer.simulator.switches import Failure
from bbconsumer.sources import SourceUnavailable
from bbconsumer.wiring import build_bug_worker, build_source, build_worker
from tests.end_to_end.deployment import eventually
from tests.flow.world import World, in_background


def _mark(world: World, *ids: int, priority: Priority = Priority.BUS) -> None:
    with world.database.writing() as session:
        keys = [Key(KeyKind.BUG, i) for i in ids]
        workqueue.mark(session, keys, now=database_now(session), priority=priority)


def _take(database: Database, count: int = 10, lease_s: float = 60) -> Lease:
    with database.writing() as session:
        return workqueue.take(session, KeyKind.BUG, count, lease_s=lease_s)


def _ids(lease: Lease) -> list[int]:
    return [item.key.id for item in lease.items]


def _let_lease_lapse(world: World, lease: Lease) -> None:
    with world.database.writing() as session:
        past = database_now(session) - timedelta(seconds=1)
        session.execute(update(WorkItem).where(WorkItem.lease_token == lease.token).values(leased_until=past))


def test_keys_from_the_bus_go_before_keys_from_a_sync(world: World) -> None:
    _mark(world, 1, 2, priority=Priority.SYNC)
    _mark(world, 3)
    assert _ids(_take(world.database, 1)) == [3]


def test_a_key_that_a_sync_wants_too_keeps_its_place_from_the_bus(world: World) -> None:
    _mark(world, 1, priority=Priority.SYNC)
    _mark(world, 2)
    _mark(world, 2, priority=Priority.SYNC)
    assert _ids(_take(world.database, 1)) == [2]


def test_a_leased_key_is_given_to_nobody_else_until_the_lease_lapses(world: World) -> None:
    _mark(world, 1)
    lease = _take(world.database)
    assert _ids(lease) == [1]
    assert _ids(_take(world.database)) == []
    _let_lease_lapse(world, lease)
    again = _take(world.database)
    assert _ids(again) == [1]
    assert again.token > lease.token


def test_a_worker_that_lost_its_lease_stores_nothing(world: World) -> None:
    (bug_id,) = world.propose()
    world.deliver()
    lost = _take(world.database)
    _let_lease_lapse(world, lost)
    winner = _take(world.database)
    reconciler = build_worker(world.settings, world.database)._reconciler
    reconciler.process(lost, lost.items)
    assert world.states() == {}
    assert [item.id for item in world.queue()] == [bug_id]
    reconciler.process(winner, winner.items)
    assert world.states() == {bug_id: "proposed"}


def test_a_key_marked_while_it_is_worked_on_is_stored_and_stays_due(world: World) -> None:
    (bug_id,) = world.propose()
    world.deliver()
    lease = _take(world.database)
    world.edit(bug_id, whiteboard="AcceptedBlocker")
    world.deliver()
    reconciler = build_worker(world.settings, world.database)._reconciler
    reconciler.process(lease, lease.items)
    assert world.states() == {bug_id: "accepted"}
    (item,) = world.queue()
    assert item.lease_token is None
    world.work()
    assert world.queue() == []


def test_a_long_fetch_keeps_its_lease(world: World) -> None:
    (bug_id,) = world.propose()
    world.deliver()
    world.bugzilla.switches.slow_s = 1.5
    settings = {"lease_s": 1}
    worker = build_worker(world.settings.of(**_plain(world), **settings), world.database)
    thread = in_background(worker.work_once)
    thread.join(0.3)
    taken = []
    while thread.is_alive():
        taken += _ids(_take(world.database))
        thread.join(0.1)
    assert taken == []
    assert world.states() == {bug_id: "proposed"}


def _plain(world: World) -> dict[str, object]:
    return {"bugzilla_url": world.bugzilla.url}


def test_two_workers_share_the_keys_and_none_is_worked_on_twice(postgresql_world: World) -> None:
    world = postgresql_world
    _mark(world, *range(1, 201))
    barrier = threading.Barrier(2)
    shares: list[list[int]] = []

    def take_all() -> None:
        mine: list[int] = []
        barrier.wait()
        while lease := _take(world.database, 7).items:
            mine += [item.key.id for item in lease]
        shares.append(mine)

    threads = [in_background(take_all) for _ in range(2)]
    for thread in threads:
        thread.join()
    assert sorted(shares[0] + shares[1]) == list(range(1, 201))


def test_marks_and_workers_at_once_neither_deadlock_nor_lose_a_key(postgresql_world: World) -> None:
    world = postgresql_world
    bug_ids = world.propose(20)
    stop = threading.Event()
    failures: list[BaseException] = []

    def repeat(action: object) -> None:
        try:
            while not stop.is_set():
                action()  # type: ignore[operator]
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test must see it
            failures.append(error)

    workers = [build_worker(world.settings, world.database) for _ in range(2)]
    actions = [
        *(worker.work_once for worker in workers),
        lambda: _mark(world, *reversed(bug_ids)),
        lambda: _mark(world, bug_ids[3]),
    ]
    threads = [in_background(repeat, action) for action in actions]
    stop.wait(3)
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    world.work()
    assert world.queue() == []
    assert world.states() == dict.fromkeys(bug_ids, "proposed")


@pytest.mark.parametrize("error", [ValueError("this one is odd"), SourceUnavailable("bugzilla", "this one is odd")])
@pytest.mark.parametrize("poison", [0, 7, 19])
def test_one_poisonous_key_does_not_hold_up_the_others(world: World, poison: int, error: Exception) -> None:
    """Whether we cannot read the answer about it, or Bugzilla fails over it while it serves all others."""
    bug_ids = world.propose(20)
    world.deliver()

    class Poisoned:
        """A source that cannot cope with one bug."""

        name = "bugzilla"

        def __getattr__(self, name: str) -> object:
            return getattr(source, name)

        def fetch_bugs(self, ids: list[int], *others: object) -> object:
            if bug_ids[poison] in ids:
                raise error
            return source.fetch_bugs(ids, *others)  # type: ignore[arg-type]

    source = build_source(world.settings)
    lease = _take(world.database, 50)
    worker = build_bug_worker(world.settings, world.database, Poisoned(), threading.Event())  # type: ignore[arg-type]
    worker._reconciler.process(lease, lease.items)
    assert set(world.states()) == set(bug_ids) - {bug_ids[poison]}
    (left,) = world.queue()
    assert (left.id, left.attempts, left.lease_token) == (bug_ids[poison], 1, None)
    assert "this one is odd" in str(left.last_error)


def test_a_key_that_backs_off_is_not_hurried_by_the_bus_but_by_a_sync(world: World) -> None:
    _mark(world, 1)
    lease = _take(world.database)
    with world.database.writing() as session:
        held = workqueue.lock_held(session, lease, lease.items)
        workqueue.fail(held[lease.items[0].key], lease.items[0], "odd", now=database_now(session))
    _mark(world, 1)
    assert _ids(_take(world.database)) == []
    _mark(world, 1, priority=Priority.SYNC)
    assert _ids(_take(world.database)) == [1]


@contextmanager
def _refused_with(world: World, code: str) -> Iterator[None]:
    """Every write of a bug fails as PostgreSQL lets it fail for this reason."""
    body = f"BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END"
    with world.database.engine.begin() as connection:
        connection.execute(text(f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"))
        connection.execute(text("CREATE TRIGGER refused BEFORE INSERT ON bug EXECUTE FUNCTION refuse()"))
    yield
    with world.database.engine.begin() as connection:
        connection.execute(text("DROP FUNCTION refuse CASCADE"))


@pytest.mark.parametrize("code", ["40001", "40P01", "53100", "53300", "55P03", "57014", "57P01"])
def test_trouble_of_the_database_is_no_fault_of_a_key(postgresql_world: World, code: str) -> None:
    """A serialization failure, a deadlock, a full disk, too many connections, time-outs, an operator's command."""
    world = postgresql_world
    world.propose(4)
    world.deliver()
    worker = build_worker(world.settings, world.database)
    lease = _take(world.database)
    world.bugzilla.requests.clear()
    with _refused_with(world, code), pytest.raises(OperationalError):
        worker._reconciler.process(lease, lease.items)
    assert world.bugzilla.requests.count("search") == 1, "its keys were tried one by one"
    assert [(item.attempts, item.last_error) for item in world.queue()] == [(0, None)] * 4


def test_a_row_that_exceeds_a_limit_is_the_fault_of_its_key_alone(postgresql_world: World) -> None:
    world = postgresql_world
    world.propose(2)
    world.deliver()
    with _refused_with(world, "54000"):
        world.work()
    assert [item.attempts for item in world.queue()] == [1, 1]


def test_keys_that_met_trouble_of_the_database_are_worked_on_when_it_is_over(postgresql_world: World) -> None:
    world = postgresql_world
    (bug_id,) = world.propose()
    world.deliver()
    worker = build_worker(replace(world.settings, lease_s=600), world.database)
    with _refused_with(world, "55P03"):
        thread = in_background(worker.run)
        eventually(lambda: world.bugzilla.requests.count("search"))
    eventually(lambda: world.states() == {bug_id: "proposed"}, 20)
    worker.stop()
    thread.join()


def test_a_key_that_was_in_hand_when_the_worker_was_stopped_is_not_blamed(world: World) -> None:
    world.propose()
    world.deliver()
    world.bugzilla.switches.fail = Failure("closed", times=1)
    stop, settings = threading.Event(), replace(world.settings, bugzilla_tries=3)
    worker = build_bug_worker(settings, world.database, build_source(settings, stop), stop)
    stop.set()
    worker.work_once()
    assert [(item.attempts, item.lease_token) for item in world.queue()] == [(0, None)]
