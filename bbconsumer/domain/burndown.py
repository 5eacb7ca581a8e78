"""Counts day by day what was left to do for a milestone: nominations of open bugs, proposed and accepted. Pure.

What counts is what the buglist has in its four lists of things to do. *Proposed* is every nomination that nothing
decides, a contradictory one included; *accepted* is every accepted one, 0-day and previous release included. Both count
for as long as their bug is not CLOSED: a VERIFIED one still waits for its update to be pushed, and a duplicate is
closed.

The count begins with what is stored now and goes back from event to event, so that its last day always says what the
lists say. What no event tells of counts as it is now; a bug of which nothing may be known counts on no day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from operator import itemgetter
from typing import Final

from bbconsumer.domain.nominations import ACCEPTED_STATES, UNDECIDED_STATES
from bbconsumer.domain.trackers import TrackerKind

MOST_DAYS: Final = 200
CLOSED: Final = "CLOSED"


@dataclass(frozen=True, slots=True)
class Past:
    """What a value was until the moment at which it changed."""

    until: datetime
    value: str


@dataclass(frozen=True, slots=True)
class Course:
    """A nomination of a public bug as it stands, and what its state and the bug's status were before.

    `state` and the values of `states` are those of a nomination, empty for none.
    """

    kind: TrackerKind
    state: str
    is_open: bool
    states: tuple[Past, ...] = ()
    statuses: tuple[Past, ...] = ()


@dataclass(frozen=True, slots=True)
class DayCount:
    """What was left to do when a day ended, at 24:00 UTC; on the last day, what is left now."""

    day: date
    proposed_blockers: int
    accepted_blockers: int
    proposed_freeze_exceptions: int
    accepted_freeze_exceptions: int


def count_days(courses: Sequence[Course], today: date, *, is_over: bool = False) -> tuple[DayCount, ...]:
    """A count for each day from the first nomination until today, of at most the last `MOST_DAYS`; never empty.

    When the milestone `is_over` the last day is that of the last change: nobody reads its bugs any more.
    """
    last = today
    if is_over and (changed := [past.until for course in courses for past in (*course.states, *course.statuses)]):
        last = _day(max(changed))
    first = min((_day(past.until) for course in courses for past in course.states), default=last)
    first = min(last, max(first, last - timedelta(days=MOST_DAYS - 1)))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    columns = [
        _count([course for course in courses if course.kind is kind], states, days)
        for kind in (TrackerKind.BLOCKER, TrackerKind.FREEZE_EXCEPTION)
        for states in (UNDECIDED_STATES, ACCEPTED_STATES)
    ]
    return tuple(DayCount(day, *counts) for day, *counts in zip(days, *columns, strict=True))


def _count(courses: Iterable[Course], states: Iterable[str], days: Sequence[date]) -> Iterator[int]:
    """How many nominations were in one of these states, of an open bug, at the end of each day."""
    counted = frozenset(states)
    changes = [0] * (len(days) + 1)
    for course in courses:
        for since, until, state, is_open in _periods(course):
            if is_open and state in counted:
                changes[_place(since, days, 0)] += 1
                changes[_place(until, days, len(days))] -= 1
    return accumulate(changes[:-1])


def _periods(course: Course) -> Iterator[tuple[datetime | None, datetime | None, str, bool]]:
    """The times between two changes, the last first, with what stood then; None where nothing tells of an end."""
    changes = [(past.until, past.value, False) for past in course.states]
    changes += [(past.until, past.value, True) for past in course.statuses]
    state, is_open, until = course.state, course.is_open, None
    changes.sort(key=itemgetter(0))
    for at, value, is_status in reversed(changes):
        yield at, until, state, is_open
        until = at
        if is_status:
            is_open = value != CLOSED
        else:
            state = value
    yield None, until, state, is_open


def _place(at: datetime | None, days: Sequence[date], without: int) -> int:
    """The place of the day that a moment falls on. What is older than all days, or younger, is of the nearest."""
    return without if at is None else max(0, min(len(days) - 1, (_day(at) - days[0]).days))


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()
