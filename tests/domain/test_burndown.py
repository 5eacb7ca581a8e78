"""A burndown counts what the lists count, on every day, whatever happened and in whatever order it is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbconsumer.domain.burndown import MOST_DAYS, Course, DayCount, Past, count_days
from bbconsumer.domain.nominations import ACCEPTED_STATES, UNDECIDED_STATES, NominationState
from bbconsumer.domain.trackers import TrackerKind

BLOCKER, FREEZE_EXCEPTION = TrackerKind
FIRST = date(2026, 9, 1)


def moment(day: float) -> datetime:
    """So many days after the first one began."""
    return datetime.combine(FIRST, time(), UTC) + timedelta(days=day)


def course(*changes: tuple[float, str], kind: TrackerKind = BLOCKER) -> Course:
    """A nomination by what it, or in capitals the bug's status, became at each moment."""
    state, status = "", "NEW"
    states, statuses = [], []
    for day, value in changes:
        if value.isupper():
            statuses.append(Past(moment(day), status))
            status = value
        else:
            states.append(Past(moment(day), state))
            state = value
    return Course(kind, state, status != "CLOSED", tuple(states), tuple(statuses))


def counts(*courses: Course, last: int, is_over: bool = False) -> list[tuple[int, ...]]:
    """The four counts of each day from the first until the last."""
    days = count_days(courses, FIRST + timedelta(days=last), is_over=is_over)
    return [(d.proposed_blockers, d.accepted_blockers, d.proposed_freeze_exceptions, d.accepted_freeze_exceptions)
            for d in days]  # fmt: skip


def blockers(*courses: Course, last: int) -> list[tuple[int, ...]]:
    return [of_day[:2] for of_day in counts(*courses, last=last)]


LIVES = [
    ("proposed and nothing more", [(0.5, "proposed")], [(1, 0), (1, 0), (1, 0)]),
    ("accepted", [(0, "proposed"), (1.2, "accepted")], [(1, 0), (0, 1), (0, 1)]),
    ("accepted 0-day", [(0, "proposed"), (1, "accepted_0day")], [(1, 0), (0, 1), (0, 1)]),
    ("accepted for older releases", [(0, "proposed"), (1, "accepted_previous_release")], [(1, 0), (0, 1), (0, 1)]),
    ("undecided by its words", [(0, "undecided")], [(1, 0), (1, 0), (1, 0)]),
    ("contradictory", [(0, "accepted"), (2, "contradictory")], [(0, 1), (0, 1), (1, 0)]),
    ("rejected", [(0, "proposed"), (1.9, "rejected")], [(1, 0), (0, 0), (0, 0)]),
    ("withdrawn and proposed again", [(0, "proposed"), (1, "withdrawn"), (2, "proposed")], [(1, 0), (0, 0), (1, 0)]),
    ("within one day", [(0.1, "proposed"), (0.2, "accepted"), (0.3, "rejected")], [(0, 0), (0, 0), (0, 0)]),
    ("verified counts, closed does not", [(0, "accepted"), (1, "VERIFIED"), (2, "CLOSED")], [(0, 1), (0, 1), (0, 0)]),
    ("reopened", [(0, "accepted"), (0.5, "CLOSED"), (2, "ASSIGNED")], [(0, 0), (0, 0), (0, 1)]),
    ("closed before it was proposed", [(-3, "CLOSED"), (0, "proposed"), (1, "NEW")], [(0, 0), (1, 0), (1, 0)]),
    ("at midnight the next day begins", [(0, "proposed"), (1 - 1 / 86400, "accepted")], [(0, 1), (0, 1), (0, 1)]),
]


@pytest.mark.parametrize(("changes", "expected"), [life[1:] for life in LIVES], ids=[life[0] for life in LIVES])
def test_a_nomination_counts_by_its_state_while_its_bug_is_open(
    changes: list[tuple[float, str]], expected: list[tuple[int, int]]
) -> None:
    assert blockers(course(*changes), last=2) == expected


def test_kinds_are_counted_apart() -> None:
    exception = course((1, "proposed"), (2, "accepted"), kind=FREEZE_EXCEPTION)
    assert counts(course((0, "proposed")), exception, last=2) == [(1, 0, 0, 0), (1, 0, 1, 0), (1, 0, 0, 1)]


def test_a_milestone_without_nominations_has_one_day() -> None:
    assert count_days([], FIRST) == (DayCount(FIRST, 0, 0, 0, 0),)


def test_what_no_event_tells_of_counts_as_it_is_now() -> None:
    """Whoever stored it, the last day agrees with the lists."""
    assert blockers(Course(BLOCKER, "accepted", is_open=True), course((0, "proposed")), last=1) == [(1, 1), (1, 1)]


def test_a_change_of_a_clock_that_is_ahead_is_one_of_the_last_day() -> None:
    assert blockers(course((0, "proposed"), (9, "accepted")), last=1) == [(1, 0), (0, 1)]


def test_only_the_last_days_of_a_long_time_are_shown() -> None:
    days = count_days([course((0, "proposed"))], FIRST + timedelta(days=400))
    assert len(days) == MOST_DAYS
    assert (days[0].proposed_blockers, days[-1].day) == (1, FIRST + timedelta(days=400))


def test_a_milestone_that_is_over_ends_with_its_last_change() -> None:
    over = [course((0, "proposed"), (1, "accepted"), (3, "CLOSED"))]
    assert len(counts(*over, last=90, is_over=True)) == 4
    assert len(counts(*over, last=90)) == 91
    assert counts(last=90, is_over=True) == [(0, 0, 0, 0)]


_changes = st.lists(
    st.tuples(
        st.integers(-2 * 86_400, 9 * 86_400).map(lambda second: second / 86_400),
        st.sampled_from([*(state.value for state in NominationState), "CLOSED", "NEW", "VERIFIED"]),
    ),
    max_size=8,
).map(sorted)
_courses = st.lists(
    st.builds(lambda changes, kind: course(*changes, kind=kind), _changes, st.sampled_from(TrackerKind)), max_size=4
)


def _naive(courses: Sequence[Course], kind: TrackerKind, states: frozenset[NominationState], end: datetime) -> int:
    """Every nomination looked at by itself: what follows next tells what stood before."""
    total = 0
    for each in courses:
        state = next((past.value for past in each.states if past.until >= end), each.state)
        later = [past.value != "CLOSED" for past in each.statuses if past.until >= end]
        total += each.kind is kind and state in states and (later[0] if later else each.is_open)
    return total


@given(_courses, st.integers(0, 12))
def test_any_day_is_counted_as_by_hand(courses: list[Course], last: int) -> None:
    days = count_days(courses, FIRST + timedelta(days=last))
    for day in days:
        end = datetime.combine(day.day + timedelta(days=1), time(), UTC)
        if day is days[-1]:
            end = datetime.max.replace(tzinfo=UTC)
        assert (
            day.proposed_blockers,
            day.accepted_blockers,
            day.proposed_freeze_exceptions,
            day.accepted_freeze_exceptions,
        ) == tuple(
            _naive(courses, kind, states, end) for kind in TrackerKind for states in (UNDECIDED_STATES, ACCEPTED_STATES)
        )
