"""What keeps an update from being stable, and which updates must be tested."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given

from bbconsumer.domain.snapshots import UpdateSnapshot
from bbconsumer.domain.update_work import list_update_work
from tests.domain.any_milestones import any_facts
from tests.domain.milestones import (
    ACCEPTED,
    NOW,
    PREVIOUS,
    PROPOSED,
    READY,
    REJECTED,
    STABLE,
    TESTING,
    ZERO_DAY,
    day,
    facts,
    tracked,
    update,
)

BEFORE_FREEZE = day(7)
FROZEN_OUT = "fixes nothing that is accepted, and only such updates become stable in the freeze"
ON_QA = "bug 2400123 is ON_QA, not VERIFIED"
NOBODY = "nobody has requested its push to stable"


@dataclass(frozen=True)
class Case:
    """An update of one bug, and what it still needs; None when it is not listed at all."""

    rule: str
    state: Any
    status: str
    update: UpdateSnapshot
    missing: tuple[str, ...] | None
    needs_testing: bool


REQUESTED = update(request="stable", is_ready=True)
CASES = [
    Case("karma is missing", ACCEPTED, "ON_QA", TESTING, ("has karma 1 of 3", ON_QA), True),
    Case("karma is missing, the bug is verified", ACCEPTED, "VERIFIED", TESTING, ("has karma 1 of 3",), True),
    Case("not in testing, held by gating", ACCEPTED, "VERIFIED", update("pending", gating="failed"),
         ("is not in testing yet", "has karma 1 of 3"), True),
    Case("held by gating", ACCEPTED, "VERIFIED", update(gating="failed", is_ready=True),
         ("is held by gating tests (failed)",), True),
    Case("tested, its bug is not verified", ACCEPTED, "ON_QA", READY, (ON_QA,), True),
    Case("tested, its bug was closed without a fix", ACCEPTED, "CLOSED WONTFIX", READY,
         ("bug 2400123 is CLOSED WONTFIX, not VERIFIED",), False),
    Case("its bug was closed as fixed", ACCEPTED, "CLOSED ERRATA", READY, (NOBODY,), False),
    Case("tested and verified", ACCEPTED, "VERIFIED", READY, (NOBODY,), False),
    Case("requested", ACCEPTED, "VERIFIED", REQUESTED, ("waits to be pushed",), False),
    Case("stable", ACCEPTED, "VERIFIED", STABLE, (), False),
    Case("a 0-day blocker need not be verified", ZERO_DAY, "ON_QA", READY, (NOBODY,), False),
    Case("fixes only what is proposed, in the freeze", PROPOSED, "VERIFIED", READY, (FROZEN_OUT,), False),
    Case("the same needs testing too", PROPOSED, "ON_QA", TESTING, ("has karma 1 of 3", FROZEN_OUT), True),
    Case("of an older release the freeze is none", PREVIOUS, "ON_QA", update(release="F44", is_ready=True),
         (NOBODY,), False),
    Case("of an older release, for a plain blocker", ACCEPTED, "ON_QA", update(release="F44"), None, False),
    Case("unpushed", ACCEPTED, "ON_QA", update("unpushed"), None, False),
    Case("fixes what was rejected", REJECTED, "ON_QA", TESTING, None, False),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_what_an_update_needs(case: Case) -> None:
    found = list_update_work(facts(tracked(case.state, case.status, updates=(case.update,))), NOW)
    assert [(work.missing, work.needs_testing) for work in found] == (
        [] if case.missing is None else [(case.missing, case.needs_testing)]
    )


def test_before_the_freeze_anything_may_become_stable() -> None:
    (work,) = list_update_work(facts(tracked(PROPOSED, "VERIFIED", updates=(REQUESTED,))), BEFORE_FREEZE)
    assert work.missing == ("waits to be pushed",)


def test_an_update_is_listed_once_with_all_that_it_fixes_duplicates_too() -> None:
    shared = update(is_ready=True, bug_ids=frozenset({1, 2}))
    bugs = (
        tracked(ACCEPTED, "ON_QA", id=1, updates=(shared,)),
        tracked(PROPOSED, "ON_QA", id=2, updates=(shared,)),
        tracked(ACCEPTED, "CLOSED DUPLICATE", id=3, dupe_of=1),
    )
    (work,) = list_update_work(facts(*bugs), NOW)
    assert [fix.bug.id for fix in work.fixes] == [1, 2, 3]
    assert work.missing == ("bug 1 is ON_QA, not VERIFIED",)


def test_the_oldest_update_comes_first() -> None:
    updates = (
        update(alias="B", submitted_at=day(13)),
        update(alias="A", submitted_at=day(13)),
        update(alias="C", submitted_at=day(12)),
    )
    found = list_update_work(facts(tracked(ACCEPTED, "ON_QA", updates=updates)), NOW)
    assert [work.update.alias for work in found] == ["C", "A", "B"]


@given(any_facts())
def test_every_update_that_is_not_stable_lacks_something_and_a_stable_one_nothing(any_: Any) -> None:
    for work in list_update_work(any_, NOW):
        assert bool(work.missing) == (work.update.status != "stable")
        assert work.fixes
