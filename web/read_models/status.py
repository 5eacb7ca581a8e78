"""The state of the service itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from web.read_models.freshness import Notice
from web.read_models.navigation import Navigation, TrackerView

# What is due is worked on within seconds; a sync makes much due at once.
LONG_DUE: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SourceView:
    """When a source last answered, or the bus last brought something; `down_until` is None unless it is ahead."""

    name: str
    about: str
    last_success_at: datetime | None
    last_failure_at: datetime | None
    last_error: str
    failures: int
    down_until: datetime | None


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
class StatusPage:
    """What operators and doubters look at."""

    now: datetime
    navigation: Navigation
    notices: tuple[Notice, ...]
    checked_at: datetime | None
    sources: tuple[SourceView, ...]
    queue: QueueView
    gate: GateView
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

    @property
    def troubled_trackers(self) -> tuple[TrackerView, ...]:
        """Trackers that a sync should read, and that could not be read or have not been read yet."""
        trackers = (tracker for milestone in self.navigation.active for tracker in milestone.trackers)
        return tuple(tracker for tracker in trackers if tracker.problem or not tracker.is_read)
