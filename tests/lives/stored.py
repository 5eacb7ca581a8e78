"""What a database holds of tickets and updates, and in what two of them differ, in sentences.

Bugs are compared as the tests of convergence do it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import select

from bbconsumer.db.models import Base, EventRow, TicketRow, UpdateBugRow, UpdateRow
from bbconsumer.db.session import Database
from bbconsumer.domain.keys import KeyKind
from bbconsumer.domain.timeline import Event

# When it was seen, and in which order.
_OBSERVED = frozenset({"id", "first_seen_at", "checked_at", "changed_at", "fingerprint"})

Row: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stored:
    """Tickets by number, updates by alias; each with its events in the order in which pages show them."""

    tickets: Mapping[int, Row]
    ticket_events: Mapping[int, tuple[Event, ...]]
    updates: Mapping[str, Row]
    update_events: Mapping[str, tuple[Event, ...]]


def load(database: Database) -> Stored:
    """All of it. Of an update, `told_bug_ids` are the bugs on whose pages it is shown."""
    with database.reading() as session:
        tickets = {row.id: _values(row) for row in session.scalars(select(TicketRow))}
        rows = list(session.scalars(select(UpdateRow)))
        bug_ids: dict[int, set[int]] = {row.id: set() for row in rows}
        for tie in session.scalars(select(UpdateBugRow)):
            bug_ids[tie.update_id].add(tie.bug_id)
        events: dict[tuple[str, int], list[Event]] = {}
        # Within a second different fields have no order: an edited title has the beginning of its ticket told anew.
        in_order = select(EventRow).order_by(EventRow.at, EventRow.field, EventRow.seq)
        for event in session.scalars(in_order):
            told = Event(event.at, event.field, event.who, event.old, event.new)
            events.setdefault((event.object_kind, event.object_id), []).append(told)
        return Stored(
            tickets,
            {i: tuple(events.get((KeyKind.TICKET, i), ())) for i in tickets},
            {row.alias: {**_values(row), "told_bug_ids": bug_ids[row.id]} for row in rows},
            {row.alias: tuple(events.get((KeyKind.UPDATE, row.id), ())) for row in rows},
        )


def _values(row: Base) -> Row:
    names = [column.name for column in row.__table__.columns]
    return {name: getattr(row, name) for name in names if name not in _OBSERVED}


def differences_of_tickets(one: Stored, other: Stored, *, was_all_told: bool = True) -> Iterator[str]:
    """In what the tickets differ, which one sees all of and the other may have missed while they were there.

    Pagure tells nothing of an edit that changes nothing but the time of the last one: not `was_all_told`.
    """
    for ticket_id in sorted(one.tickets.keys() | other.tickets.keys()):
        mine, theirs = one.tickets.get(ticket_id), other.tickets.get(ticket_id)
        if _is_gone(mine) and _is_gone(theirs):
            if one.ticket_events.get(ticket_id) or other.ticket_events.get(ticket_id):
                yield f"ticket {ticket_id} is gone and has events"
            continue
        untold = set() if was_all_told else {"last_updated_at"}
        yield from _differing(f"ticket {ticket_id}", mine, theirs, untold)
        if one.ticket_events.get(ticket_id) != other.ticket_events.get(ticket_id):
            yield f"ticket {ticket_id}: {one.ticket_events.get(ticket_id)} and {other.ticket_events.get(ticket_id)}"


def differences_of_updates(one: Stored, other: Stored, bug_ids: Collection[int]) -> Iterator[str]:
    """In what the updates differ that name any of these bugs, now and according to either."""
    wanted = set(bug_ids)
    for alias in sorted(one.updates.keys() | other.updates.keys()):
        mine, theirs = one.updates.get(alias), other.updates.get(alias)
        if any(row is not None and row["told_bug_ids"] & wanted for row in (mine, theirs)):
            yield from _differing(f"update {alias}", mine, theirs)


def _is_gone(ticket: Row | None) -> bool:
    return ticket is None or ticket["absence"] is not None


def _differing(what: str, mine: Row | None, theirs: Row | None, untold: Collection[str] = ()) -> Iterator[str]:
    if mine is None or theirs is None:
        yield f"{what} is {mine} and {theirs}"
        return
    for name in sorted(mine.keys() - untold):
        if mine[name] != theirs[name]:
            yield f"{what}: {name} is {mine[name]!r} and {theirs[name]!r}"


def expect_none(differences: list[str], about: str) -> None:
    """Fail with all differences, each on a line of its own."""
    assert not differences, "\n".join([about, *differences])
