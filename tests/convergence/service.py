"""A service that lives through a story: its consumer, two workers and a sync, moved one at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from fedora_messaging.message import Message
from sqlalchemy import make_url, select, update

from bbconsumer import commands
from bbconsumer.config import Secret, Settings
from bbconsumer.consumer import Consumer
from bbconsumer.db.models import SourceState, SyncRun, WorkItem
from bbconsumer.db.session import Database, database_now
from bbconsumer.domain.trackers import Milestone, Tracker, TrackerKind
from bbconsumer.inventory.bugs import take_bug_inventory
from bbconsumer.simulator.cast import SERVICE_KEY
from bbconsumer.sources import BugSource
from bbconsumer.sync import Outcome, Plan, Sync
from bbconsumer.wiring import build_bug_sync, build_bug_worker, build_source, build_worker
from bbconsumer.worker import Worker
from tests.convergence.scene import MILESTONES
from tests.convergence.story import TRACKERS, Deliver, GiveBack, Lose, Move, TimePasses
from tests.convergence.turns import PausingEvent, PausingSource, Player
from tests.services.schema import make_schema

# In the order of their numbers.
TRACKER_LIST = tuple(
    Tracker(number, kind, milestone)
    for number, (milestone, kind) in zip(TRACKERS, ((m, k) for m in MILESTONES for k in TrackerKind), strict=True)
)
SYNC = 2


def settings_for(
    bugzilla_url: str, *, has_key: bool, batch_size: int = 300, trips: bool = False, lease_s: int = 3600
) -> Settings:
    """Settings under which the removal gate never trips, or very soon."""
    return Settings.of(
        bugzilla_url=bugzilla_url,
        bugzilla_api_key=Secret(SERVICE_KEY if has_key else ""),
        bugzilla_batch_size=batch_size,
        bugzilla_tries=1,
        pagure_enabled=False,
        bodhi_enabled=False,
        lease_s=lease_s,
        sync_deadline_s=120,
        removals_max=1 if trips else 1_000_000,
        removals_share=0.0 if trips else 1.0,
    )


def prepare(database_url: str) -> None:
    """Give a database the schema and both milestones."""
    database = Database(make_url(database_url))
    make_schema(database)
    for milestone in MILESTONES:
        numbers = {tracker.kind: tracker.id for tracker in TRACKER_LIST if tracker.milestone == milestone}
        commands.add_milestone(database, milestone, numbers, make_current=_is_first(milestone), actor="alice")
    database.dispose()


def let_time_pass(database: Database) -> None:
    """Every lease has lapsed, everything that waits is due, and a source that was down is asked again."""
    with database.writing() as session:
        past = database_now(session) - timedelta(seconds=1)
        leased = update(WorkItem).where(WorkItem.lease_token.is_not(None))
        session.execute(leased.values(leased_until=past))
        session.execute(update(WorkItem).values(due_at=past))
        session.execute(update(SourceState).values(down_until=None))


def _is_first(milestone: Milestone) -> bool:
    return milestone == MILESTONES[0]


@dataclass
class Service:
    """One service on one database. `under_way`: messages that were sent and have neither arrived nor been lost."""

    database: Database
    settings: Settings
    late: Callable[[], AbstractContextManager[None]] = nullcontext
    under_way: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._consumer = Consumer(self.settings, self.database)
        self._straight_worker = build_worker(self.settings, self.database)
        self._players = tuple(Player() for _ in range(3))
        self._sources = tuple(PausingSource(build_source(self.settings), player, self.late) for player in self._players)
        self._workers = tuple(self._worker(source) for source in self._sources)

    def receive(self, message: Message) -> None:
        """Give a message to the consumer."""
        self._consumer(message)

    def work(self) -> None:
        """Work until nothing is due."""
        while self._straight_worker.work_once():
            pass

    def sync(self, *, accept_removals: bool = False) -> Outcome:
        """Run a sync from its start to its end."""
        return build_bug_sync(self.settings, self.database).run(accepted_by="alice" if accept_removals else "")

    def let(self, step: Deliver | Lose | Move | GiveBack | TimePasses) -> None:
        """Do what a step of the story says."""
        match step:
            case Deliver() if self.under_way:
                message = self.under_way[step.message % len(self.under_way)]
                self.receive(message)
                if not step.again:
                    self.under_way.remove(message)
            case Lose() if self.under_way:
                del self.under_way[step.message % len(self.under_way)]
            case Move():
                self._move(step.player)
            case GiveBack():
                self._workers[step.player].give_back()
            case TimePasses():
                let_time_pass(self.database)
            case _:
                pass

    def end_sync(self) -> None:
        """Let a sync that is under way come to its end; workers stay where they are."""
        while self.move_on(SYNC):
            let_time_pass(self.database)

    def end_workers(self) -> None:
        """Let workers end that are still under way, with answers as old as they may be."""
        for number in range(len(self._players)):
            while self.move_on(number):
                pass

    def move_on(self, number: int) -> bool:
        """Move a part that is under way; False when it is not."""
        is_playing = self._players[number].is_playing
        if is_playing:
            self._players[number].move()
        return is_playing

    def abandon(self) -> None:
        """Leave everything as it is."""
        for player in self._players:
            player.abandon()
        self.database.dispose()

    def sync_problems(self) -> list[str]:
        """What was wrong with each sync so far."""
        with self.database.reading() as session:
            return list(session.scalars(select(SyncRun.problem).order_by(SyncRun.id)))

    def _move(self, number: int) -> None:
        player = self._players[number]
        if self.move_on(number):
            return
        if number == SYNC:
            player.begin(self._sync(player).run)
        else:
            player.begin(self._workers[number].work_once)

    def _sync(self, player: Player) -> Sync:
        source = self._sources[SYNC]
        return Sync(
            self.database,
            Plan(source.name, "bugs", lambda: take_bug_inventory(self.database, source), [self._workers[SYNC]]),
            stop=PausingEvent(player),
            time_limit_s=3600,
            dead_after_s=3600,
        )

    def _worker(self, source: BugSource) -> Worker:
        return build_bug_worker(self.settings, self.database, source, threading.Event())


@contextmanager
def service_on(
    file: Path, settings: Settings, late: Callable[[], AbstractContextManager[None]] = nullcontext
) -> Iterator[Service]:
    """A service on a SQLite file. `late`: within it Bugzilla's histories may be older than its bugs."""
    service = Service(Database(make_url(f"sqlite:///{file}")), settings, late)
    try:
        yield service
    finally:
        service.abandon()
