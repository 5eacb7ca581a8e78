"""Row 10: some days of a Beta freeze, followed by us and by what people have today, under one simulated clock.

Everybody asks one simulated Bugzilla over HTTP, which counts the requests. How long a message takes once it has come,
and how long a pass takes, is measured; all else is simulated time.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median

from fedora_messaging.message import Message
from sqlalchemy import make_url, select

from bbconsumer import commands
from bbconsumer.config import Secret, Settings
from bbconsumer.consumer import Consumer
from bbconsumer.db import schema
from bbconsumer.db.models import BugRow
from bbconsumer.db.session import Database
from bbconsumer.domain.trackers import Milestone, MilestoneName
from bbconsumer.simulator.cast import SERVICE_KEY
from bbconsumer.simulator.plots import BETA, BETA_FE, FINAL, FINAL_FE
from bbconsumer.simulator.scenario import Scenario, StoryClock, build_release
from bbconsumer.simulator.server import SimulatedBugzilla
from bbconsumer.sync import SyncState
from bbconsumer.wiring import build_bug_sync, build_source, build_worker
from tests.bench import processes
from tests.bench.pollers import SHOWN, Changes, Everything, Poller, Sight, sight_of
from tests.bench.sizes import Sizes
from tests.bench.table import Row, counted
from tests.bench.world import World

BEGIN = datetime(2026, 9, 1, tzinfo=UTC)
INTERVAL = timedelta(minutes=30)
# A message is on its way for so long, and one in a hundred never comes.
BUS, LOST_SHARE = timedelta(seconds=1), 0.01
EDITS_A_DAY = 144
DAY_S = 86_400


@dataclass
class Account:
    """How one of them fared. Changes wait in `waiting`, by bug, until what is shown of it is true again."""

    requests: int = 0
    requests_of_passes: int = 0
    passes: int = 0
    delays_s: list[float] = field(default_factory=list)
    waiting: dict[int, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    def look(self, seen: Mapping[int, Sight | None], truth: Mapping[int, Sight | None], at: datetime) -> None:
        """Note which of the changes that waited are shown now."""
        for bug_id in [bug_id for bug_id in self.waiting if seen.get(bug_id) == truth.get(bug_id)]:
            self.delays_s += ((at - changed_at).total_seconds() for changed_at in self.waiting.pop(bug_id))

    @property
    def missed(self) -> int:
        """The changes that were never shown."""
        return sum(map(len, self.waiting.values()))


class Ours:
    """The service: a message at a time, and a sync whenever the others ask."""

    def __init__(self, settings: Settings, database: Database, tracker_ids: Mapping[str, int]) -> None:
        self.seen: dict[int, Sight | None] = {}
        self._settings, self._database = settings, database
        self._tracker_ids = tracker_ids.values()
        self._consumer, self._worker = Consumer(settings, database), build_worker(settings, database)

    def take(self, messages: list[Message]) -> None:
        """Consume what came, and work until nothing is due."""
        for message in messages:
            self._consumer(message)
        while self._worker.work_once():
            pass
        self._read()

    def poll(self) -> None:
        """Sync."""
        outcome = build_bug_sync(self._settings, self._database).run()
        if outcome.state is not SyncState.COMPLETE:
            raise processes.BenchFailed(f"a sync: {outcome.problem}")
        self._read()

    def _read(self) -> None:
        columns = [getattr(BugRow, name) for name in SHOWN]
        with self._database.reading() as session:
            rows = session.execute(select(*columns).where(BugRow.is_active, BugRow.absence.is_(None)))
            self.seen = {row.id: sight_of(row._asdict(), self._tracker_ids) for row in rows}


def measure(world: World, sizes: Sizes) -> list[Row]:
    """The same days for all of them."""
    with _story(world.folder) as story:
        story.play(sizes.polled_days)
    rows = [row for name, account in story.accounts.items() for row in _rows(name, account, sizes.polled_days)]
    # Who asks again and again learns of a change after half of the time between in the median.
    interval_s = 2 * median(story.accounts["ours"].delays_s)
    for name in ("what changed", "everything"):
        needed = story.accounts[name].requests / story.accounts[name].passes * DAY_S / interval_s
        rows.append(counted(f"polling {name} so often that our median delay is met: requests", "1/day", needed))
    return rows


def _rows(name: str, account: Account, days: float) -> list[Row]:
    what, count = f"polling ({name})", len(account.delays_s) + account.missed
    return [
        counted(f"{what}: delay, median", "s", median(account.delays_s)),
        counted(f"{what}: delay, worst", "s", max(account.delays_s)),
        counted(f"{what}: requests", "1/day", account.requests / days),
        counted(f"{what}: requests in passes every 30 minutes", "1/day", account.requests_of_passes / days),
        counted(f"{what}: never shown, of {count} changes", "changes", account.missed),
    ]


@dataclass
class _Story:
    clock: StoryClock
    bugzilla: SimulatedBugzilla
    scenario: Scenario
    tracker_ids: Mapping[str, int]
    readers: Mapping[str, Poller]
    ours: Ours
    messages: list[Message] = field(default_factory=list)
    truth: dict[int, Sight | None] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=lambda: defaultdict(Account))

    def play(self, days: float) -> None:
        """Let people edit, and everybody ask, for so many days. What the first look costs is not counted."""
        for reader in self.readers.values():
            reader.poll()
        self.truth = dict(self.readers["everything"].seen)
        chance, edits = Random(1), self.scenario.steps()
        begin, end = self.clock.now, self.clock.now + timedelta(days=days)
        ask_at, edit_at = begin + INTERVAL, begin
        while min(ask_at, edit_at) <= end:
            self.clock.now = max(min(ask_at, edit_at), self.clock.now)
            if ask_at <= edit_at:
                ask_at += INTERVAL
                self._ask()
            else:
                edit_at += timedelta(seconds=chance.expovariate(EDITS_A_DAY / DAY_S))
                self._change(next(edits).bug_id, is_lost=chance.random() < LOST_SHARE)

    def _change(self, bug_id: int, *, is_lost: bool) -> None:
        changed_at, before = self.clock.now, self.truth.get(bug_id)
        after = self.truth[bug_id] = self._true_sight(bug_id)
        messages, self.messages = self.messages, []
        if after != before:
            for name in self.readers:
                self.accounts[name].waiting[bug_id].append(changed_at)
        if not is_lost:
            self.clock.now += BUS
            with self._counting("ours"):
                self.ours.take(messages)

    def _ask(self) -> None:
        for name, reader in self.readers.items():
            account, before = self.accounts[name], self.accounts[name].requests
            with self._counting(name):
                reader.poll()
            account.passes += 1
            account.requests_of_passes += account.requests - before

    @contextmanager
    def _counting(self, name: str) -> Iterator[None]:
        account, began, asked = self.accounts[name], time.perf_counter(), self.bugzilla.requests.count()
        yield
        account.requests += self.bugzilla.requests.count() - asked
        took = timedelta(seconds=time.perf_counter() - began)
        account.look(self.readers[name].seen, self.truth, self.clock.now + took)

    def _true_sight(self, bug_id: int) -> Sight | None:
        bug = self.scenario.state.bug(bug_id)
        told = {name: getattr(bug, name) for name in SHOWN if name != "flags"}
        flags = [{"name": flag.name, "requestee": flag.requestee} for flag in bug.flags]
        return sight_of({**told, "flags": flags}, self.tracker_ids.values())


@contextmanager
def _story(folder: Path) -> Iterator[_Story]:
    clock = StoryClock(BEGIN)
    scenario = build_release(clock=clock, unrelated=150)
    tracker_ids = {alias: scenario.tracker_ids[alias] for alias in (BETA, BETA_FE, FINAL, FINAL_FE)}
    with SimulatedBugzilla(scenario.state) as bugzilla:
        settings = Settings.of(
            bugzilla_url=bugzilla.url,
            bugzilla_api_key=Secret(SERVICE_KEY),
            pagure_enabled=False,
            bodhi_enabled=False,
        )
        # PostgreSQL goes by a clock of its own, which cannot be moved.
        database = Database(make_url(f"sqlite:///{folder / 'polling.sqlite'}"), clock=clock)
        schema.upgrade(database)
        for name in MilestoneName:
            milestone = Milestone("45", name)
            trackers = commands.find_trackers(build_source(settings), milestone)
            commands.add_milestone(
                database, milestone, trackers, make_current=name is MilestoneName.BETA, actor="alice"
            )
        ours = Ours(settings, database, tracker_ids)
        asking = bugzilla.url, tuple(tracker_ids.values()), clock
        readers: Mapping[str, Poller] = {
            "ours": ours,
            "what changed": Changes(*asking),
            "everything": Everything(*asking),
        }
        story = _Story(clock, bugzilla, scenario, tracker_ids, readers, ours)
        bugzilla.on_message(lambda topic, body: story.messages.append(Message(topic=topic, body=body)))
        try:
            yield story
        finally:
            database.dispose()
