"""What is told of milestones: the verdict, the bugs, the updates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeAlias

from bbconsumer.domain.attention import TodoKind
from bbconsumer.domain.readiness import Verdict
from bbconsumer.domain.reasons import ReasonCode, Severity
from web.api.answers.parts import Answer, BugUpdate, Kind, Milestone, Needinfo, Nomination, Todo, Vote
from web.api.schemas import one_of
from web.lists.bugs import SECTIONS

SectionName: TypeAlias = Annotated[str, one_of(SECTIONS)]


@dataclass(frozen=True, slots=True)
class MilestonesAnswer(Answer):
    """The milestones that are known, in order of time. `next` is the address of the next page, null on the last."""

    total: int
    next: str | None
    milestones: tuple[Milestone, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason of a verdict. `bug_ids` are exactly the bugs that it counts; none when it is about the data as such."""

    code: ReasonCode
    severity: Severity
    sentence: str
    bug_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates of a milestone; null for what is not set."""

    freeze_at: datetime | None
    go_no_go_at: datetime | None
    target_at: datetime | None


@dataclass(frozen=True, slots=True)
class SectionCount:
    """How many rows a list of the milestone's bugs has: those that `?section=` finds."""

    section: SectionName
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class TodoCount:
    """How many rows of the milestone's bugs have something of a kind to be done: those that `?todo=` finds."""

    todo: TodoKind
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class MilestoneAnswer(Answer):
    """Whether a milestone can ship, and why. Any reason that blocks makes it NO-GO, else any unknown one UNKNOWN."""

    milestone: Milestone
    verdict: Verdict
    reasons: tuple[Reason, ...]
    dates: Dates
    is_frozen: bool
    counts: tuple[SectionCount, ...]
    todos: tuple[TodoCount, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """How far the review of a nomination is, in the ticket that counts; `ticket_id` is null while there is none."""

    ticket_id: int | None
    is_open: bool
    votes: tuple[Vote, ...]


@dataclass(frozen=True, slots=True)
class ListedBug:
    """A row of a milestone's buglist: one nomination of a bug, or a bug that is prioritized whatever the milestone.

    `kind`, `nomination` and `proposed_at` are null for the latter. `decision` says in words what the nomination is, and
    `notes` what must be known of it. `review` is null where review tickets are not followed.
    """

    id: int
    url: str
    section: SectionName
    component: str
    state: str
    resolution: str
    severity: str
    title: str
    assignee: str
    kind: Kind | None
    nomination: Nomination | None
    decision: str
    notes: tuple[str, ...]
    is_prioritized: bool
    depends_on_open: tuple[int, ...]
    proposed_at: datetime | None
    needinfos: tuple[Needinfo, ...]
    todos: tuple[Todo, ...]
    review: Review | None
    updates: tuple[BugUpdate, ...]
    last_change_at: datetime | None


@dataclass(frozen=True, slots=True)
class BugsAnswer(Answer):
    """The rows of a milestone's buglist that were asked for, in the order of the page. `total` counts them; `next` is
    the address of the next page, null on the last."""

    milestone: Milestone
    total: int
    next: str | None
    bugs: tuple[ListedBug, ...]


@dataclass(frozen=True, slots=True)
class Fix:
    """A bug that an update fixes for the milestone; `decision` says in words what it is nominated as."""

    id: int
    url: str
    component: str
    state: str
    resolution: str
    title: str
    kind: Kind
    decision: str


@dataclass(frozen=True, slots=True)
class ListedUpdate:
    """An update that fixes bugs of the milestone. `missing` says in words what it still needs, nothing when it is
    stable. `karma_needed` is null where Bodhi does not push it by karma."""

    alias: str
    title: str
    builds: tuple[str, ...]
    release: str
    status: str
    request: str
    karma: int
    karma_needed: int | None
    gating: str
    is_critical: bool
    submitter: str
    submitted_at: datetime
    testing_at: datetime | None
    missing: tuple[str, ...]
    fixes: tuple[Fix, ...]


@dataclass(frozen=True, slots=True)
class UpdatesAnswer(Answer):
    """The updates of a milestone that were asked for. While `are_known` is false no update was ever read: then that
    there are none says nothing. `next` is the address of the next page, null on the last."""

    milestone: Milestone
    are_known: bool
    total: int
    next: str | None
    updates: tuple[ListedUpdate, ...]
