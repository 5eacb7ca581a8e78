"""Writes what was read of discussion tickets, and its events. Called by reconcile, in its transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bbconsumer.db.discussions import forget_intents
from bbconsumer.db.events import EventLog
from bbconsumer.db.models import BugRow, ReviewProject, TicketRow
from bbconsumer.domain.keys import KeyKind
from bbconsumer.domain.reviews import as_json, review_of
from bbconsumer.domain.snapshots import AbsenceReason, Absent, Comment, TicketSnapshot
from bbconsumer.domain.timeline import Event
from bbconsumer.domain.votes import VoteEvent, tally

# To be raised when the rules of `domain` about votes change, so that the next complete sync derives every ticket anew.
RULES_VERSION = 1
# What people tag a ticket with that is not to be decided by votes.
MEETING_TAG = "meeting"


@dataclass(frozen=True, slots=True)
class ReviewRules:
    """Who may decide, which account is ours, and how many votes one way make a proposal ready."""

    deciders: frozenset[str]
    bot: str
    votes_needed: int


@dataclass(frozen=True, slots=True)
class StoredTicket:
    """What reconcile must know of a stored ticket."""

    fingerprint: str
    last_updated_at: datetime | None
    bug_id: int | None


def load_deciders(session: Session) -> frozenset[str]:
    """Who may decide in the review project, as the last sync found it."""
    return frozenset(session.scalars(select(ReviewProject.deciders)).one())


def load_stored_tickets(session: Session, ids: Collection[int]) -> dict[int, StoredTicket]:
    """What is stored of these tickets, without their texts."""
    rows = session.execute(
        select(TicketRow.id, TicketRow.fingerprint, TicketRow.last_updated_at, TicketRow.bug_id).where(
            TicketRow.id.in_(ids)
        )
    )
    return {id_: StoredTicket(mark, updated_at, bug_id) for id_, mark, updated_at, bug_id in rows}


def load_private_bug_ids(session: Session, bug_ids: Collection[int]) -> frozenset[int]:
    """Which of these bugs the public may not know of."""
    private = select(BugRow.id).where(BugRow.id.in_(bug_ids), BugRow.absence == AbsenceReason.PRIVATE)
    return frozenset(session.scalars(private))


def list_ticket_ids(session: Session, bug_ids: Collection[int]) -> list[int]:
    """The tickets of these bugs. Nothing is asked about none, as it is with nearly every batch."""
    if not bug_ids:
        return []
    return list(session.scalars(select(TicketRow.id).where(TicketRow.bug_id.in_(bug_ids)).order_by(TicketRow.id)))


def ticket_fingerprint(ticket: TicketSnapshot, bug_id: int | None, rules: ReviewRules, *, is_private: bool) -> str:
    """A text that differs whenever the answer, the rules or what may be shown do."""
    parts = (RULES_VERSION, ticket, bug_id, sorted(rules.deciders), rules.bot, rules.votes_needed, is_private)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def note_tickets_checked(session: Session, ids: Collection[int], now: datetime) -> None:
    """Note that these tickets were read and had not changed."""
    if ids:
        session.execute(
            update(TicketRow).where(TicketRow.id.in_(ids)).values(checked_at=now),
            execution_options={"synchronize_session": False},
        )


class TicketWriter:
    """Writes a batch of tickets in one transaction; `close` appends their events, last."""

    def __init__(self, session: Session, ids: Collection[int], rules: ReviewRules, now: datetime) -> None:
        self._session = session
        self._rules = rules
        self._now = now
        self._rows = {row.id: row for row in session.scalars(select(TicketRow).where(TicketRow.id.in_(ids)))}
        self._events = EventLog(session, KeyKind.TICKET, now)
        self._discussed_bug_ids: set[int] = set()

    def write(self, ticket: TicketSnapshot, bug_id: int | None, mark: str, *, is_private: bool) -> None:
        """Store a ticket; of one about a private bug nothing but its number and its bug's."""
        row = self._row(ticket.id)
        row.bug_id, row.absence, row.fingerprint = bug_id, None, mark
        row.is_open, row.created_at, row.last_updated_at = ticket.is_open, ticket.created_at, ticket.last_updated_at
        row.opened_by, row.close_status, row.tags = ticket.opened_by, ticket.close_status, list(ticket.tags)
        if is_private:
            self._blank(row)
        else:
            row.title, row.content = ticket.title, ticket.content
            row.comments = [_as_json(comment) for comment in ticket.comments]
            counted = tally(ticket.comments, deciders=self._rules.deciders, bot=self._rules.bot)
            is_left_to_meeting = MEETING_TAG in ticket.tags
            row.review = as_json(review_of(counted, self._rules.votes_needed, is_left_to_meeting=is_left_to_meeting))
            self._events.put(ticket.id, _events_of(ticket, counted.events))
        if bug_id is not None:
            self._discussed_bug_ids.add(bug_id)

    def mark_absent(self, absent: Absent) -> None:
        """Note that Pagure has no such ticket for the public any more; one that never was here stays unknown."""
        if (row := self._rows.get(absent.id)) is not None:
            row.absence, row.fingerprint, row.is_open, row.checked_at = absent.reason, "", False, self._now
            self._blank(row)

    def close(self) -> None:
        """Write the events of the batch: the feed's counter is locked from here until the transaction ends."""
        self._session.flush()
        # The tickets that were to be opened are known by now. One statement a ticket would cost more than all else.
        forget_intents(self._session, self._discussed_bug_ids)
        self._events.close()

    def _row(self, ticket_id: int) -> TicketRow:
        row = self._rows.get(ticket_id)
        if row is None:
            row = self._rows[ticket_id] = TicketRow(id=ticket_id, first_seen_at=self._now)
            self._session.add(row)
        row.checked_at = self._now
        return row

    def _blank(self, row: TicketRow) -> None:
        row.title = row.content = ""
        row.comments, row.review = [], {}
        self._events.put(row.id, ())


def redact_tickets(session: Session, bug_ids: Collection[int], now: datetime) -> None:
    """Blank the tickets of bugs that are private now; their events go."""
    ids = list_ticket_ids(session, bug_ids)
    if ids:
        blank: Mapping[str, Any] = {"title": "", "content": "", "comments": [], "review": {}, "fingerprint": ""}
        session.execute(update(TicketRow).where(TicketRow.id.in_(ids)).values(**blank))
        log = EventLog(session, KeyKind.TICKET, now)
        for ticket_id in ids:
            log.put(ticket_id, ())
        log.close()


def _events_of(ticket: TicketSnapshot, votes: Iterable[VoteEvent]) -> Iterable[Event]:
    yield Event(ticket.created_at, "created", ticket.opened_by, "", ticket.title)
    for event in votes:
        yield Event(event.at, event.field, event.who, event.old, event.new)


def _as_json(comment: Comment) -> dict[str, Any]:
    values = ((field.name, getattr(comment, field.name)) for field in fields(comment))
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values}
