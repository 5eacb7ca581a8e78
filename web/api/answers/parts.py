"""Parts of which several answers are made, and what all of them have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeAlias

from bbconsumer.domain.attention import TodoKind
from web.api.schemas import one_of
from web.lists.words import KINDS, NOMINATIONS

Kind: TypeAlias = Annotated[str, one_of(KINDS)]
Nomination: TypeAlias = Annotated[str, one_of(NOMINATIONS)]


@dataclass(frozen=True, slots=True)
class Source:
    """A source on which verdicts rest. `is_stale`: it last answered too long ago to rest on, or it never did."""

    name: str
    last_success_at: datetime | None
    is_failing: bool
    is_stale: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning that whoever uses the data must know of; the pages show the same."""

    title: str
    text: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Answer:
    """How far an answer can be trusted. `checked_at` is when all of it was last read; null says that it never was: then
    nothing follows from what is missing."""

    checked_at: datetime | None
    sources: tuple[Source, ...]
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a request was not answered, as RFC 9457 has it; `detail` is a sentence for people."""

    type: str
    title: str
    status: int
    detail: str


@dataclass(frozen=True, slots=True)
class Tracker:
    """A tracker bug; `problem` says why it cannot be read, and is empty when it can. `is_read`: it ever was."""

    id: int
    kind: Kind
    title: str
    problem: str
    is_read: bool


@dataclass(frozen=True, slots=True)
class Milestone:
    """A milestone. `open_blockers` counts its undecided and accepted blockers that are not closed; `url` is the page of
    its overview."""

    release: str
    name: str
    label: str
    title: str
    is_active: bool
    is_current: bool
    open_blockers: int
    trackers: tuple[Tracker, ...]
    url: str


@dataclass(frozen=True, slots=True)
class Needinfo:
    """An open question to somebody; `requestee` is empty when nobody is named."""

    requestee: str
    asked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to be done, in a sentence: `who` is to `what`. `person` is empty when it is nobody's in particular."""

    todo: TodoKind
    what: str
    who: str
    person: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, in which comment of which ticket; `note` says how that differs from Bugzilla's record."""

    outcome: str
    who: str
    at: datetime
    ticket_id: int
    comment_id: int
    note: str


@dataclass(frozen=True, slots=True)
class Vote:
    """The tally of one tracker as meetings write it. `advice` is empty where there is nothing left to decide."""

    tally: str
    advice: str
    decision: Decision | None


@dataclass(frozen=True, slots=True)
class BugUpdate:
    """An update that names a bug. `karma_needed` is null where Bodhi does not push it by karma."""

    alias: str
    release: str
    title: str
    status: str
    request: str
    karma: int
    karma_needed: int | None
