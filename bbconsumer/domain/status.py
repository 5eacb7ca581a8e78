"""The state of the service itself, and what of it is wrong: the same for the status page and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bbconsumer.domain.freshness import Notice
from bbconsumer.domain.trackers import Tracker

# What is due is worked on within seconds; a sync makes much due at once.
LONG_DUE: Final = timedelta(minutes=5)
# A timer begins a sync within seconds, the platform within minutes.
LONG_OVERDUE: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class SourceView:
    """When a source last answered, or the bus last brought something; `down_until` is None unless it is ahead.

    `is_stale` when that is longer ago than `stale_after`, which is None where nobody can tell how long is too long.
    """

    name: str
    about: str
    last_success_at: datetime | None
    last_failure_at: datetime | None
    last_error: str
    failures: int
    down_until: datetime | None
    stale_after: timedelta | None
    is_stale: bool

    @property
    def condition(self) -> str:
        """How it fares, in words."""
        if self.failures:
            return f"failing: {self.failures} {'try' if self.failures == 1 else 'tries'} in a row"
        if self.is_stale:
            return "silent for too long" if self.name == "bus" else "not read for too long"
        if self.last_success_at:
            return "receiving" if self.name.startswith("bus") else "answering"
        return "nothing so far"


@dataclass(frozen=True, slots=True)
class PartView:
    """When a part of the service last got on, in whatever process; None when none has said so yet."""

    name: str
    about: str
    alive_at: datetime | None
    is_silent: bool

    @property
    def condition(self) -> str:
        """How it fares, in words."""
        if self.is_silent:
            return "not heard of for too long"
        return "alive" if self.alive_at else "nothing so far"


@dataclass(frozen=True, slots=True)
class TrackerTrouble:
    """A tracker that a sync should read, and that could not be read or has not been read yet."""

    tracker: Tracker
    problem: str


@dataclass(frozen=True, slots=True)
class FailingKey:
    """A key that backs off after errors of its own; its name is empty when the bug is not public."""

    name: str
    attempts: int
    due_at: datetime
    last_error: str


@dataclass(frozen=True, slots=True)
class QueueView:
    """The work queue. Every key is in exactly one of the first three counts.

    `failing_count` keys, which are among those, failed by an error of their own; `failing` shows the worst of them.
    """

    due: int
    leased: int
    waiting: int
    failing_count: int
    oldest_due_at: datetime | None
    failing: tuple[FailingKey, ...]


@dataclass(frozen=True, slots=True)
class GateView:
    """The removal gate; `tripped_at` is None while removals are believed."""

    tripped_at: datetime | None
    reason: str
    is_accepting: bool


@dataclass(frozen=True, slots=True)
class SyncRunView:
    """One run of the sync of a source; `is_silent` when it claims to be running but has not been heard of for long."""

    id: int
    source: str
    state: str
    started_at: datetime
    seconds: float
    keys: int
    left: int
    problem: str
    is_silent: bool


@dataclass(frozen=True, slots=True)
class DeadLetterView:
    """A message that could not be read. Its body is not shown: it may hold anything."""

    received_at: datetime
    topic: str
    reason: str


@dataclass(frozen=True, slots=True)
class SchemaView:
    """Where the database's schema stands towards this code."""

    revision: str
    standing: str
    is_usable: bool


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """What operators and doubters look at, as of `now`, which is exact."""

    now: datetime
    notices: tuple[Notice, ...]
    checked_at: datetime | None
    next_sync_at: datetime | None
    sources: tuple[SourceView, ...]
    parts: tuple[PartView, ...]
    queue: QueueView
    gate: GateView
    troubled_trackers: tuple[TrackerTrouble, ...]
    sync_runs: tuple[SyncRunView, ...]
    dead_letter_count: int
    dead_letters: tuple[DeadLetterView, ...]
    schema: SchemaView

    @property
    def troubles(self) -> tuple[tuple[str, str], ...]:
        """All that is wrong, each as a sentence with the anchor of the section that tells more."""
        queue = self.queue
        # The newest run of each source: they come in order, the newest first.
        last_runs = {run.source: run for run in reversed(self.sync_runs)}.values()
        found = [("sync-runs", notice.title) for notice in self.notices]
        found += [("sources", f"{source.name} fails") for source in self.sources if source.failures]
        stale = [source.name for source in self.sources if source.is_stale]
        found += [("sources", f"{name} is stale" if name != "bus" else "no message came for long") for name in stale]
        found += [("parts", f"no {part.name} has got on for minutes") for part in self.parts if part.is_silent]
        if self.next_sync_at and self.now - self.next_sync_at > LONG_OVERDUE:
            found.append(("sync-runs", "a sync is overdue: its timer does not seem to run"))
        if self.gate.tripped_at:
            found.append(("removal-gate", "removals are held back until an operator has looked"))
        if self.troubled_trackers:
            found.append(("trackers", "a tracker has a problem"))
        if queue.oldest_due_at and self.now - queue.oldest_due_at > LONG_DUE:
            found.append(("queue", "keys have been due for minutes: no worker seems to run"))
        if queue.failing_count:
            found.append(("queue", "some keys cannot be worked on"))
        found += [
            ("sync-runs", f"the last sync of {run.source} was {run.state}")
            for run in last_runs
            if run.is_silent or run.state not in {"complete", "running"}
        ]
        if self.dead_letter_count:
            found.append(("dead-letters", "there are messages that could not be read"))
        if not self.schema.is_usable:
            found.append(("schema", "the schema does not fit this program"))
        return tuple(found)
