"""The pages of administrators. `notice` says what was just done, `problem` why it was not; both may be empty."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from web.forms import Field, Fields
from web.read_models.navigation import MilestoneView, Navigation


@dataclass(frozen=True, slots=True)
class TroubleView:
    """Something that needs an operator, what is known of it, and the address of the page where it is seen to."""

    sentence: str
    detail: str
    address: str


@dataclass(frozen=True, slots=True)
class AskedSyncView:
    """A sync that is asked for and has not begun."""

    source: str
    asked_at: datetime
    asked_by: str
    accepts_removals: bool


@dataclass(frozen=True, slots=True)
class RunningSyncView:
    """A sync that runs: `done` of `total` keys; None while it is not known yet how many there are."""

    source: str
    started_at: datetime
    done: int
    total: int | None
    is_silent: bool


@dataclass(frozen=True, slots=True)
class AdminPage:
    """What needs an operator, the most urgent first; the syncs that are asked for, and those that run."""

    now: datetime
    navigation: Navigation
    troubles: tuple[TroubleView, ...]
    asked: tuple[AskedSyncView, ...]
    running: tuple[RunningSyncView, ...]
    next_sync_at: datetime | None
    notice: str = ""


@dataclass(frozen=True, slots=True)
class HeldBugView:
    """A bug whose removal is not believed, and why."""

    id: int
    summary: str
    reason: str


@dataclass(frozen=True, slots=True)
class RemovalsPage:
    """The removal gate, and what it holds back: `held` are those that may be shown, `held_count` is of all.

    `tripped_at` is exact, None while the gate is open. `is_asked`: somebody accepted them, and no sync has begun since.
    """

    now: datetime
    navigation: Navigation
    tripped_at: datetime | None
    reason: str
    held: tuple[HeldBugView, ...]
    held_count: int
    is_asked: bool
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FailingKeyView:
    """A key that backs off after errors of its own; `matters` is what depends on it, for people.

    Key and name are empty when its bug is not public: then it is tried again only with all others.
    """

    key: str
    name: str
    matters: str
    attempts: int
    due_at: datetime
    last_error: str


@dataclass(frozen=True, slots=True)
class QueuePage:
    """What fails, the most important first: `failing` of `failing_count`. `waiting` counts all that the queue holds."""

    now: datetime
    navigation: Navigation
    waiting: tuple[tuple[str, int], ...]
    failing: tuple[FailingKeyView, ...]
    failing_count: int
    down: tuple[tuple[str, datetime], ...]
    notice: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class LetterView:
    """A message that could not be read. `body` is shown as text: it may hold anything."""

    id: int
    received_at: datetime
    topic: str
    reason: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class LettersPage:
    """Messages that could not be read, the latest first; `count` is of all."""

    now: datetime
    navigation: Navigation
    letters: tuple[LetterView, ...]
    count: int
    notice: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class LetterPage:
    """One of them, whole."""

    now: datetime
    navigation: Navigation
    letter: LetterView


@dataclass(frozen=True, slots=True)
class MilestonesPage:
    """All releases and milestones; `bare_releases` are those without a milestone."""

    now: datetime
    navigation: Navigation
    bare_releases: tuple[str, ...]
    release: Field
    notice: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class AddFields(Fields):
    """The fields with which a milestone is added, in their order."""

    release: Field
    name: Field
    blocker: Field
    freeze_exception: Field
    current: Field


@dataclass(frozen=True, slots=True)
class FoundTrackerView:
    """A tracker as Bugzilla tells it now; `expected_alias` is empty when it has that."""

    title: str
    id: int
    summary: str
    state: str
    aliases: tuple[str, ...]
    expected_alias: str


@dataclass(frozen=True, slots=True)
class AddMilestonePage:
    """The form with which a milestone is added."""

    now: datetime
    navigation: Navigation
    fields: AddFields
    problem: str = ""


@dataclass(frozen=True, slots=True)
class AddPreviewPage:
    """What would be stored: `fields` carry the numbers of the trackers that are shown."""

    now: datetime
    navigation: Navigation
    title: str
    fields: AddFields
    is_current: bool
    trackers: tuple[FoundTrackerView, ...]


@dataclass(frozen=True, slots=True)
class MilestoneAdminPage:
    """One milestone, to be changed. `seen`: each date as it is stored, by the name of its field in the form."""

    now: datetime
    navigation: Navigation
    milestone: MilestoneView
    dates: tuple[Field, ...]
    seen: tuple[tuple[str, str], ...]
    missing_trackers: tuple[str, ...]
    notice: str = ""
    problem: str = ""

    @property
    def wrong(self) -> tuple[Field, ...]:
        """The dates in which something has to be changed."""
        return tuple(field for field in self.dates if field.problem)


@dataclass(frozen=True, slots=True)
class RolloverPage:
    """What the end of a milestone would do, a sentence a step; none: nothing is left to do, or it cannot be planned."""

    now: datetime
    navigation: Navigation
    milestone: MilestoneView
    steps: tuple[str, ...]
    warnings: tuple[str, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class AuditEntryView:
    """One change that somebody made by hand."""

    at: datetime
    actor: str
    act: str
    subject: str
    detail: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Who changed what, the latest first. `older`: from where on the next page goes, None at the end."""

    now: datetime
    navigation: Navigation
    entries: tuple[AuditEntryView, ...]
    older: int | None
    is_first: bool
