"""Reads the parts of a message with care: any of them may be missing, null, or of another type."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

# Ids are PostgreSQL serials everywhere; anything larger is not an id and would not fit the column.
MAX_ID = 2**31 - 1


def read_mapping(value: object) -> Mapping[str, object]:
    """An object; an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def read_name(value: object) -> str:
    """A name that is a string in one schema and an object in the other."""
    if isinstance(value, Mapping):
        value = value.get("name")
    return value if isinstance(value, str) else ""


def read_id(value: object) -> int | None:
    """A number that may be an id, also as a text or with a fraction of zero."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= len(str(MAX_ID)):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_ID else None


def read_time(value: object) -> datetime | None:
    """A time in epoch seconds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def type_name(value: object) -> str:
    """What a value is, for a sentence."""
    return "nothing" if value is None else f"a {type(value).__name__}"
