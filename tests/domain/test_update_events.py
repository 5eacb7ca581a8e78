"""What happened to an update between two looks: one row per rule."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbconsumer.domain.snapshots import UpdateSnapshot
from bbconsumer.domain.update_events import derive_update_events
from tests.domain.milestones import day, update

SEEN_AT = day(20)
AHEAD = SEEN_AT + timedelta(minutes=4)
PENDING = update("pending", request="testing", testing_at=None, karma=0)
TESTING = replace(PENDING, status="testing", request="", testing_at=day(14))
STABLE = replace(TESTING, status="stable", stable_at=day(15), pushed_at=day(15))


def happened(before: UpdateSnapshot | None, after: UpdateSnapshot) -> list[tuple[str, str, str, Any]]:
    return [(e.field, e.old, e.new, e.at) for e in derive_update_events(before, after, SEEN_AT)]


RULES: list[tuple[str, UpdateSnapshot | None, UpdateSnapshot, list[tuple[str, str, str, Any]]]] = [
    ("nothing", TESTING, TESTING, []),
    ("the first look", None, PENDING, [("created", "", PENDING.title, day(13))]),
    (
        "the first look, late",
        None,
        STABLE,
        [
            ("created", "", PENDING.title, day(13)),
            ("status", "pending", "testing", day(14)),
            ("status", "testing", "stable", day(15)),
        ],
    ),
    (
        "a push to testing",
        PENDING,
        TESTING,
        [("request", "testing", "", day(14)), ("status", "pending", "testing", day(14))],
    ),
    (
        "two pushes at once",
        PENDING,
        STABLE,
        [
            ("status", "pending", "testing", day(14)),
            ("request", "testing", "", day(15)),
            ("status", "testing", "stable", day(15)),
        ],
    ),
    (
        "both within a second",
        replace(PENDING, request=""),
        replace(STABLE, stable_at=day(14)),
        [("status", "pending", "stable", day(14))],
    ),
    ("the end, of which no time is told", TESTING, replace(TESTING, status="unpushed"), [
        ("status", "testing", "unpushed", SEEN_AT),
    ]),
    ("to testing and back between two looks", PENDING, replace(PENDING, testing_at=day(14)), [
        ("status", "pending", "testing", day(14)),
        ("status", "testing", "pending", SEEN_AT),
    ]),
    ("to stable and back between two looks", TESTING, replace(STABLE, status="testing", testing_at=day(16)), [
        ("status", "testing", "stable", day(15)),
        ("status", "stable", "testing", day(16)),
    ]),
    ("pushed to testing anew", TESTING, replace(TESTING, testing_at=day(16)), []),
    ("karma", TESTING, replace(TESTING, karma=-2), [("karma", "0", "-2", SEEN_AT)]),
    ("a request", TESTING, replace(TESTING, request="stable"), [("request", "", "stable", SEEN_AT)]),
    ("an edit", TESTING, replace(TESTING, bug_ids=frozenset({5, 10}), builds=("b", "c"), modified_at=day(16)), [
        ("bugs", "2400123", "5 10", day(16)),
        ("builds", "anaconda-45.3-1.fc45", "b c", day(16)),
    ]),
    (
        "a clock that is ahead of ours",
        PENDING,
        replace(TESTING, status="obsolete", testing_at=AHEAD),
        [
            ("request", "testing", "", AHEAD),
            ("status", "pending", "testing", AHEAD),
            ("status", "testing", "obsolete", AHEAD + timedelta(seconds=1)),
        ],
    ),
    ("bugs without an edit", TESTING, replace(TESTING, bug_ids=frozenset()), [("bugs", "2400123", "", SEEN_AT)]),
    ("what nobody follows", TESTING, replace(TESTING, gating="failed", is_ready=True), []),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "events"), [rule[1:] for rule in RULES], ids=[rule[0] for rule in RULES])
def test_the_events_are_what_differs(
    before: UpdateSnapshot | None, after: UpdateSnapshot, events: list[tuple[str, str, str, Any]]
) -> None:
    assert happened(before, after) == events


_times = st.none() | st.integers(0, 3).map(lambda hours: day(14) + timedelta(hours=hours))
_updates = st.builds(
    update,
    st.sampled_from(["pending", "testing", "stable", "obsolete", "unpushed"]),
    request=st.sampled_from(["", "testing", "stable"]),
    karma=st.integers(-2, 2),
    modified_at=_times,
    testing_at=_times,
    stable_at=_times,
)


@given(st.none() | _updates, _updates)
def test_they_lead_from_one_state_to_the_other_and_are_told_once(
    before: UpdateSnapshot | None, after: UpdateSnapshot
) -> None:
    events = derive_update_events(before, after, SEEN_AT)
    assert len({(event.field, event.at) for event in events}) == len(events)
    statuses = [(event.old, event.new) for event in events if event.field == "status"]
    if statuses:
        assert statuses[0][0] == (before.status if before else "pending")
        assert statuses[-1][1] == after.status
        assert all(first[1] == second[0] for first, second in pairwise(statuses))
    else:
        assert after.status == (before.status if before else "pending")
    assert derive_update_events(after, after, SEEN_AT) == ()
