"""Pages that may be held: they must stay the same for a while."""

from __future__ import annotations

from datetime import datetime


def whole_minute(at: datetime) -> datetime:
    """The time that a page is relative to: with its seconds the page would never be the same twice."""
    return at.replace(second=0, microsecond=0)
