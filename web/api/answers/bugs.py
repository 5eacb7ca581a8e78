"""What is told of one bug, and of everything that happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeAlias

from web.api.answers.parts import Answer, BugUpdate, Kind, Needinfo, Nomination, Todo, Vote
from web.api.schemas import one_of

ObjectKind: TypeAlias = Annotated[str, one_of(("bug", "ticket", "update", "milestone"))]


@dataclass(frozen=True, slots=True)
class BugNomination:
    """A nomination of a bug, open or not, with the reason of its state. Times are null where Bugzilla cannot tell."""

    milestone: str
    tracker_id: int
    kind: Kind
    nomination: Nomination
    title: str
    is_open: bool
    reason: str
    proposed_at: datetime | None
    proposed_by: str
    decided_at: datetime | None
    decided_by: str
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class MilestoneTodos:
    """What is to be done about a bug for an active milestone."""

    milestone: str
    todos: tuple[Todo, ...]


@dataclass(frozen=True, slots=True)
class Comment:
    """A line of a comment that looks like a vote and does not count, with the reason; or a remark, without one."""

    comment_id: int
    author: str
    at: datetime
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """A review ticket of a bug. Of several only one `counts`."""

    id: int
    is_open: bool
    counts: bool
    opened_by: str
    created_at: datetime | None
    votes: tuple[Vote, ...]
    uncounted: tuple[Comment, ...]
    remarks: tuple[Comment, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: `what` went from `old` to `new` by `who`; where it is no change of a value, `what` says
    it all.

    `kind` and `object` are that to which it happened: a bug or a ticket by its number, an update by its alias, a
    milestone by its label; `field` is what changed about it. `bug_ids` are the bugs on whose pages it stands, none for
    an event of a milestone. `at` is the time that the source tells; `seq` is its number in the order in which this
    service learnt of it.
    """

    seq: int
    at: datetime
    kind: ObjectKind
    object: str
    field: str
    what: str
    old: str
    new: str
    who: str
    bug_ids: tuple[int, ...]
    url: str


@dataclass(frozen=True, slots=True)
class BugAnswer(Answer):
    """One bug with all that is known of it. `events` and `updates` begin with the latest, `tickets` with the one that
    counts. `tickets` is null where they are not followed, `updates` where none were ever read."""

    id: int
    url: str
    title: str
    state: str
    resolution: str
    product: str
    component: str
    version: str
    severity: str
    priority: str
    assignee: str
    creator: str
    whiteboard: str
    prioritized: str
    needinfos: tuple[Needinfo, ...]
    depends_on_open: tuple[int, ...]
    created_at: datetime | None
    last_change_at: datetime | None
    nominations: tuple[BugNomination, ...]
    todos: tuple[MilestoneTodos, ...]
    tickets: tuple[Ticket, ...] | None
    updates: tuple[BugUpdate, ...] | None
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class EventsAnswer(Answer):
    """A part of everything that happened, in the order of its numbers. `next` is the address of what follows, now or
    later; there is more at once when `has_more`, however few events this part has.

    What may not be told is left out, and is not told later either: ask for the bug. An event that its source tells
    otherwise after all comes again, with the same object, field and time and another number. `last` is the highest
    number that was ever given out; who has read further read another database, and must begin anew.
    """

    next: str
    has_more: bool
    last: int
    events: tuple[Event, ...]
