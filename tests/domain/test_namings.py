"""When an update named a bug."""

from __future__ import annotations

import pytest

from bbconsumer.domain.namings import NamingChange, Span, naming_spans, parse_numbers
from tests.domain.milestones import HOUR, day


def change(number: int, old: str, new: str) -> NamingChange:
    """What an update names became another on that day."""
    return NamingChange(day(number), parse_numbers(old), parse_numbers(new))


@pytest.mark.parametrize(
    ("named_now", "changes", "spans"),
    [
        ({7}, [], [Span()]),
        ({8}, [], []),
        ({7, 8}, [change(3, "8", "7 8")], [Span(day(3))]),
        ({8}, [change(3, "7 8", "8")], [Span(None, day(3))]),
        ({8}, [change(3, "8", "7 8"), change(5, "7 8", "8")], [Span(day(3), day(5))]),
        ({7}, [change(3, "7", ""), change(5, "", "7")], [Span(None, day(3)), Span(day(5))]),
        ({7, 9}, [change(3, "7 8", "7"), change(4, "7", "7 9")], [Span()]),
        ({77}, [change(3, "", "77")], []),
    ],
    ids=["always", "never", "since", "until", "between", "again", "others", "part of a number"],
)
def test_a_bug_is_named_from_when_it_was_added_until_it_was_removed(
    named_now: set[int], changes: list[NamingChange], spans: list[Span]
) -> None:
    assert naming_spans(7, named_now, changes) == tuple(spans)


@pytest.mark.parametrize(
    ("span", "held"),
    [
        (Span(), [True, True, True, True, True]),
        (Span(day(3)), [False, True, True, True, True]),
        (Span(None, day(5)), [True, True, True, True, False]),
        (Span(day(3), day(5)), [False, True, True, True, False]),
    ],
)
def test_both_ends_belong_to_the_time_between_them(span: Span, held: list[bool]) -> None:
    moments = (day(3) - HOUR, day(3), day(4), day(5), day(5) + HOUR)
    assert [span.holds(at) for at in moments] == held
