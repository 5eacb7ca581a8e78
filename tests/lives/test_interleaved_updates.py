"""On PostgreSQL, two workers of updates and a sync of Bodhi are interleaved with what happens there, and leases lapse:
whoever lost one stores nothing."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from random import Random

import pytest
from sqlalchemy import select

from bbconsumer.consumer import Consumer
from bbconsumer.db import workqueue
from bbconsumer.db.models import UpdateRow
from bbconsumer.db.session import Database
from bbconsumer.domain.keys import Key, KeyKind
from bbconsumer.domain.snapshots import UpdateSnapshot
from bbconsumer.wiring import build_bug_sync, build_update_source
from tests.convergence.service import let_time_pass, prepare
from tests.convergence.story import ANCHOR
from tests.lives.people import People
from tests.lives.size import SEEDS
from tests.lives.sources import Sources, opened_sources
from tests.lives.stored import Row, expect_none, load
from tests.lives.turns import SYNC, Stage, staged
from tests.services.postgres import PostgreSQL

STEPS, LATE_STEPS = 60, 6
# One pass of the sync pauses around five questions at most, and each key is taken again when its lease was lost.
_PATIENCE = 200


@pytest.fixture(scope="module")
def prepared_on_postgres(postgres: PostgreSQL) -> Iterator[str]:
    """A database with the schema and both milestones, to be copied."""
    url = postgres.create_database()
    prepare(url)
    yield url
    postgres.drop_database(url)


@pytest.fixture
def url(postgres: PostgreSQL, prepared_on_postgres: str) -> Iterator[str]:
    """Such a database."""
    url = postgres.create_database(prepared_on_postgres)
    yield url
    postgres.drop_database(url)


@pytest.mark.parametrize("seed", SEEDS)
def test_updates_are_right_after_one_sync_whoever_lost_a_lease(seed: int, url: str) -> None:
    with opened_sources() as sources, staged(url, sources.settings(is_writing=False)) as (stage, database):
        settings, chance = sources.settings(is_writing=False), Random(seed)
        people, consumer = People(sources, chance), Consumer(settings, database)
        people.begin()
        assert build_bug_sync(settings, database).run().problem == ""
        for _ in range(STEPS):
            step = chance.choice(("happens", "happens", "move", "move", "move", "time passes"))
            if step == "happens":
                people.care_for_updates()
                for message in sources.take_messages():
                    if chance.random() > 0.3:
                        consumer(message)
            elif step == "move":
                stage.move(chance.choice((0, 0, 1, 1, SYNC)))
            else:
                let_time_pass(database)
        end_sync(stage, database)
        hold_all(stage, database)
        for _ in range(LATE_STEPS):
            stage.move(chance.choice((1, SYNC)))
            people.care_for_updates()
        end_sync(stage, database)
        stage.move(SYNC)
        end_sync(stage, database)
        replay = f"BBCONSUMER_LIVES_SEED={seed} tells this again"
        expect_none(wrong_updates(sources, database), replay)
        # The keys are there again, and in nobody's hands, when workers come back with what they knew before.
        mark_all(database)
        for number in (0, 1):
            while stage.move_on(number):
                pass
        expect_none(wrong_updates(sources, database), f"a worker that lost its lease has stored something; {replay}")


def test_a_worker_that_lost_its_lease_does_not_replace_what_another_stored(url: str) -> None:
    with opened_sources() as sources, staged(url, sources.settings(is_writing=False)) as (stage, database):
        settings = sources.settings(is_writing=False)
        bodhi, consumer = sources.bodhi.state, Consumer(settings, database)
        assert build_bug_sync(settings, database).run().problem == ""
        alias = bodhi.create_update("F45", ["kernel-1-1.fc45"], "alice", bugs=[ANCHOR])
        deliver(sources, consumer)
        # It has its answer, and stores nothing yet.
        stage.move(0)
        stage.move(0)
        let_time_pass(database)
        # Karma moves no time of Bodhi's by which two answers could be told apart.
        bodhi.comment(alias, "bob", "works", 1)
        work_once(stage, 1)
        assert load(database).updates[alias]["karma"] == 1
        # The key is there again, and in nobody's hands, when the first comes back with what it knew.
        bodhi.comment(alias, "carol", "works", 1)
        deliver(sources, consumer)
        stage.move_on(0)
        assert load(database).updates[alias]["karma"] == 1
        work_once(stage, 0)
        assert load(database).updates[alias]["karma"] == 2
        assert [event.new for event in load(database).update_events[alias][1:]] == ["2"]


def deliver(sources: Sources, consumer: Consumer) -> None:
    """Bring all messages."""
    for message in sources.take_messages():
        consumer(message)


def work_once(stage: Stage, number: int) -> None:
    """Let a worker work on one batch, from its beginning to its end."""
    stage.move(number)
    while stage.move_on(number):
        pass


def hold_all(stage: Stage, database: Database) -> None:
    """Let worker 0 have the answers about all updates, and store nothing yet."""
    while stage.move_on(0):
        pass
    mark_all(database)
    let_time_pass(database)
    stage.move(0)
    stage.move(0)


def mark_all(database: Database) -> None:
    """As if a message had come about each update."""
    with database.writing() as session:
        workqueue.mark(session, [Key(KeyKind.UPDATE, update_id) for update_id in session.scalars(select(UpdateRow.id))])


def end_sync(stage: Stage, database: Database) -> None:
    """Let a sync that is under way come to its end; workers stay where they are."""
    for _ in range(_PATIENCE):
        if not stage.move_on(SYNC):
            return
        let_time_pass(database)
    raise AssertionError("the sync comes to no end")


def wrong_updates(sources: Sources, database: Database) -> list[str]:
    """The updates that name stored bugs, there or here, and are not stored as Bodhi has them."""
    source, bug_ids = build_update_source(sources.settings(is_writing=False)), {*sources.bugs.bug_ids, ANCHOR}
    # Without those that nobody has asked for yet.
    stored = {alias: row for alias, row in load(database).updates.items() if row["submitted_at"] or row["absence"]}
    answers = source.fetch_updates({*source.find_aliases_by_bugs(bug_ids), *stored})
    return [text for alias, answer in answers.items() for text in _wrong(alias, answer, stored.get(alias), bug_ids)]


def _wrong(alias: str, answer: UpdateSnapshot | None, row: Row | None, bug_ids: AbstractSet[int]) -> Iterator[str]:
    if answer is None:
        if row and row["absence"] is None:
            yield f"{alias} is gone, and stored is {row}"
    elif row is None:
        if not answer.bug_ids.isdisjoint(bug_ids):
            yield f"{alias} is not stored"
    elif not bug_ids.isdisjoint({*answer.bug_ids, *row["told_bug_ids"]}):
        for name in ("status", "request", "karma", "testing_at", "stable_at", "modified_at", "gating"):
            if row[name] != getattr(answer, name):
                yield f"{alias}: {name} is stored as {row[name]!r}, and is {getattr(answer, name)!r}"
        if row["told_bug_ids"] != answer.bug_ids:
            yield f"{alias} is stored with the bugs {row['told_bug_ids']}, and names {answer.bug_ids}"
