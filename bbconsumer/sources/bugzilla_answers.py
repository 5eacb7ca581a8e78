"""Reads Bugzilla's JSON. Names and shapes differ between Bugzilla and Red Hat's, texts may hold anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from bbconsumer.domain.history import BLOCKS_FIELDS, WHITEBOARD_FIELDS, parse_ids
from bbconsumer.domain.snapshots import BugSnapshot, Comment, Flag, HistoryEntry, TrackerSnapshot
from bbconsumer.domain.timeline import FOLLOWED_FIELDS
from bbconsumer.sources import RequestRefused
from bbconsumer.sources.texts import clean_text

BUG_FIELDS = (
    "id,summary,status,resolution,component,version,product,whiteboard,blocks,depends_on,flags,assigned_to,"
    "creator,creation_time,last_change_time,is_open,priority,severity,keywords,groups,dupe_of"
)
TRACKER_FIELDS = "id,alias,depends_on,last_change_time,groups"

_HISTORY_FIELDS = BLOCKS_FIELDS | WHITEBOARD_FIELDS | FOLLOWED_FIELDS
_MEMBER_FIELDS = frozenset({"depends_on", "dependson"})


def parse_bug(raw: Mapping[str, Any]) -> BugSnapshot:
    """Read one bug.

    Raises:
        RequestRefused: a field that decides is missing or has no sense.
    """
    try:
        return BugSnapshot(
            id=int(raw["id"]),
            summary=_text(raw["summary"]),
            status=_text(raw["status"]),
            resolution=_text(raw["resolution"]),
            product=_text(raw["product"]),
            component=_text(raw["component"]),
            version=_text(raw["version"]),
            whiteboard=_text(raw["whiteboard"]),
            blocks=frozenset(map(int, raw["blocks"])),
            depends_on=frozenset(map(int, raw["depends_on"])),
            flags=tuple(_parse_flag(flag) for flag in raw["flags"]),
            assigned_to=_text(raw["assigned_to"]),
            creator=_text(raw["creator"]),
            created_at=parse_time(raw["creation_time"]),
            last_change_at=parse_time(raw["last_change_time"]),
            is_open=bool(raw["is_open"]),
            priority=_text(raw["priority"]),
            severity=_text(raw["severity"]),
            keywords=tuple(sorted(map(_text, raw["keywords"]))),
            # Bugzilla leaves the field out where the reader may not know of groups at all.
            groups=tuple(sorted(map(_text, raw.get("groups", ())))),
            dupe_of=None if raw["dupe_of"] is None else int(raw["dupe_of"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RequestRefused(f"Bugzilla's answer about bug {raw.get('id')} cannot be read: {error!r:.200}") from None


def parse_tracker(raw: Mapping[str, Any]) -> TrackerSnapshot:
    """Read one tracker bug.

    Raises:
        RequestRefused: a field is missing or has no sense.
    """
    try:
        aliases = raw["alias"] if isinstance(raw["alias"], list) else [raw["alias"]]
        return TrackerSnapshot(
            id=int(raw["id"]),
            aliases=tuple(_text(alias) for alias in aliases if alias),
            depends_on=frozenset(map(int, raw["depends_on"])),
            last_change_at=parse_time(raw["last_change_time"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RequestRefused(
            f"Bugzilla's answer about tracker {raw.get('id')} cannot be read: {error!r:.200}"
        ) from None


def parse_history(raw: Mapping[str, Any]) -> tuple[HistoryEntry, ...]:
    """Read one bug's history, oldest first, restricted to the fields that the domain reads.

    Raises:
        RequestRefused: it has no sense.
    """
    try:
        entries = [
            HistoryEntry(parse_time(moment["when"]), _text(moment["who"]), name, removed, added)
            for moment, name, removed, added in _changes(raw)
            if name in _HISTORY_FIELDS
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise RequestRefused(f"Bugzilla's history of bug {raw.get('id')} cannot be read: {error!r:.200}") from None
    return tuple(sorted(entries, key=lambda entry: entry.at))


def parse_comments(raw: Mapping[str, Any], bug_id: int) -> tuple[Comment, ...]:
    """Read one bug's comments that the public may read, oldest first.

    Raises:
        RequestRefused: they have no sense.
    """
    try:
        comments = raw["bugs"][str(bug_id)]["comments"]
        read = [
            Comment(int(c["id"]), clean_text(c["creator"]), parse_time(c["creation_time"]), clean_text(c["text"]))
            for c in comments
            # Our key may read what the public may not.
            if not c["is_private"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise RequestRefused(f"Bugzilla's comments on bug {bug_id} cannot be read: {error!r:.200}") from None
    return tuple(sorted(read, key=lambda comment: comment.id))


def parse_former_members(raw: Mapping[str, Any]) -> frozenset[int]:
    """The bugs that a tracker's history names as removed.

    Raises:
        RequestRefused: it has no sense.
    """
    try:
        removals = [removed for _, name, removed, _ in _changes(raw) if name in _MEMBER_FIELDS]
    except (KeyError, TypeError, ValueError) as error:
        raise RequestRefused(f"Bugzilla's history of tracker {raw.get('id')} cannot be read: {error!r:.200}") from None
    return frozenset().union(*map(parse_ids, removals))


def parse_time(value: str) -> datetime:
    """Read ``2026-11-23T15:08:35Z``.

    Raises:
        ValueError: it is not of that form.
    """
    return datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _changes(raw: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str, str, str]]:
    for moment in raw["history"]:
        for change in moment["changes"]:
            yield moment, change["field_name"], _text(change["removed"]), _text(change["added"])


def _parse_flag(raw: Mapping[str, Any]) -> Flag:
    return Flag(
        name=_text(raw["name"]),
        status=_text(raw["status"]),
        setter=_text(raw.get("setter")),
        requestee=_text(raw.get("requestee")),
        modified_at=parse_time(raw["modification_date"]) if raw.get("modification_date") else None,
    )


def _text(value: object) -> str:
    """A clean text: Red Hat's Bugzilla gives lists for component and version, others plain texts."""
    return ", ".join(map(_text, value)) if isinstance(value, list) else clean_text(value)
