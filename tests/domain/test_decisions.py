"""What a decision in a ticket asks of Bugzilla's record: one row per rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbconsumer.domain.ballots import Outcome
from bbconsumer.domain.decisions import RecordState, decisions_on, plan_record, rewrite_whiteboard
from bbconsumer.domain.snapshots import HistoryEntry
from bbconsumer.domain.trackers import DECISION_WORDS, Tracker
from bbconsumer.domain.votes import Decision
from tests.domain import recording_one, recording_several
from tests.domain.factories import (
    BETA_BLOCKER,
    BETA_FE,
    FINAL_BLOCKER,
    FINAL_FE,
    TRACKERS,
    at,
    blocks,
    bug,
    words,
)
from tests.domain.recording import NAMES, NEXT_FINAL, Case, decision

CASES = [*recording_one.CASES, *recording_several.CASES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_what_decisions_ask_for(case: Case) -> None:
    decided = [decision(*((text,) if isinstance(text, str) else text)) for text in case.decided]
    plan = plan_record(case.bug, case.history, (*TRACKERS, NEXT_FINAL), decided)
    states = [verdict.state for verdict in plan.verdicts]
    assert states == case.expected
    reasons = [verdict.reason for verdict in plan.verdicts if verdict.reason]
    assert reasons[:1] == ([case.reason] if case.reason else [])
    assert plan.whiteboard == (case.whiteboard or case.bug.whiteboard)
    assert plan.unblock_ids == case.unblocked
    assert plan.pending == tuple(v.decision for v in plan.verdicts if v.state is RecordState.PENDING)


@pytest.mark.parametrize(
    "case", [case for case in CASES if set(case.expected) == {"pending"}], ids=lambda case: case.rule
)
def test_what_was_done_is_recorded_then(case: Case) -> None:
    """After the change that a plan asks for, the same decisions ask for nothing."""
    decided = [decision(*((text,) if isinstance(text, str) else text)) for text in case.decided]
    trackers = (*TRACKERS, NEXT_FINAL)
    plan = plan_record(case.bug, case.history, trackers, decided)
    done = [words(50, case.bug.whiteboard, plan.whiteboard)] if plan.whiteboard != case.bug.whiteboard else []
    done += [blocks(50, ", ".join(map(str, sorted(plan.unblock_ids))), "")] if plan.unblock_ids else []
    after = bug(*case.bug.blocks - plan.unblock_ids, words=plan.whiteboard)
    again = plan_record(after, [*case.history, *done], trackers, decided)
    assert {verdict.state for verdict in again.verdicts} == {RecordState.RECORDED}
    assert (again.whiteboard, again.unblock_ids) == (plan.whiteboard, frozenset())


@pytest.mark.parametrize(
    ("blocked", "decided", "expected"),
    [
        # Beta has ended: nothing is asked for, and nothing is a conflict.
        ([1], ["accepted BetaBlocker"], []),
        ([1], ["rejected BetaBlocker"], []),
        ([1], ["accepted 0Day"], []),
        ([2], ["accepted BetaFE"], []),
        ([], ["rejected BetaBlocker"], []),
        # What is about Final is recorded, whatever the bug still blocks.
        ([1, 3], ["accepted FinalBlocker"], ["pending"]),
        ([1, 3], ["accepted BetaBlocker", "accepted FinalBlocker"], ["pending"]),
        ([1, 3], ["accepted 0Day"], ["pending"]),
        # The bug never was what was decided about.
        ([1], ["accepted FinalBlocker"], ["conflict"]),
    ],
)
def test_decisions_about_ended_milestones_are_left_alone(
    blocked: list[int], decided: list[str], expected: list[str]
) -> None:
    active, ended = (FINAL_BLOCKER, FINAL_FE), (BETA_BLOCKER, BETA_FE)
    history = [] if blocked else [blocks(5, "", "1"), blocks(8, "1", "")]
    plan = plan_record(bug(*blocked), history, active, [decision(text) for text in decided], ended)
    assert [str(verdict.state) for verdict in plan.verdicts] == expected
    assert plan.unblock_ids == frozenset()


_decisions = st.lists(
    st.builds(
        decision,
        st.builds("{} {}".format, st.sampled_from(Outcome), st.sampled_from([*NAMES])),
        st.integers(0, 40),
    ),
    max_size=4,
    unique_by=lambda made: made.tracker,
)
_history = st.lists(
    st.builds(blocks, st.integers(0, 40), st.sampled_from(["", "1", "1, 3"]), st.sampled_from(["", "1", "2, 3"]))
    | st.builds(
        words, st.integers(0, 40), st.sampled_from(["", *DECISION_WORDS]), st.sampled_from(["", *DECISION_WORDS])
    ),
    max_size=6,
)


@given(
    st.sets(st.sampled_from([1, 2, 3, 4, 13, 99])),
    st.lists(st.sampled_from([*DECISION_WORDS, "openqa"]), max_size=4),
    _history,
    _decisions,
)
def test_whatever_stands_a_plan_changes_only_what_its_pending_decisions_are_about(
    blocked: set[int], present: list[str], history: list[HistoryEntry], decided: list[Decision]
) -> None:
    seen = bug(*blocked, words=" ".join(present))
    plan = plan_record(seen, history, (*TRACKERS, NEXT_FINAL), decided)
    assert plan.unblock_ids <= blocked - {99}
    assert all(bool(v.reason) is (v.state is RecordState.CONFLICT) for v in plan.verdicts)
    judged = [verdict.decision for verdict in plan.verdicts]
    assert judged == [made for made in decided if made in judged]
    if not plan.pending:
        assert (plan.whiteboard, plan.unblock_ids) == (seen.whiteboard, frozenset())
    assert plan.whiteboard.split().count("openqa") == present.count("openqa")


@pytest.mark.parametrize(
    ("whiteboard", "remove", "add", "expected"),
    [
        ("", [], [], ""),
        ("", [], ["A"], "A"),
        ("x", [], ["A", "B"], "x A B"),
        ("x", [], ["A", "a", "A"], "x A"),
        ("x a", [], ["A"], "x a"),
        ("A", ["A"], [], ""),
        ("A", ["a"], ["B"], "B"),
        ("a,B", ["A"], ["C"], "B C"),
        ("x, A, y", ["A"], [], "x, , y"),
        ("A x", ["A"], [], "x"),
        ("x\tA", ["A"], [], "x"),
        (" , A , x , A , ", ["A"], [], "x"),
        ("AB A-B A; xA", ["A"], [], "AB A-B A; xA"),
        ("  x ,  y ", [], [], "  x ,  y "),
        ("  x ,  y ", ["A"], ["B"], "  x ,  y  B"),
        ("x,", [], ["A"], "x, A"),
        ("A x A", ["A"], ["A"], "x A"),
        ("[abrt] A (old)", ["A"], ["B"], "[abrt]  (old) B"),
    ],
)
def test_a_whiteboard_is_rewritten(whiteboard: str, remove: list[str], add: list[str], expected: str) -> None:
    assert rewrite_whiteboard(whiteboard, remove, add) == expected


_words = st.lists(st.sampled_from([*DECISION_WORDS, "acceptedBLOCKER"]), max_size=3)


@given(
    st.lists(st.sampled_from([*DECISION_WORDS, "acceptedBLOCKER", " ", ",", "\t", "\n"]) | st.text(max_size=5)),
    _words,
    _words,
)
def test_words_that_are_not_meant_are_kept_and_there_are_no_doubles(
    parts: list[str], remove: list[str], add: list[str]
) -> None:
    def split(text: str) -> list[str]:
        return [word for word in text.replace(",", " ").split() if word]

    whiteboard = "".join(parts)
    result = rewrite_whiteboard(whiteboard, remove, add)
    gone = {word.casefold() for word in remove}
    kept = [word for word in split(whiteboard) if word.casefold() not in gone]
    assert split(result)[: len(kept)] == kept
    added = split(result)[len(kept) :]
    assert len({word.casefold() for word in added} - {word.casefold() for word in kept}) == len(added)
    assert {word.casefold() for word in add} <= {word.casefold() for word in split(result)}
    assert rewrite_whiteboard(result, (), add) == result


@pytest.mark.parametrize(
    ("tracker", "proposed_at", "expected"),
    [
        (BETA_BLOCKER, 5, ["BetaBlocker", "0Day"]),
        (BETA_BLOCKER, 10, ["BetaBlocker", "0Day"]),
        (BETA_BLOCKER, 11, ["0Day"]),
        (BETA_BLOCKER, 99, []),
        (BETA_BLOCKER, None, ["BetaBlocker", "0Day"]),
        (BETA_FE, 5, ["BetaFE"]),
        (FINAL_BLOCKER, 5, ["0Day"]),
        (FINAL_FE, None, []),
    ],
)
def test_which_decisions_are_about_a_nomination(tracker: Tracker, proposed_at: int | None, expected: list[str]) -> None:
    made = [decision("accepted BetaBlocker"), decision("rejected 0Day", 20), decision("accepted BetaFE")]
    found = decisions_on(tracker, None if proposed_at is None else at(proposed_at), {d.tracker: d for d in made})
    assert [d.tracker.label for d in found] == expected
