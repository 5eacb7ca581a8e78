"""All that a template sees: frozen values, complete when the transaction that read them has ended.

Texts from Bugzilla are plain text here; the templates escape them. Accounts are e-mail addresses; the templates show
only what stands before the ``@``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TrackerView:
    """A tracker bug of a milestone; `is_read` tells whether a sync has ever read it."""

    id: int
    kind: str
    title: str
    problem: str
    is_read: bool


@dataclass(frozen=True, slots=True)
class MilestoneView:
    """A milestone; `open_blockers` counts its undecided and accepted blockers that are not closed."""

    release: str
    name: str
    label: str
    title: str
    is_active: bool
    is_current: bool
    open_blockers: int
    trackers: tuple[TrackerView, ...]


@dataclass(frozen=True, slots=True)
class Navigation:
    """All milestones that are known, in order of time."""

    milestones: tuple[MilestoneView, ...]

    @property
    def active(self) -> tuple[MilestoneView, ...]:
        """Those that the navigation offers."""
        return tuple(milestone for milestone in self.milestones if milestone.is_active)

    @property
    def start(self) -> MilestoneView | None:
        """Where the start page leads: the current milestone, else the first active one."""
        return next((m for m in self.active if m.is_current), next(iter(self.active), None))

    def find(self, release: str, name: str) -> MilestoneView | None:
        """The milestone of that release and name, active or not."""
        return next((m for m in self.milestones if (m.release, m.name) == (release, name)), None)


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning that a reader of the page must have seen; `at_words` say what `at` is the time of."""

    title: str
    text: str
    at: datetime | None = None
    at_words: str = "since"


@dataclass(frozen=True, slots=True)
class Freshness:
    """How far the lists of a page can be trusted. `checked_at` is None as long as they never were complete."""

    checked_at: datetime | None
    bugzilla_answered_at: datetime | None
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class Needinfo:
    """An open question to somebody; the requestee is empty when nobody is named."""

    requestee: str
    asked_at: datetime | None


@dataclass(frozen=True, slots=True)
class BugLine:
    """One row of a list. `decision` says in words what the section means for this bug."""

    id: int
    anchor: str
    component: str
    status: str
    resolution: str
    summary: str
    decision: str
    notes: tuple[str, ...]
    proposed_at: datetime | None
    needinfos: tuple[Needinfo, ...]
    last_change_at: datetime | None


@dataclass(frozen=True, slots=True)
class Section:
    """One list of the buglist; `about` may be empty; `nothing` completes the sentence “No …” of an empty one."""

    anchor: str
    title: str
    about: str
    nothing: str
    lines: tuple[BugLine, ...]


@dataclass(frozen=True, slots=True)
class BuglistPage:
    """The bugs of one milestone."""

    now: datetime
    navigation: Navigation
    milestone: MilestoneView
    freshness: Freshness
    sections: tuple[Section, ...]

    def count(self, anchor: str) -> int:
        """How many rows the section with that anchor has."""
        return next(len(section.lines) for section in self.sections if section.anchor == anchor)


@dataclass(frozen=True, slots=True)
class UnknownMilestonePage:
    """Says which milestones there are instead of the one that was asked for."""

    now: datetime
    navigation: Navigation


@dataclass(frozen=True, slots=True)
class NoMilestonePage:
    """Says how to set up a first milestone."""

    now: datetime
    navigation: Navigation


@dataclass(frozen=True, slots=True)
class NominationView:
    """One nomination of a bug; `title` is what people call it: ``Accepted Blocker``."""

    title: str
    tracker_id: int
    milestone: MilestoneView
    is_open: bool
    reason: str
    proposed_at: datetime | None
    proposed_by: str
    decided_at: datetime | None
    decided_by: str
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class EventView:
    """Something that happened to a bug: `subject` went from `old` to `new`, either of which may be empty."""

    seq: int
    at: datetime
    subject: str
    old: str
    new: str
    who: str


@dataclass(frozen=True, slots=True)
class BugPage:
    """One bug. `events` begin with the latest."""

    now: datetime
    navigation: Navigation
    notices: tuple[Notice, ...]
    id: int
    summary: str
    status: str
    resolution: str
    product: str
    component: str
    version: str
    severity: str
    priority: str
    assigned_to: str
    creator: str
    whiteboard: str
    prioritized: str
    needinfos: tuple[Needinfo, ...]
    created_at: datetime | None
    last_change_at: datetime | None
    checked_at: datetime
    nominations: tuple[NominationView, ...]
    events: tuple[EventView, ...]


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
    def troubled_trackers(self) -> tuple[TrackerView, ...]:
        """Trackers that could not be read, or have not been read yet."""
        trackers = (tracker for milestone in self.navigation.milestones for tracker in milestone.trackers)
        return tuple(tracker for tracker in trackers if tracker.problem or not tracker.is_read)
