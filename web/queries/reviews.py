"""What people say about bugs in their review tickets, next to what Bugzilla says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from bbconsumer.db.models import RecordRow, TicketRow
from bbconsumer.db.records import Record, WriteState
from bbconsumer.domain.ballots import VoteTracker
from bbconsumer.domain.decisions import decisions_on, is_recorded, vote_trackers
from bbconsumer.domain.nominations import ENDED_STATES, UNDECIDED_STATES, NominationState
from bbconsumer.domain.reviews import Review, counting_order, read_json
from bbconsumer.domain.texts import first_line
from bbconsumer.domain.trackers import Tracker
from bbconsumer.domain.votes import Decision, TrackerTally, advise, format_tally
from web.read_models import CommentLine, DecisionView, LineReview, TicketView, VoteView

_BugIds: TypeAlias = tuple[int, ...] | Select[int]


@dataclass(frozen=True, slots=True)
class Nominated:
    """What of a nomination decides how a review bears on it. `words` are the decision words of its bug.

    `is_live`: the bug is open, and the milestone active.
    """

    bug_id: int
    tracker: Tracker
    state: NominationState
    proposed_at: datetime | None
    ended_at: datetime | None
    words: frozenset[str]
    is_live: bool

    @property
    def is_undecided(self) -> bool:
        """Whether Bugzilla leaves something to decide."""
        return self.is_live and self.state in UNDECIDED_STATES

    def was_open_at(self, decision: Decision) -> bool:
        """Whether a decision is about this nomination of its tracker, and not about an earlier or later one."""
        if self.ended_at is not None and decision.at > self.ended_at:
            return False
        return bool(decisions_on(self.tracker, self.proposed_at, {decision.tracker: decision}))

    def says(self, decision: Decision) -> bool:
        """Whether Bugzilla says the same."""
        return is_recorded(decision, self.tracker.kind, self.state, self.words)


@dataclass(frozen=True, slots=True)
class _Ticket:
    id: int
    bug_id: int
    is_open: bool
    opened_by: str
    created_at: datetime | None
    review: Review


class Reviews:
    """The tickets of some bugs, and what became of the decisions in them."""

    def __init__(
        self,
        tickets_by_bug: Mapping[int, Sequence[_Ticket]],
        records: Mapping[tuple[int, VoteTracker], Record],
        votes_needed: int,
    ) -> None:
        """The tickets of a bug are in their order of counting."""
        self._tickets = tickets_by_bug
        self._records = records
        self._votes_needed = votes_needed

    def of_nomination(self, nominated: Nominated) -> LineReview:
        """What the ticket that counts says of a nomination."""
        tickets = self._tickets.get(nominated.bug_id, ())
        if not tickets:
            return LineReview(None, is_open=False, other_ids=(), votes=())
        first, *others = tickets
        names = [name for name in vote_trackers(nominated.tracker) if _is_told(first, name, [nominated])]
        if nominated.state in ENDED_STATES:
            # What was voted since may be about a later nomination.
            decisions = first.review.decisions
            names = [name for name in names if name in decisions and nominated.was_open_at(decisions[name])]
        votes = tuple(self._vote(first, name, [nominated]) for name in names)
        return LineReview(
            first.id,
            is_open=first.is_open,
            other_ids=tuple(ticket.id for ticket in others),
            votes=votes,
        )

    def of_bug(self, bug_id: int, nominations: Sequence[Nominated]) -> tuple[TicketView, ...]:
        """All tickets of a bug, the one that counts first. `nominations` are all of the bug's."""
        tickets = enumerate(self._tickets.get(bug_id, ()))
        return tuple(self._ticket(ticket, nominations if place == 0 else None) for place, ticket in tickets)

    def _ticket(self, ticket: _Ticket, nominations: Sequence[Nominated] | None) -> TicketView:
        names = [name for name in VoteTracker if _is_told(ticket, name, nominations or ())]
        review = ticket.review
        return TicketView(
            id=ticket.id,
            is_open=ticket.is_open,
            counts=nominations is not None,
            opened_by=ticket.opened_by,
            created_at=ticket.created_at,
            votes=tuple(self._vote(ticket, name, nominations) for name in names),
            uncounted=tuple(CommentLine(u.comment_id, u.author, u.at, u.line, u.reason) for u in review.uncounted),
            remarks=tuple(CommentLine(r.comment_id, r.author, r.at, r.excerpt, "") for r in review.remarks),
        )

    def _vote(self, ticket: _Ticket, name: VoteTracker, nominations: Sequence[Nominated] | None) -> VoteView:
        """What a ticket says of one tracker; `nominations` is None for a ticket that does not count."""
        named = [n for n in nominations or () if name in vote_trackers(n.tracker)]
        voted = ticket.review.trackers.get(name)
        if voted is None:
            nobody = TrackerTally()
            return VoteView(format_tally(name, nobody), advise(nobody, self._votes_needed).text, None)
        if (decision := voted.decision) is None:
            return VoteView(voted.tally, voted.advice if any(n.is_undecided for n in named) else "", None)
        note = "" if nominations is None else self._note(ticket.bug_id, decision, named)
        view = DecisionView(decision.outcome, decision.who, decision.at, ticket.id, decision.comment_id, note)
        return VoteView(voted.tally, "", view)

    def _note(self, bug_id: int, decision: Decision, named: Sequence[Nominated]) -> str:
        about = [nominated for nominated in named if nominated.was_open_at(decision)]
        if not about:
            if any(nominated.is_undecided for nominated in named):
                return "about an earlier nomination: REVOTE opens the vote again"
            return "no such nomination was open then"
        record = self._records.get((bug_id, decision.tracker))
        if record is None or not record.is_of(decision):
            record = None
        if all(nominated.says(decision) for nominated in about):
            return first_line(record.problem) if record and record.state is WriteState.DONE else ""
        problem = first_line(record.problem) if record else ""
        return f"not yet recorded in Bugzilla{': ' if problem else ''}{problem}"


def load_reviews(session: Session, bug_ids: _BugIds, *, votes_needed: int) -> Reviews:
    """The reviews of bugs that the public may know of: two SELECTs."""
    rows = session.execute(_select_tickets(bug_ids))
    tickets_by_bug: dict[int, list[_Ticket]] = {}
    for row in sorted(rows, key=lambda row: counting_order(row.id, is_open=row.is_open)):
        ticket = _Ticket(row.id, row.bug_id, row.is_open, row.opened_by, row.created_at, read_json(row.review))
        tickets_by_bug.setdefault(ticket.bug_id, []).append(ticket)
    return Reviews(tickets_by_bug, _load_problems(session, bug_ids), votes_needed)


@lru_cache
def _select_tickets(bug_ids: _BugIds) -> Select[*tuple[Any, ...]]:
    columns = TicketRow.id, TicketRow.bug_id, TicketRow.is_open, TicketRow.opened_by, TicketRow.created_at
    # Not `comments`, which is by far the largest column.
    return select(*columns, TicketRow.review).where(TicketRow.bug_id.in_(bug_ids), TicketRow.absence.is_(None))


@lru_cache
def _select_problems(bug_ids: _BugIds) -> Select[RecordRow]:
    return select(RecordRow).where(RecordRow.bug_id.in_(bug_ids), RecordRow.problem != "")


def _load_problems(session: Session, bug_ids: _BugIds) -> dict[tuple[int, VoteTracker], Record]:
    rows = session.scalars(_select_problems(bug_ids))
    return {
        (row.bug_id, name := VoteTracker(row.vote_tracker)): Record(
            name, row.comment_id, WriteState(row.state), row.changed_at, row.problem
        )
        for row in rows
    }


def _is_told(ticket: _Ticket, name: VoteTracker, nominations: Sequence[Nominated]) -> bool:
    """Whether there is something to say of a tracker: somebody voted or decided, or should."""
    return name in ticket.review.trackers or any(
        nominated.is_undecided and vote_trackers(nominated.tracker)[0] is name for nominated in nominations
    )
