"""What should happen next, who has it, and since when."""

from dataclasses import dataclass, replace
from datetime import datetime

import pytest
from hypothesis import given

from bbconsumer.domain.attention import STEPS, Todo, TodoKind, list_todos
from bbconsumer.domain.facts import MilestoneFacts, Needinfo, TrackedBug
from bbconsumer.domain.nominations import NominationState
from bbconsumer.domain.readiness import assess
from bbconsumer.domain.reasons import Severity
from tests.domain.any_milestones import any_facts
from tests.domain.factories import BETA_FE, CAROL, FINAL_BLOCKER
from tests.domain.milestones import (
    ACCEPTED,
    BLOCKER,
    CONTRADICTORY,
    FE,
    NOW,
    PREVIOUS,
    PROPOSED,
    READY,
    REJECTED,
    STABLE,
    TESTING,
    WITHDRAWN,
    ZERO_DAY,
    asked,
    day,
    decided,
    exception,
    facts,
    nomination,
    tracked,
    update,
    voted,
)


@dataclass(frozen=True)
class Case:
    """A bug, and what is to be done as (kind, who, day since when)."""

    rule: str
    bug: TrackedBug
    todos: list[tuple[str, str, datetime | None]]


REQUESTED = update(request="stable", is_ready=True)
F44_READY = update(release="F44", is_ready=True)

CASES = [
    Case("proposed, no ticket known", tracked(PROPOSED), [("vote", "voters", day(3))]),
    Case("proposed, votes are missing", tracked(PROPOSED, review=voted(2)), [("vote", "voters", day(3))]),
    Case("proposed, enough votes", tracked(PROPOSED, review=voted(0)), [("decide", "review meeting", day(3))]),
    Case("votes of the other kind", tracked(PROPOSED, review=voted(0, FE)), [("vote", "voters", day(3))]),
    Case("an exception is voted on too", exception(PROPOSED, review=voted(0, FE)),
         [("decide", "review meeting", day(3))]),
    Case("proposed and asked", tracked(PROPOSED, needinfos=asked()),
         [("vote", "voters", day(3)), ("needinfo", "carol", day(9))]),
    Case("proposed and closed, no ticket known", tracked(PROPOSED, "CLOSED ERRATA", needinfos=asked()),
         [("decide", "review meeting", day(3))]),
    Case("proposed and closed, votes are missing", tracked(PROPOSED, "CLOSED ERRATA", review=voted(2)),
         [("vote", "voters", day(3))]),
    Case("contradicting words", tracked(CONTRADICTORY), [("record", "secretary", day(3))]),
    Case("decided in the ticket", tracked(PROPOSED, review=decided(ACCEPTED)), [("record", "secretary", day(10))]),
    Case("an exception decided in the ticket", exception(PROPOSED, review=decided(REJECTED, kind=FE)),
         [("record", "secretary", day(10))]),
    Case("rejected", tracked(REJECTED, needinfos=asked()), []),
    Case("withdrawn", tracked(WITHDRAWN), []),
    Case("rejected, accepted in the ticket", tracked(REJECTED, review=decided(ACCEPTED)),
         [("record", "secretary", day(10))]),
    Case("nominated for Final", tracked(None, needinfos=asked(), nominations=(nomination(PROPOSED, FINAL_BLOCKER),)),
         []),
    Case("NEW", tracked(ACCEPTED), [("assign", "bob", day(7)), ("fix", "bob", day(7))]),
    Case("ASSIGNED", tracked(ACCEPTED, "ASSIGNED"), [("fix", "bob", day(7))]),
    Case("nobody is assigned", tracked(ACCEPTED, "ASSIGNED", assigned_to=""), [("fix", "maintainer", day(7))]),
    Case("ASSIGNED again despite an update", tracked(ACCEPTED, "ASSIGNED", updates=(READY,)),
         [("fix", "bob", day(7))]),
    Case("asked", tracked(ACCEPTED, "ASSIGNED", needinfos=asked()),
         [("needinfo", "carol", day(9)), ("fix", "bob", day(7))]),
    Case("nobody is asked by name", tracked(ACCEPTED, "ASSIGNED", needinfos=(Needinfo(""),)),
         [("needinfo", "requestee", None), ("fix", "bob", day(7))]),
    Case("POST", tracked(ACCEPTED, "POST"), [("update", "bob", day(12))]),
    Case("ON_QA without update", tracked(ACCEPTED, "ON_QA"), [("update", "bob", day(12)), ("verify", "QA", day(12))]),
    Case("ON_QA, karma is missing", tracked(ACCEPTED, "ON_QA", updates=(TESTING,)), [("test", "QA", day(14))]),
    Case("not in testing yet", tracked(ACCEPTED, "MODIFIED", updates=(update("pending", testing_at=None),)),
         [("test", "bob", day(13))]),
    Case("gating fails", tracked(ACCEPTED, "ON_QA", updates=(update(gating="failed"),)), [("test", "bob", day(14))]),
    Case("ON_QA, tested", tracked(ACCEPTED, "ON_QA", updates=(READY,)), [("verify", "QA", day(12))]),
    Case("VERIFIED, tested", tracked(ACCEPTED, "VERIFIED", updates=(READY,)),
         [("push", "release engineering", day(14))]),
    Case("VERIFIED, karma is missing", tracked(ACCEPTED, "VERIFIED", updates=(TESTING,)), [("test", "QA", day(14))]),
    Case("VERIFIED, no update known", tracked(ACCEPTED, "VERIFIED"), [("update", "bob", day(12))]),
    Case("VERIFIED, stable", tracked(ACCEPTED, "VERIFIED", updates=(STABLE,)), [("close", "bob", day(12))]),
    Case("closed, verified", tracked(ACCEPTED, "CLOSED ERRATA", was_verified=True), []),
    Case("closed, never VERIFIED", tracked(ACCEPTED, "CLOSED ERRATA"), [("verify", "QA", day(12))]),
    Case("closed, not pushed", tracked(ACCEPTED, "CLOSED RAWHIDE", was_verified=True, updates=(REQUESTED,)),
         [("push", "release engineering", day(14))]),
    Case("closed without a fix", tracked(ACCEPTED, "CLOSED WONTFIX", updates=(READY,)),
         [("decide", "review meeting", day(12))]),
    Case("duplicate of an unknown bug", tracked(ACCEPTED, "CLOSED DUPLICATE", dupe_of=5),
         [("decide", "review meeting", day(12))]),
    Case("an accepted exception goes the same way", exception(ACCEPTED, "VERIFIED", updates=(READY,)),
         [("push", "release engineering", day(14))]),
    Case("0-day, NEW", tracked(ZERO_DAY), [("assign", "bob", day(7)), ("fix", "bob", day(7))]),
    Case("0-day, tested", tracked(ZERO_DAY, "ON_QA", updates=(READY,)), [("push", "release engineering", day(14))]),
    Case("0-day, closed but no update", tracked(ZERO_DAY, "CLOSED ERRATA", was_verified=True),
         [("update", "bob", day(12))]),
    Case("0-day, stable but open", tracked(ZERO_DAY, "ON_QA", updates=(STABLE,)), [("verify", "QA", day(12))]),
    Case("an older release is not frozen", tracked(PREVIOUS, "VERIFIED", updates=(F44_READY,)),
         [("push", "bob", day(14))]),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_what_comes_next(case: Case) -> None:
    todos = list_todos(case.bug, facts(case.bug), NOW)
    assert [(todo.kind.value, todo.who, todo.since) for todo in todos] == case.todos


def test_the_table_has_every_kind() -> None:
    assert {kind for case in CASES for kind, _, _ in case.todos} == {kind.value for kind in TodoKind}


def test_every_kind_but_closing_is_in_one_step_in_the_order_of_work() -> None:
    assert [kind for step in STEPS for kind in step.kinds] == [kind for kind in TodoKind if kind is not TodoKind.CLOSE]


def test_outside_the_freeze_the_submitter_pushes() -> None:
    bug = tracked(ACCEPTED, "VERIFIED", updates=(READY,))
    before = facts(bug, dates=replace(facts().dates, freeze_at=day(21)))
    after = facts(bug, dates=replace(facts().dates, target_at=day(20)))
    unknown = facts(bug, dates=replace(facts().dates, freeze_at=None))
    assert [list_todos(bug, each, NOW)[0].who for each in (before, after, unknown)] == ["bob", "bob", "bob"]
    asked_for = tracked(ACCEPTED, "VERIFIED", updates=(REQUESTED,))
    assert list_todos(asked_for, before, NOW)[0].who == "release engineering"


@pytest.mark.parametrize(
    ("bug", "kinds"),
    [
        (tracked(ACCEPTED, "ON_QA"), ["update", "verify"]),
        (tracked(ACCEPTED, "MODIFIED"), ["update"]),
        (tracked(ACCEPTED, "VERIFIED"), []),
    ],
)
def test_where_updates_are_not_known_somebody_is_asked_only_about_what_blocks(
    bug: TrackedBug, kinds: list[str]
) -> None:
    todos = list_todos(bug, facts(bug, are_updates_known=False), NOW)
    assert [todo.kind.value for todo in todos] == kinds


def test_why_the_service_cannot_record_a_decision_is_told() -> None:
    review = decided(ACCEPTED)
    bug = tracked(PROPOSED, review=replace(review, decisions=(replace(review.decisions[0], problem="it is odd"),)))
    (todo,) = _todos(bug)
    assert todo.what.endswith("in Bugzilla: Accepted Blocker (this service cannot: it is odd)")


def test_a_bug_with_two_nominations_needs_its_fix_once_and_each_decision() -> None:
    both = (nomination(ACCEPTED), nomination(PROPOSED, BETA_FE))
    bug = tracked(None, "ASSIGNED", nominations=both, needinfos=asked())
    assert _kinds(bug) == ["vote", "needinfo", "fix"]
    bug = replace(bug, nominations=(nomination(ACCEPTED), nomination(ACCEPTED, BETA_FE, decided_at=day(8))))
    assert _kinds(bug) == ["needinfo", "fix"]
    bug = replace(bug, nominations=(nomination(PROPOSED), nomination(PROPOSED, BETA_FE)))
    assert _kinds(bug) == ["vote", "vote", "needinfo"]


@pytest.mark.parametrize(
    ("state", "status", "other_state", "kinds"),
    [
        (PROPOSED, "NEW", PROPOSED, []),
        (PROPOSED, "NEW", None, ["decide"]),
        (ACCEPTED, "VERIFIED", ACCEPTED, []),
        (ACCEPTED, "VERIFIED", None, []),
    ],
)
def test_a_duplicate_is_left_to_the_other_bug_when_that_is_nominated(
    state: NominationState, status: str, other_state: NominationState | None, kinds: list[str]
) -> None:
    bug = tracked(state, "CLOSED DUPLICATE", dupe_of=7)
    other = tracked(other_state, status, id=7)
    assert [todo.kind.value for todo in list_todos(bug, facts(bug, other), NOW)] == kinds


@pytest.mark.parametrize(
    ("other_state", "kind", "who", "what"),
    [
        (ACCEPTED, "fix", "carol", "see that bug 7, of which it is a duplicate, is addressed"),
        (PROPOSED, "decide", "review meeting",
         "decide about bug 7, of which it is a duplicate and which is not addressed"),
        (REJECTED, "decide", "review meeting",
         "decide about bug 7, of which it is a duplicate and which is not addressed"),
        (None, "decide", "review meeting",
         "decide about bug 7, of which it is a duplicate and which is not addressed"),
    ],
)  # fmt: skip
def test_an_accepted_duplicate_asks_who_has_the_other_bug_or_decides_about_it(
    other_state: NominationState | None, kind: str, who: str, what: str
) -> None:
    bug = tracked(ACCEPTED, "CLOSED DUPLICATE", dupe_of=7)
    other = tracked(other_state, "ON_QA", id=7, assigned_to=CAROL)
    (todo,) = list_todos(bug, facts(bug, other), NOW)
    assert (todo.kind, todo.who, todo.what, todo.since) == (kind, who, what, day(12))


def test_an_update_for_another_release_is_named_where_one_is_asked_for() -> None:
    (todo,) = _todos(tracked(ACCEPTED, "MODIFIED", updates=(F44_READY,)))
    assert todo.what == (
        "make an update with the fix, or say which one has it (FEDORA-2026-1 is for F44, which does not count)"
    )


def test_what_is_to_be_done_is_told_in_words_that_follow_to() -> None:
    bug = tracked(ACCEPTED, depends_on_open=(11, 12))
    assert [todo.what for todo in _todos(bug)] == ["take the bug, which is still NEW", "fix it (depends on 11, 12)"]
    (todo,) = _todos(tracked(ACCEPTED, "ON_QA", updates=(update(gating="failed"),)))
    assert todo.what == (
        "get ready for testing: FEDORA-2026-1, which is held by gating tests (failed) and has karma 1 of 3"
    )
    (todo,) = _todos(tracked(PROPOSED, review=decided(ZERO_DAY)))
    assert todo.what == "record the ticket's decision in Bugzilla: Accepted 0-day Blocker"
    (todo,) = _todos(tracked(PROPOSED, "CLOSED ERRATA"))
    assert todo.what == "accept, reject or withdraw the Proposed Blocker, which is closed"
    (todo,) = _todos(tracked(PROPOSED, review=voted(0)))
    assert todo.what == "decide about the Proposed Blocker: ready to accept"


@given(any_facts())
def test_any_facts_give_todos_in_order_each_once(seen: MilestoneFacts) -> None:
    order = list(TodoKind)
    for bug in seen.bugs:
        todos = list_todos(bug, seen, NOW)
        assert [order.index(todo.kind) for todo in todos] == sorted(order.index(todo.kind) for todo in todos)
        assert len({(todo.kind, todo.what, todo.account) for todo in todos}) == len(todos)
        assert all(todo.who and todo.what and "@" not in todo.who for todo in todos)
        assert not todos or any(bug.nomination(seen.milestone, kind) for kind in (BLOCKER, FE)) or bug.review


@given(any_facts())
def test_nothing_blocks_without_somebody_being_asked(seen: MilestoneFacts) -> None:
    asked_about = {bug.id for bug in seen.bugs if list_todos(bug, seen, NOW)}
    for reason in assess(seen, NOW).of(Severity.BLOCKS):
        assert set(reason.bug_ids) <= asked_about


def _todos(bug: TrackedBug) -> tuple[Todo, ...]:
    return list_todos(bug, facts(bug), NOW)


def _kinds(bug: TrackedBug) -> list[str]:
    return [todo.kind.value for todo in _todos(bug)]
