"""Reads Bodhi's JSON. It holds titles of bugs, some perhaps of private ones: they are not read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bbconsumer.domain.snapshots import UpdateSnapshot
from bbconsumer.sources import RequestRefused
from bbconsumer.sources.texts import clean_text

_TIME_FORMAT = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, its rows as they came, by what tells them apart; `total` counts those of all pages."""

    row_by_id: Mapping[str | int, Mapping[str, Any]]
    is_last: bool
    total: int


def parse_update(raw: Mapping[str, Any]) -> UpdateSnapshot:
    """Read one update, from an answer or a message.

    Raises:
        RequestRefused: a field that decides is missing or has no sense.
    """
    try:
        return _parse_update(raw)
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(raw, error) from None


def parse_page(raw: Mapping[str, Any], rows: str, row_id: str) -> Page:
    """Read one page of a list, which stands in the answer as `rows` and whose rows differ in `row_id`.

    Raises:
        KeyError, TypeError, ValueError: it has no sense.
    """
    if not isinstance(raw[rows], list):
        raise TypeError(f"{rows} is no list")
    row_by_id = {_row_id(row[row_id]): row for row in raw[rows]}
    # Past the end a page is empty.
    return Page(row_by_id, not row_by_id or _number(raw["page"]) >= _number(raw["pages"]), _number(raw["total"]))


def parse_bug_ids(raw: Mapping[str, Any]) -> frozenset[int]:
    """The bugs that an update names; one without a number is of another tracker than Bugzilla.

    Raises:
        RequestRefused: they are missing or have no sense.
    """
    try:
        return frozenset(_number(bug["bug_id"]) for bug in raw["bugs"] if bug["bug_id"] is not None)
    except (KeyError, TypeError) as error:
        raise _unreadable(raw, error) from None


def parse_target(raw: Mapping[str, Any]) -> tuple[str, frozenset[int]]:
    """The update that a comment is on, and the bugs that it names.

    Raises:
        RequestRefused: they are missing or have no sense.
    """
    try:
        return _name(raw["update"]["alias"]), parse_bug_ids(raw["update"])
    except (KeyError, TypeError, ValueError) as error:
        text = f"Bodhi's answer about comment {raw.get('id')!s:.80} cannot be read: {error!r:.200}"
        raise RequestRefused(text) from None


def is_since(raw: Mapping[str, Any], name: str, moment: datetime) -> bool:
    """Whether the time of that name is at a moment or later; the grain is one second."""
    try:
        return parse_time(raw[name]) >= moment.replace(microsecond=0)
    except (KeyError, TypeError, ValueError):
        return False


def parse_time(value: object) -> datetime:
    """Read ``2026-11-23 15:41:50``, which is UTC.

    Raises:
        TypeError: it is no text.
        ValueError: it is not of that form.
    """
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is not a time")
    return datetime.strptime(value, _TIME_FORMAT).replace(tzinfo=UTC)


def format_time(moment: datetime) -> str:
    """The second of a moment, as Bodhi takes it."""
    return moment.astimezone(UTC).strftime(_TIME_FORMAT)


def _parse_update(raw: Mapping[str, Any]) -> UpdateSnapshot:
    release, is_critical = raw["release"], bool(raw["critpath"])
    needed = "critpath_" if is_critical else ""
    return UpdateSnapshot(
        alias=_name(raw["alias"]),
        title=clean_text(raw["title"]),
        status=_name(raw["status"]),
        request=clean_text(raw["request"]),
        release=_name(release["name"]),
        submitter=clean_text(raw["user"]["name"]) if raw["user"] else "",
        bug_ids=parse_bug_ids(raw),
        builds=tuple(sorted(_name(build["nvr"]) for build in raw["builds"])),
        karma=_number(raw["karma"]),
        # Bodhi withdraws an update whose karma is too low, and otherwise acts by itself where it was told to.
        stable_karma=_threshold(raw["stable_karma"]) if raw.get("autokarma", True) else None,
        unstable_karma=_threshold(raw["unstable_karma"]),
        stable_days=_optional_number(raw.get("stable_days")) if raw.get("autotime") else None,
        gating=clean_text(raw.get("test_gating_status")),
        is_ready=_optional_bool(raw.get("meets_testing_requirements")),
        is_critical=is_critical,
        submitted_at=parse_time(raw["date_submitted"]),
        modified_at=_optional_time(raw.get("date_modified")),
        testing_at=_optional_time(raw.get("date_testing")),
        stable_at=_optional_time(raw.get("date_stable")),
        pushed_at=_optional_time(raw.get("date_pushed")),
        needed_karma=_optional_number(release.get(f"{needed}min_karma")),
        needed_days=_optional_number(release.get(f"{needed}mandatory_days_in_testing")),
    )


def _unreadable(raw: Mapping[str, Any], error: Exception) -> RequestRefused:
    return RequestRefused(f"Bodhi's answer about update {raw.get('alias')!s:.80} cannot be read: {error!r:.200}")


def _name(value: object) -> str:
    name = clean_text(value)
    if not name:
        raise ValueError("a name is empty")
    return name


def _row_id(value: object) -> str | int:
    return _name(value) if isinstance(value, str) else _number(value)


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r:.40} is not a number")
    return value


def _optional_number(value: object) -> int | None:
    return None if value is None else _number(value)


def _threshold(value: object) -> int | None:
    """None for none, and for 0, at which Bodhi does nothing."""
    return _optional_number(value) or None


def _optional_bool(value: object) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise TypeError(f"{value!r:.40} is neither true nor false")
    return value


def _optional_time(value: object) -> datetime | None:
    return None if value is None else parse_time(value)
