"""What other programs read: feeds, calendars and badges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bbconsumer.domain.freshness import Notice
from web.read_models.freshness import Freshness
from web.read_models.timeline import EventView


@dataclass(frozen=True, slots=True)
class Feed:
    """What happened lately to a bug or a milestone, the latest first.

    `checked_at` is when all of it was last read, None when it never was.
    """

    title: str
    now: datetime
    checked_at: datetime | None
    notices: tuple[Notice, ...]
    events: tuple[EventView, ...]


@dataclass(frozen=True, slots=True)
class ChangeFeed:
    """A part of everything that happened, in the order of its numbers. Who has read it goes on after `next_since`.

    `last` is the highest number that was ever given out: a reader whose own is higher read another database.
    """

    freshness: Freshness
    events: tuple[EventView, ...]
    next_since: int
    has_more: bool
    last: int


@dataclass(frozen=True, slots=True)
class CalendarDate:
    """A date of a milestone. `part` says which one, whatever it is called and whenever it is."""

    milestone: str
    part: str
    title: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReleaseDates:
    """The dates of a release that are set, in order of time."""

    release: str
    dates: tuple[CalendarDate, ...]


@dataclass(frozen=True, slots=True)
class Badge:
    """The verdict in a word or two. Data in doubt have no colour of their own: `is_sure` tells."""

    label: str
    verdict: str
    is_sure: bool
    checked_at: datetime | None
