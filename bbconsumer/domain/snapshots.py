"""What a source said about one object, and when: the only form in which outside data enters the domain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

# More may happen within the second of a change after it was read, the servers that tell histories may lag behind those
# that tell bugs, and the clocks may differ.
SETTLED_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Flag:
    """A Bugzilla flag; `status` is ``+``, ``-`` or ``?``, `requestee` only for flags that ask a person."""

    name: str
    status: str
    setter: str = ""
    requestee: str = ""
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BugSnapshot:
    """A bug as Bugzilla answered it. `last_change_at` has a grain of one second and is the version of the answer.

    `dupe_of` is the bug of which this one is a duplicate, None when it is none.
    """

    id: int
    summary: str
    status: str
    resolution: str
    product: str
    component: str
    version: str
    whiteboard: str
    blocks: frozenset[int]
    depends_on: frozenset[int]
    flags: tuple[Flag, ...]
    assigned_to: str
    creator: str
    created_at: datetime
    last_change_at: datetime
    is_open: bool
    priority: str = ""
    severity: str = ""
    keywords: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    dupe_of: int | None = None

    @property
    def is_private(self) -> bool:
        """Whether the public may not read the bug, though the service's key can."""
        return bool(self.groups)


class AbsenceReason(StrEnum):
    """Why a source has no such object for the public."""

    MISSING = "missing"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class Absent:
    """The proven answer that a bug or ticket does not exist for the public. Not an error."""

    id: int
    reason: AbsenceReason


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One changed field of one moment in Bugzilla's history.

    `removed` and `added` are Bugzilla's own strings: id lists for ``blocks``, the whole text for ``whiteboard``.
    Bugzilla merges changes that one person made in one second, so a value may stand on both sides.
    """

    at: datetime
    who: str
    field: str
    removed: str
    added: str


@dataclass(frozen=True, slots=True)
class TrackerSnapshot:
    """A tracker bug as Bugzilla answered it, with the bugs that block the milestone."""

    id: int
    aliases: tuple[str, ...]
    depends_on: frozenset[int]
    last_change_at: datetime


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment in a discussion ticket, as it now stands. `edited_at` is None when it was never edited."""

    id: int
    author: str
    at: datetime
    text: str
    edited_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TicketSnapshot:
    """A discussion ticket as Pagure answered it, its comments in Pagure's own order.

    `last_updated_at` is the version of the answer: comments and edits move it.
    """

    id: int
    title: str
    content: str
    opened_by: str
    created_at: datetime
    last_updated_at: datetime
    is_open: bool
    close_status: str
    tags: tuple[str, ...]
    comments: tuple[Comment, ...]


@dataclass(frozen=True, slots=True)
class UpdateSnapshot:
    """An update as Bodhi answered it. Times are None for what has not happened.

    `status`: pending, testing, stable, obsolete or unpushed; `request`: what its submitter asked for (testing, stable,
    …), empty for nothing. `stable_karma` and `unstable_karma` are the thresholds at which Bodhi acts by itself, and
    `stable_days` the days in testing after which it does, None where it does not. `gating` is the state of its gating
    tests, empty where Bodhi does not say; `is_ready` whether it meets the requirements to become stable, None where
    Bodhi does not say: its gating tests, and `needed_karma` or `needed_days` in testing.
    """

    alias: str
    title: str
    status: str
    request: str
    release: str
    submitter: str
    bug_ids: frozenset[int]
    builds: tuple[str, ...]
    karma: int
    stable_karma: int | None
    unstable_karma: int | None
    stable_days: int | None
    gating: str
    is_ready: bool | None
    is_critical: bool
    submitted_at: datetime
    modified_at: datetime | None
    testing_at: datetime | None
    stable_at: datetime | None
    pushed_at: datetime | None
    needed_karma: int | None = None
    needed_days: int | None = None


def is_settled(last_change_at: datetime, asked_at: datetime) -> bool:
    """Whether an answer that is the same next time means that nothing happened, not even to the history."""
    return asked_at - last_change_at >= SETTLED_AFTER


BugAnswer: TypeAlias = BugSnapshot | Absent
BugAnswers: TypeAlias = Mapping[int, BugAnswer]
TicketAnswer: TypeAlias = TicketSnapshot | Absent
