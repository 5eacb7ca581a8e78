"""What a decision in a ticket asks of Bugzilla's record: one row per rule."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbconsumer.domain.ballots import Outcome, VoteTracker
from bbconsumer.domain.decisions import RecordState, decisions_on, plan_record, rewrite_whiteboard
from bbconsumer.domain.snapshots import BugSnapshot, HistoryEntry
from bbconsumer.domain.trackers import DECISION_WORDS, Milestone, MilestoneName, Tracker, TrackerKind
from bbconsumer.domain.votes import Decision
from tests.domain.factories import (
    BETA_BLOCKER,
    BETA_FE,
    CAROL,
    FINAL_BLOCKER,
    FINAL_FE,
    TRACKERS,
    at,
    blocks,
    bug,
    words,
)

NEXT_FINAL = Tracker(13, TrackerKind.BLOCKER, Milestone("46", MilestoneName.FINAL))
NAMES = {tracker.label: tracker for tracker in VoteTracker}


def decision(text: str, second: int = 10) -> Decision:
    """A decision such as ``accepted BetaBlocker``."""
    outcome, name = text.split()
    return Decision(NAMES[name], Outcome(outcome), "dave", at(second), second)


@dataclass(frozen=True)
class Case:
    """A bug, its history, what was decided at second 10 or when it says, and what is to come of it.

    `expected` has the states of the decisions in their order, `reason` is that of the first conflict.
    """

    rule: str
    bug: BugSnapshot
    history: list[HistoryEntry]
    decided: list[str | tuple[str, int]]
    expected: list[str]
    whiteboard: str = ""
    unblocked: frozenset[int] = frozenset()
    reason: str = ""


PROPOSED = [blocks(5, "", "1")]
CASES = [
    Case("accepted", bug(1), PROPOSED, ["accepted BetaBlocker"], ["pending"], "AcceptedBlocker"),
    Case("accepted FE", bug(2), [], ["accepted BetaFE"], ["pending"], "AcceptedFreezeException"),
    Case("accepted for Final", bug(3), [], ["accepted FinalBlocker"], ["pending"], "AcceptedBlocker"),
    Case("accepted 0-day", bug(1), PROPOSED, ["accepted 0Day"], ["pending"], "Accepted0Day"),
    Case(
        "accepted previous release",
        bug(3),
        [],
        ["accepted PreviousRelease"],
        ["pending"],
        "AcceptedPreviousRelease",
    ),
    Case("rejected", bug(1), PROPOSED, ["rejected BetaBlocker"], ["pending"], "RejectedBlocker", frozenset({1})),
    Case("rejected FE", bug(4), [], ["rejected FinalFE"], ["pending"], "RejectedFreezeException", frozenset({4})),
    Case("no 0-day blocker: there is no word for that", bug(1), PROPOSED, ["rejected 0Day"], ["recorded"]),
    Case(
        "the other words stay",
        bug(1, words="openqa, abrt"),
        PROPOSED,
        ["accepted BetaBlocker"],
        ["pending"],
        "openqa, abrt AcceptedBlocker",
    ),
    Case(
        "proposed at the very moment of the decision",
        bug(1),
        [blocks(10, "", "1")],
        ["accepted BetaBlocker"],
        ["pending"],
        "AcceptedBlocker",
    ),
    # Already recorded.
    Case(
        "accepted by a person before",
        bug(1, words="AcceptedBlocker"),
        [*PROPOSED, words(9, "", "AcceptedBlocker")],
        ["accepted BetaBlocker"],
        ["recorded"],
        "AcceptedBlocker",
    ),
    Case(
        "accepted by a person after, in another case",
        bug(1, words="acceptedblocker"),
        [*PROPOSED, words(20, "", "acceptedblocker")],
        ["accepted BetaBlocker"],
        ["recorded"],
        "acceptedblocker",
    ),
    Case(
        "rejected by a person",
        bug(words="RejectedBlocker"),
        [*PROPOSED, blocks(20, "1", ""), words(20, "", "RejectedBlocker")],
        ["rejected BetaBlocker"],
        ["recorded"],
        "RejectedBlocker",
    ),
    Case(
        "rejected, and the word taken away for another milestone since",
        bug(3, words="AcceptedBlocker"),
        [
            *[blocks(5, "", "1, 3"), blocks(20, "1", ""), words(20, "", "RejectedBlocker")],
            words(30, "RejectedBlocker", "AcceptedBlocker"),
        ],
        ["rejected BetaBlocker"],
        ["recorded"],
        "AcceptedBlocker",
    ),
    Case(
        "the tracker removed by a person, the word missing",
        bug(),
        [*PROPOSED, blocks(20, "1", "", CAROL)],
        ["rejected BetaBlocker"],
        ["conflict"],
        reason=f"the tracker was removed by {CAROL}: the bug is not proposed as BetaBlocker any more",
    ),
    Case(
        "half rejected by a person",
        bug(1, words="RejectedBlocker"),
        [*PROPOSED, words(20, "", "RejectedBlocker")],
        ["rejected BetaBlocker"],
        ["pending"],
        "RejectedBlocker",
        frozenset({1}),
    ),
    # A contrary word.
    Case(
        "rejected by a person before, accepted then",
        bug(1, words="x RejectedBlocker y"),
        [*PROPOSED, words(9, "", "x RejectedBlocker y")],
        ["accepted BetaBlocker"],
        ["pending"],
        "x  y AcceptedBlocker",
    ),
    Case(
        "both words, the reject word older",
        bug(1, words="AcceptedBlocker RejectedBlocker"),
        [*PROPOSED, words(9, "", "AcceptedBlocker RejectedBlocker")],
        ["accepted BetaBlocker"],
        ["pending"],
        "AcceptedBlocker",
    ),
    Case(
        "rejected by a person after",
        bug(1, words="RejectedBlocker"),
        [*PROPOSED, words(20, "", "RejectedBlocker")],
        ["accepted BetaBlocker"],
        ["conflict"],
        "RejectedBlocker",
        reason=f"RejectedBlocker was set by {CAROL} after the decision",
    ),
    Case(
        "the reject word at an unknown time",
        bug(1, words="RejectedBlocker"),
        [*PROPOSED, words(20, "RejectedBlocker", "")],
        ["accepted BetaBlocker"],
        ["conflict"],
        "RejectedBlocker",
        reason="RejectedBlocker was set at an unknown time",
    ),
    Case(
        "accepted by a person before, rejected then",
        bug(1, words="AcceptedBlocker,Accepted0Day"),
        [*PROPOSED, words(9, "", "AcceptedBlocker,Accepted0Day")],
        ["rejected BetaBlocker"],
        ["pending"],
        "RejectedBlocker",
        frozenset({1}),
    ),
    Case(
        "accepted by a person after",
        bug(1, words="Accepted0Day"),
        [*PROPOSED, words(20, "", "Accepted0Day")],
        ["rejected BetaBlocker"],
        ["conflict"],
        "Accepted0Day",
        reason=f"Accepted0Day was set by {CAROL} after the decision",
    ),
    Case(
        "the accept word at an unknown time",
        bug(1, words="AcceptedBlocker"),
        [*PROPOSED, words(20, "AcceptedBlocker", "")],
        ["rejected BetaBlocker"],
        ["conflict"],
        "AcceptedBlocker",
        reason="AcceptedBlocker was set at an unknown time",
    ),
    Case(
        "no 0-day blocker any more",
        bug(1, words="Accepted0Day openqa"),
        [*PROPOSED, words(9, "", "Accepted0Day openqa")],
        ["rejected 0Day"],
        ["pending"],
        "openqa",
    ),
    Case(
        "a word of the other kind does not matter",
        bug(1, 2, words="RejectedFreezeException"),
        [*PROPOSED, words(20, "", "RejectedFreezeException")],
        ["accepted BetaBlocker"],
        ["pending"],
        "RejectedFreezeException AcceptedBlocker",
    ),
    # Which nomination it is about.
    Case(
        "the tracker removed by a person after",
        bug(),
        [*PROPOSED, blocks(20, "1", "", CAROL)],
        ["accepted BetaBlocker"],
        ["conflict"],
        reason=f"the tracker was removed by {CAROL}: the bug is not proposed as BetaBlocker any more",
    ),
    Case(
        "rejected by a person, accepted in the ticket",
        bug(words="RejectedBlocker"),
        [*PROPOSED, blocks(20, "1", "", CAROL), words(20, "", "RejectedBlocker")],
        ["accepted BetaBlocker"],
        ["conflict"],
        "RejectedBlocker",
        reason=f"the tracker was removed by {CAROL}: the bug is not proposed as BetaBlocker any more",
    ),
    Case("proposed after the decision", bug(1), [blocks(11, "", "1")], ["rejected BetaBlocker"], []),
    Case(
        "proposed anew after the decision",
        bug(1, words="RejectedBlocker"),
        [*PROPOSED, blocks(15, "1", ""), words(15, "", "RejectedBlocker"), blocks(20, "", "1")],
        ["rejected BetaBlocker"],
        [],
        "RejectedBlocker",
    ),
    Case(
        "proposed after the decision, and withdrawn",
        bug(),
        [blocks(20, "", "1"), blocks(30, "1", "")],
        ["accepted BetaBlocker"],
        [],
    ),
    Case(
        "never proposed",
        bug(1),
        PROPOSED,
        ["accepted FinalBlocker"],
        ["conflict"],
        reason="the bug was never proposed as FinalBlocker",
    ),
    Case(
        "a class of a bug that is no blocker",
        bug(2),
        [],
        ["accepted 0Day"],
        ["conflict"],
        reason="the bug was never proposed as 0Day",
    ),
    Case(
        "the accept word is older than the nomination",
        bug(3, words="AcceptedBlocker"),
        [words(2, "", "AcceptedBlocker"), blocks(5, "", "3")],
        ["accepted FinalBlocker"],
        ["conflict"],
        "AcceptedBlocker",
        reason="AcceptedBlocker was set before the bug was proposed: it was said of another milestone",
    ),
    Case(
        "the same milestone of two releases",
        bug(3, 13),
        [],
        ["rejected FinalBlocker"],
        ["pending"],
        "RejectedBlocker",
        frozenset({3, 13}),
    ),
    Case(
        "of two releases, the one that was open then",
        bug(3, 13),
        [blocks(5, "", "3"), blocks(20, "", "13")],
        ["rejected FinalBlocker"],
        ["pending"],
        "RejectedBlocker",
        frozenset({3}),
    ),
    # Another milestone of the same kind.
    Case(
        "accepted while another is undecided",
        bug(1, 3),
        [],
        ["accepted BetaBlocker"],
        ["conflict"],
        reason="AcceptedBlocker would also decide about Fedora 45 Final",
    ),
    Case(
        "accepted while another is undecided, both words standing",
        bug(1, 3, words="AcceptedBlocker RejectedBlocker"),
        [],
        ["accepted BetaBlocker"],
        ["conflict"],
        "AcceptedBlocker RejectedBlocker",
        reason="AcceptedBlocker would also decide about Fedora 45 Final",
    ),
    Case(
        "both accepted",
        bug(1, 3),
        [],
        ["accepted BetaBlocker", "accepted FinalBlocker"],
        ["pending", "pending"],
        "AcceptedBlocker",
    ),
    Case(
        "both accepted, the other before it was proposed anew",
        bug(1, 3),
        [blocks(5, "", "1"), blocks(8, "", "3")],
        ["accepted BetaBlocker", ("accepted FinalBlocker", 7)],
        ["conflict"],
        reason="AcceptedBlocker would also decide about Fedora 45 Final",
    ),
    Case(
        "a freeze exception beside",
        bug(1, 2, 4),
        [],
        ["accepted BetaBlocker"],
        ["pending"],
        "AcceptedBlocker",
    ),
    Case(
        "a freeze exception while another is undecided",
        bug(2, 4),
        [],
        ["accepted FinalFE"],
        ["conflict"],
        reason="AcceptedFreezeException would also decide about Fedora 45 Beta",
    ),
    Case(
        "rejected while another is accepted",
        bug(1, 3, words="AcceptedBlocker"),
        [blocks(5, "", "1, 3"), words(9, "", "AcceptedBlocker")],
        ["rejected FinalBlocker"],
        ["conflict"],
        "AcceptedBlocker",
        reason="the bug also blocks the tracker of Fedora 45 Beta, where it is accepted",
    ),
    Case(
        "rejected while another is undecided",
        bug(1, 3),
        [],
        ["rejected BetaBlocker"],
        ["pending"],
        "RejectedBlocker",
        frozenset({1}),
    ),
    Case(
        "one rejected and the other accepted: the rejection first",
        bug(1, 3),
        [],
        ["accepted FinalBlocker", "rejected BetaBlocker"],
        ["conflict", "pending"],
        "RejectedBlocker",
        frozenset({1}),
        reason="AcceptedBlocker would also decide about Fedora 45 Beta",
    ),
    Case(
        "and then the other: the reject word was said of the one that ended with it",
        bug(3, words="RejectedBlocker"),
        [blocks(5, "", "1, 3"), blocks(20, "1", ""), words(20, "", "RejectedBlocker")],
        ["accepted FinalBlocker", "rejected BetaBlocker"],
        ["pending", "recorded"],
        "AcceptedBlocker",
    ),
    # Several at once.
    Case(
        "rejected as a blocker, accepted as a freeze exception",
        bug(1, 2, words="openqa"),
        [],
        ["rejected BetaBlocker", "accepted BetaFE"],
        ["pending", "pending"],
        "openqa RejectedBlocker AcceptedFreezeException",
        frozenset({1}),
    ),
    Case(
        "accepted, and of two classes",
        bug(1),
        [],
        ["accepted BetaBlocker", "accepted 0Day", "rejected PreviousRelease"],
        ["pending", "pending", "recorded"],
        "AcceptedBlocker Accepted0Day",
    ),
    Case(
        "rejected, and accepted as 0-day",
        bug(1),
        [],
        ["rejected BetaBlocker", "accepted 0Day"],
        ["conflict", "conflict"],
        reason="0Day was accepted as well, which is about the same tracker",
    ),
    Case(
        "a conflict changes nothing, and does not keep the others",
        bug(1, 3, 2),
        [blocks(5, "", "1, 3, 2")],
        ["rejected 0Day", "accepted BetaBlocker", "rejected BetaFE"],
        ["recorded", "conflict", "pending"],
        "RejectedFreezeException",
        frozenset({2}),
        reason="AcceptedBlocker would also decide about Fedora 45 Final",
    ),
    Case(
        "what conflicts for one of two trackers is not done for the other",
        bug(3, 13, 1),
        [],
        ["accepted FinalBlocker"],
        ["conflict"],
        reason="AcceptedBlocker would also decide about Fedora 45 Beta",
    ),
]


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
