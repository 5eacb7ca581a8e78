"""What people say about a bug in its review tickets at Pagure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DecisionView:
    """What was decided, in which comment. `note` says how that differs from Bugzilla's record, if it does."""

    outcome: str
    who: str
    at: datetime
    ticket_id: int
    comment_id: int
    note: str


@dataclass(frozen=True, slots=True)
class VoteView:
    """The tally of one tracker as meetings write it. `advice` is empty where there is nothing left to decide."""

    tally: str
    advice: str
    decision: DecisionView | None


@dataclass(frozen=True, slots=True)
class LineReview:
    """How far the review of a nomination is. `other_ids` are the bug's tickets that do not count."""

    ticket_id: int | None
    is_open: bool
    other_ids: tuple[int, ...]
    votes: tuple[VoteView, ...]


@dataclass(frozen=True, slots=True)
class CommentLine:
    """Something of a comment; `reason` says why it does not count, and is empty for what was never meant to."""

    comment_id: int
    author: str
    at: datetime
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class TicketView:
    """A review ticket of a bug; only one of them counts."""

    id: int
    is_open: bool
    counts: bool
    opened_by: str
    created_at: datetime | None
    votes: tuple[VoteView, ...]
    uncounted: tuple[CommentLine, ...]
    remarks: tuple[CommentLine, ...]
