"""Moments as people write and read them."""

from __future__ import annotations

from datetime import UTC, datetime

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def parse_moment(text: str) -> datetime:
    """A date (its beginning) or a date with a time, in UTC unless it says otherwise.

    Raises:
        ValueError: that is no moment.
    """
    try:
        at = datetime.fromisoformat(text.strip())
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(str(error)) from error


def when(at: datetime | None, now: datetime, without: str = "at no known time") -> str:
    """The time in UTC, and how far from now it is; `without` where there is no time."""
    if at is None:
        return without
    seconds = int((now - at).total_seconds())
    size, unit = next((size, unit) for size, unit in _UNITS if abs(seconds) >= size or size == 1)
    distance = f"{abs(seconds) // size} {unit}"
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC ({f'{distance} ago' if seconds >= 0 else f'in {distance}'})"
