"""What readiness, attention and reports are told about a milestone: values that a caller fills from what is stored.

Nothing here decides anything. How far the data can be trusted must always be said: it has no default.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from bbconsumer.domain.nominations import Nomination, NominationState
from bbconsumer.domain.snapshots import UpdateSnapshot
from bbconsumer.domain.texts import minute
from bbconsumer.domain.trackers import Milestone, TrackerKind


@dataclass(frozen=True, slots=True)
class Needinfo:
    """An open question to somebody; the requestee is empty when nobody is named."""

    requestee: str
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TicketVote:
    """An open vote of a discussion ticket, as ready texts; `votes_needed` is 0 when a decision can be taken."""

    kind: TrackerKind
    tally: str
    advice: str
    votes_needed: int


@dataclass(frozen=True, slots=True)
class TicketDecision:
    """What the ticket last agreed on for a kind: one of the accepted states, or rejected.

    `problem` says why the service cannot record it in Bugzilla, empty when nothing is known to be in the way.
    `comment_url` is the address of the comment that says it.
    """

    kind: TrackerKind
    outcome: NominationState
    at: datetime | None
    by: str = ""
    problem: str = ""
    comment_url: str = ""


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """What a bug's discussion ticket says about this milestone; at most one decision for each kind."""

    ticket_url: str
    votes: tuple[TicketVote, ...] = ()
    decisions: tuple[TicketDecision, ...] = ()


@dataclass(frozen=True, slots=True)
class TrackedBug:
    """A bug that was ever nominated, or one that a duplicate leads to.

    `status_since` is when the present status was set, None when unknown; `was_verified` whether it ever was VERIFIED;
    `dupe_of` the bug of which this one is a duplicate, None when unknown; `removal_held` why its removal is not
    believed, empty when it is not about to be removed. `nominations` may be of other milestones too.
    """

    id: int
    summary: str
    component: str
    status: str
    resolution: str
    assigned_to: str
    is_open: bool
    severity: str = ""
    last_change_at: datetime | None = None
    status_since: datetime | None = None
    was_verified: bool = False
    dupe_of: int | None = None
    depends_on_open: tuple[int, ...] = ()
    needinfos: tuple[Needinfo, ...] = ()
    nominations: tuple[Nomination, ...] = ()
    updates: tuple[UpdateSnapshot, ...] = ()
    review: ReviewFacts | None = None
    removal_held: str = ""

    @property
    def state(self) -> str:
        """Status and resolution, as people write them: ``CLOSED WONTFIX``."""
        return f"{self.status} {self.resolution}".strip()

    def nomination(self, milestone: Milestone, kind: TrackerKind) -> Nomination | None:
        """The bug's nomination for one tracker, also an ended one."""
        wanted = (milestone, kind)
        return next((n for n in self.nominations if (n.tracker.milestone, n.tracker.kind) == wanted), None)


@dataclass(frozen=True, slots=True)
class MilestoneDates:
    """The days that matter; None for what is not scheduled."""

    freeze_at: datetime | None = None
    go_no_go_at: datetime | None = None
    target_at: datetime | None = None

    @property
    def by_title(self) -> tuple[tuple[str, datetime | None], ...]:
        """The dates in their order, each with what people call it."""
        return ("Freeze", self.freeze_at), ("Go/No-Go", self.go_no_go_at), ("Target date", self.target_at)

    def lines(self) -> tuple[str, ...]:
        """The dates in words: ``Freeze: 2026-09-08 14:00 UTC``."""
        return tuple(f"{title}: {minute(at) if at else 'not known'}" for title, at in self.by_title)

    def is_frozen(self, now: datetime) -> bool:
        """Whether only fixes of accepted bugs may become stable now."""
        return self.freeze_at is not None and self.freeze_at <= now and (self.target_at is None or now < self.target_at)


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """How fresh one source is. Only sources on which the verdict rests belong here."""

    name: str
    last_success_at: datetime | None
    stale_after: timedelta
    is_failing: bool


@dataclass(frozen=True)
class MilestoneFacts:
    """All that is known of a milestone.

    `bugs` are those with a nomination, and those that duplicates lead to: a bug that is missing counts as unknown.
    `gate_reason` says why removals are held, empty when they are not; `list_problems` are sentences that say why the
    lists may be incomplete (a tracker is missing, was never read or cannot be read; the milestone is not synced).
    `are_updates_known`: whether updates were ever read, so that a bug without any can be said to have none.
    `votes_needed`: votes one way that make a proposal ready.
    """

    milestone: Milestone
    bugs: tuple[TrackedBug, ...]
    last_complete_sync_at: datetime | None
    sync_stale_after: timedelta
    sources: tuple[SourceFacts, ...]
    gate_reason: str
    list_problems: tuple[str, ...]
    are_updates_known: bool
    votes_needed: int
    dates: MilestoneDates = field(default_factory=MilestoneDates)

    @cached_property
    def bugs_by_id(self) -> Mapping[int, TrackedBug]:
        """Every bug by its number."""
        return {bug.id: bug for bug in self.bugs}

    def nominations(self, kind: TrackerKind) -> Iterator[tuple[TrackedBug, Nomination]]:
        """The bugs that are or were nominated for this milestone's tracker of that kind."""
        for bug in self.bugs:
            if nomination := bug.nomination(self.milestone, kind):
                yield bug, nomination
