"""What a change makes of a ticket, without storing anything, and what Pagure says about it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from bbconsumer.simulator import pagure_errors as errors
from bbconsumer.simulator.pagure_records import CLOSED, OPEN, Ticket

# By its name in a message: the attribute.
_EDITED_FIELDS = {
    "close_status": "close_status",
    "content": "content",
    "private": "is_private",
    "status": "status",
    "title": "title",
}


def changed_fields(before: Ticket, after: Ticket) -> list[str]:
    """What an edit's message lists under `fields`, sorted."""
    return [name for name, field in _EDITED_FIELDS.items() if getattr(before, field) != getattr(after, field)]


def with_status(
    ticket: Ticket, status: str, close_status: str, choices: Sequence[str], user: str, now: datetime
) -> Ticket:
    """The ticket opened or closed; a close status may also be sent as the status.

    Raises: PagureRefusal EINVALIDREQ for one that is not among the project's `choices`.
    """
    if status in choices and not close_status:
        status, close_status = CLOSED, status
    if status not in (OPEN, CLOSED):
        raise errors.no_choice("status")
    if close_status and close_status not in choices:
        raise errors.no_choice("close_status")
    if status == OPEN:
        return replace(ticket, status=OPEN, close_status="")
    if ticket.is_open:
        ticket = replace(ticket, status=CLOSED, closed_at=now, closed_by=user)
    return replace(ticket, close_status=close_status or ticket.close_status)


def with_tags(ticket: Ticket, tags: Iterable[str]) -> tuple[Ticket, list[str]]:
    """The ticket with more tags, and which are new."""
    new = [tag for tag in dict.fromkeys(tags) if tag not in ticket.tags]
    return replace(ticket, tags=(*ticket.tags, *new)), new


def without_tags(ticket: Ticket, tags: Iterable[str]) -> tuple[Ticket, list[str]]:
    """The ticket with fewer tags, and which are gone."""
    gone = [tag for tag in dict.fromkeys(tags) if tag in ticket.tags]
    return replace(ticket, tags=tuple(tag for tag in ticket.tags if tag not in gone)), gone


def notes_of_edit(before: Ticket, after: Ticket) -> list[str]:
    """What Pagure answers, and writes into a comment of its own, about an edit; a title or text is not mentioned."""
    notes = []
    if after.status != before.status:
        notes.append(f"Issue status updated to: {after.status} (was: {before.status})")
    if after.close_status and after.close_status != before.close_status:
        was = f" (was: {before.close_status})" if before.close_status else ""
        notes.append(f"Issue close_status updated to: {after.close_status}{was}")
    if after.is_private != before.is_private:
        was = " (was: True)" if before.is_private else ""
        notes.append(f"Issue private status set to: {after.is_private}{was}")
    return notes
