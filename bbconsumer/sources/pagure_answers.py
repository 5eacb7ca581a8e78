"""Reads Pagure's JSON. A private ticket is told from a public one before anything else of it is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bbconsumer.domain.snapshots import AbsenceReason, Absent, Comment, TicketAnswer, TicketSnapshot
from bbconsumer.sources import RequestRefused
from bbconsumer.sources.texts import clean_text

# Pagure allows no more.
PAGE_SIZE = 100

_TIME = re.compile(r"([0-9]{1,11})(?:\.([0-9]{1,9}))?")
_DECIDING = ("owner", "admin", "commit")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing: its tickets as they came, by number and in order."""

    raw_by_id: Mapping[int, Mapping[str, Any]]
    is_last: bool


def parse_ticket(raw: Mapping[str, Any]) -> TicketAnswer:
    """Read one ticket. Our token may read what the public may not: for us such a ticket does not exist.

    Raises:
        RequestRefused: a field that decides is missing or has no sense.
    """
    try:
        if _is_private(raw):
            return Absent(int(raw["id"]), AbsenceReason.PRIVATE)
        return TicketSnapshot(
            id=int(raw["id"]),
            title=clean_text(raw["title"]),
            content=clean_text(raw["content"]),
            opened_by=_parse_user(raw["user"]),
            created_at=parse_time(raw["date_created"]),
            last_updated_at=parse_time(raw["last_updated"]),
            is_open=clean_text(raw["status"]) == "Open",
            close_status=clean_text(raw["close_status"]),
            tags=tuple(map(clean_text, raw["tags"])),
            comments=tuple(map(_parse_comment, raw["comments"])),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RequestRefused(f"Pagure's answer about ticket {raw.get('id')} cannot be read: {error!r:.200}") from None


def parse_page(raw: Mapping[str, Any]) -> Page:
    """Read one page of a listing. Its ``total_issues`` counts nothing but this page.

    Raises:
        KeyError, TypeError, ValueError: it has no sense.
    """
    raw_by_id = {int(ticket["id"]): ticket for ticket in raw["issues"]}
    pagination = raw.get("pagination")
    return Page(raw_by_id, len(raw_by_id) < PAGE_SIZE if pagination is None else pagination["next"] is None)


def newest_change_on(page: Page) -> datetime | None:
    """The latest time of a change on a page. A time without sense is told when its ticket is fetched, not here."""
    times = [raw.get("last_updated") for raw in page.raw_by_id.values()]
    return max((parse_time(time) for time in times if _is_time(time)), default=None)


def parse_deciders(raw: Mapping[str, Any]) -> tuple[frozenset[str], frozenset[str]]:
    """The accounts and the groups that may decide in a project.

    Raises:
        RequestRefused: a level of access is missing or has no sense.
    """
    try:
        users, groups = raw["access_users"], raw["access_groups"]
        # A group never owns a project.
        return (
            frozenset(_parse_name(name) for level in _DECIDING for name in users[level]),
            frozenset(_parse_name(name) for level in _DECIDING[1:] for name in groups[level]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RequestRefused(f"who may decide in Pagure's project cannot be read: {error!r:.200}") from None


def parse_members(raw: Mapping[str, Any]) -> frozenset[str]:
    """The accounts in a group.

    Raises:
        RequestRefused: they are missing or have no sense.
    """
    try:
        return frozenset(map(_parse_name, raw["members"]))
    except (KeyError, TypeError, ValueError) as error:
        raise RequestRefused(f"the members of a group of Pagure cannot be read: {error!r:.200}") from None


def parse_close_statuses(raw: Mapping[str, Any]) -> frozenset[str]:
    """The reasons for closing a ticket that a project knows; a new project knows none.

    Raises:
        RequestRefused: they are missing or have no sense.
    """
    try:
        return frozenset(map(_parse_name, raw["close_status"]))
    except (KeyError, TypeError, ValueError) as error:
        raise RequestRefused(f"why Pagure's project closes tickets cannot be read: {error!r:.200}") from None


def parse_time(value: object) -> datetime:
    """Read seconds since 1970 in a text, with or without a fraction: ``1795447979.888342``.

    Raises:
        TypeError: it is no text.
        ValueError: it is not of that form.
    """
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a time")
    match = _TIME.fullmatch(value)
    if match is None:
        raise ValueError(f"{value[:40]!r} is not a time")
    # By whole numbers: as a float, some microseconds would be rounded away.
    microseconds = int((match[2] or "")[:6].ljust(6, "0"))
    return datetime.fromtimestamp(int(match[1]), UTC) + timedelta(microseconds=microseconds)


def _is_time(value: object) -> bool:
    return isinstance(value, str) and _TIME.fullmatch(value) is not None


def _is_private(raw: Mapping[str, Any]) -> bool:
    is_private = raw["private"]
    if not isinstance(is_private, bool):
        raise TypeError("private is neither true nor false")
    return is_private


def _parse_comment(raw: Mapping[str, Any]) -> Comment:
    return Comment(
        id=int(raw["id"]),
        author=_parse_user(raw["user"]),
        at=parse_time(raw["date_created"]),
        text=clean_text(raw["comment"]),
        edited_at=None if raw.get("edited_on") is None else parse_time(raw["edited_on"]),
    )


def _parse_user(raw: Mapping[str, Any]) -> str:
    return _parse_name(raw["name"])


def _parse_name(value: object) -> str:
    name = clean_text(value)
    if not name:
        raise ValueError("a name is empty")
    return name
