"""A date of a milestone, as pages show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DateView:
    """A date of the milestone, None while it is not set."""

    title: str
    at: datetime | None
