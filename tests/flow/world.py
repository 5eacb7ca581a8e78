"""A small world to test in: one release in a simulated Bugzilla, a database, and every part of the service between."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from fedora_messaging.message import Message
from sqlalchemy import make_url, select

from bbconsumer import commands
from bbconsumer.config import Settings
from bbconsumer.consumer import Consumer
from bbconsumer.db.models import BugRow, EventRow, NominationRow, RemovalGate, SourceState, WorkItem
from bbconsumer.db.session import Database
from bbconsumer.domain.trackers import Milestone, MilestoneName, TrackerKind, tracker_alias
from bbconsumer.simulator.bugzilla import Bugzilla
from bbconsumer.simulator.cast import SECRETARY, add_people
from bbconsumer.simulator.server import SimulatedBugzilla
from bbconsumer.sync import Outcome
from bbconsumer.wiring import build_bug_sync, build_source, build_worker
from tests.services.schema import make_schema

BETA = Milestone("45", MilestoneName.BETA)
FINAL = Milestone("45", MilestoneName.FINAL)
START = datetime(2026, 9, 1, 12, tzinfo=UTC)


class Clock:
    """Bugzilla's clock: every look at it finds it a little later, as edits of people are."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float = 60) -> None:
        """Let time pass at Bugzilla."""
        self.now += timedelta(seconds=seconds)


@dataclass
class World:
    """Everything that a test touches. Edits are made with `create` and `edit`; their messages gather in `messages`."""

    bugzilla: SimulatedBugzilla
    settings: Settings
    database: Database
    clock: Clock
    tracker_ids: dict[tuple[Milestone, TrackerKind], int] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)

    @property
    def blocker(self) -> int:
        """The Beta blocker tracker."""
        return self.tracker_ids[BETA, TrackerKind.BLOCKER]

    @property
    def freeze_exception(self) -> int:
        """The Beta freeze exception tracker."""
        return self.tracker_ids[BETA, TrackerKind.FREEZE_EXCEPTION]

    def create(self, summary: str = "It crashes", **fields: Any) -> int:
        """File a bug in product Fedora; gives its number."""
        self.clock.advance()
        plain = {"product": "Fedora", "component": "kernel", "version": "45", "summary": summary}
        return self.bugzilla.state.create_bug({**plain, **fields}, SECRETARY)

    def propose(self, count: int = 1, **fields: Any) -> list[int]:
        """File bugs that block the Beta blocker tracker."""
        return [self.create(blocks=[self.blocker], **fields) for _ in range(count)]

    def edit(self, bug_id: int, **changes: Any) -> None:
        """Change a bug as a REST request would."""
        self.clock.advance()
        self.bugzilla.state.update_bug([bug_id], changes, SECRETARY)

    def deliver(self) -> None:
        """Give the gathered messages to the consumer."""
        consumer = Consumer(self.settings, self.database)
        for message in self.messages:
            consumer(message)
        self.messages.clear()

    def work(self) -> None:
        """Work until nothing is due."""
        worker = build_worker(self.settings, self.database)
        while worker.work_once():
            pass

    def sync(self, **options: Any) -> Outcome:
        """Run one sync."""
        return build_bug_sync(self.settings, self.database).run(**options)

    def states(self, tracker_id: int | None = None) -> dict[int, str]:
        """The stored state of each bug's nomination for a tracker, the Beta blocker tracker by default."""
        with self.database.reading() as session:
            rows = session.execute(
                select(NominationRow.bug_id, NominationRow.state).where(
                    NominationRow.tracker_id == (tracker_id or self.blocker)
                )
            )
            return dict(rows.all())

    def bug(self, bug_id: int) -> BugRow:
        """The stored row of a bug."""
        with self.database.reading() as session:
            row = session.get_one(BugRow, bug_id)
            session.expunge(row)
            return row

    def active_ids(self) -> set[int]:
        """The bugs that are on the lists."""
        with self.database.reading() as session:
            return set(session.scalars(select(BugRow.id).where(BugRow.is_active)))

    def events(self, bug_id: int) -> list[tuple[str, str, str]]:
        """Field, old and new value of a bug's events, in order of time."""
        statement = select(EventRow.field, EventRow.old, EventRow.new).where(EventRow.object_id == bug_id)
        with self.database.reading() as session:
            return [
                (field, old, new)
                for field, old, new in session.execute(statement.order_by(EventRow.at, EventRow.field))
            ]

    def queue(self) -> list[WorkItem]:
        """The keys that wait or are leased."""
        with self.database.reading() as session:
            rows = list(session.scalars(select(WorkItem).order_by(WorkItem.id)))
            session.expunge_all()
            return rows

    def source_state(self) -> SourceState:
        """What is noted of Bugzilla."""
        with self.database.reading() as session:
            row = session.get_one(SourceState, "bugzilla")
            session.expunge(row)
            return row

    def gate_reason(self) -> str | None:
        """Why the removal gate is tripped; None when it is not."""
        with self.database.reading() as session:
            row = session.get_one(RemovalGate, 1)
            return row.reason if row.tripped_at else None

    def bring_source_back(self) -> None:
        """Let the source's back-off be over."""
        with self.database.writing() as session:
            session.get_one(SourceState, "bugzilla").down_until = None


@contextmanager
def build_world(database_url: str, **settings: Any) -> Iterator[World]:
    """A Beta and a Final milestone, each with its two trackers, in Bugzilla; Beta also in the database."""
    clock = Clock()
    state = Bugzilla(clock=clock)
    add_people(state)
    with SimulatedBugzilla(state) as bugzilla:
        plain: Mapping[str, Any] = {
            "bugzilla_url": bugzilla.url,
            "bugzilla_tries": 1,
            "bodhi_enabled": False,
            "lease_s": 5,
        }
        in_force = Settings.of(**{**plain, **settings})
        database = Database(make_url(database_url))
        world = World(bugzilla, in_force, database, clock)
        try:
            make_schema(database)
            for milestone in (BETA, FINAL):
                for kind in TrackerKind:
                    alias = tracker_alias(milestone, kind)
                    world.tracker_ids[milestone, kind] = world.create(alias, alias=[alias])
            add_milestone(world, BETA)
            state.on_message(lambda topic, body: world.messages.append(Message(topic=topic, body=body)))
            yield world
        finally:
            database.dispose()


def add_milestone(world: World, milestone: Milestone) -> None:
    """Make a milestone known to the service, as an operator does."""
    trackers = commands.find_trackers(build_source(world.settings), milestone)
    commands.add_milestone(world.database, milestone, trackers, make_current=milestone == BETA, actor="alice")


def in_background(function: Any, *arguments: Any) -> threading.Thread:
    """Start a thread; the caller joins it."""
    thread = threading.Thread(target=function, args=arguments, daemon=True)
    thread.start()
    return thread
