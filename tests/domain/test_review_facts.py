"""What a bug's ticket says about a milestone, whatever else it speaks of."""

from dataclasses import dataclass, replace

import pytest

from bbconsumer.domain.ballots import Outcome, VoteTracker
from bbconsumer.domain.facts import ReviewFacts, TicketVote
from bbconsumer.domain.nominations import Nomination, NominationState
from bbconsumer.domain.review_facts import find_review_facts
from bbconsumer.domain.reviews import Review, TrackerReview, review_of
from bbconsumer.domain.snapshots import Comment
from bbconsumer.domain.trackers import Milestone, MilestoneName, Tracker, TrackerKind
from bbconsumer.domain.votes import Decision, tally
from tests.domain.factories import BETA_BLOCKER, BETA_FE, FINAL_BLOCKER
from tests.domain.milestones import ACCEPTED, BLOCKER, FE, PREVIOUS, PROPOSED, REJECTED, ZERO_DAY, day, nomination

BETA_TRACKERS = (BETA_BLOCKER, BETA_FE)
YES, NO = Outcome.ACCEPTED, Outcome.REJECTED
NEXT_BETA = Tracker(3001, TrackerKind.BLOCKER, Milestone("46", MilestoneName.BETA))
ENDED_BETA = nomination(REJECTED, ended_at=day(8))
LATER_FINAL = nomination(PROPOSED, FINAL_BLOCKER, proposed_at=day(9))
LATER_BETA = nomination(PROPOSED, NEXT_BETA, proposed_at=day(9))


@dataclass(frozen=True)
class Case:
    """Decisions as (tracker, outcome, day), the bug's nominations, and what that means for Beta, by kind."""

    rule: str
    decisions: list[tuple[str, Outcome, int]]
    nominations: list[Nomination]
    expected: dict[TrackerKind, NominationState]


CASES = [
    Case("accepted", [("BetaBlocker", YES, 10)], [nomination(PROPOSED)], {BLOCKER: ACCEPTED}),
    Case("rejected", [("BetaBlocker", NO, 10)], [nomination(PROPOSED)], {BLOCKER: REJECTED}),
    Case("a freeze exception", [("BetaFreezeException", YES, 10)], [nomination(PROPOSED, BETA_FE)], {FE: ACCEPTED}),
    Case("0-day", [("0Day", YES, 10)], [nomination(PROPOSED)], {BLOCKER: ZERO_DAY}),
    Case("rejected, but a 0-day", [("BetaBlocker", NO, 10), ("0Day", YES, 10)], [nomination(PROPOSED)],
         {BLOCKER: ZERO_DAY}),
    Case("the strictest counts", [("0Day", YES, 11), ("PreviousRelease", YES, 10)], [nomination(PROPOSED)],
         {BLOCKER: PREVIOUS}),
    Case("no 0-day: what then is open", [("0Day", NO, 10)], [nomination(PROPOSED)], {}),
    Case("before this nomination", [("BetaBlocker", YES, 2)], [nomination(PROPOSED)], {}),
    Case("of another milestone", [("FinalBlocker", YES, 10)], [nomination(PROPOSED)], {}),
    Case("accepted as a blocker, proposed as an exception", [("BetaBlocker", YES, 10)],
         [nomination(PROPOSED, BETA_FE)], {BLOCKER: ACCEPTED}),
    Case("a 0-day names no milestone without nomination", [("0Day", YES, 10)], [nomination(PROPOSED, BETA_FE)], {}),
    Case("said before this milestone knew the bug", [("BetaBlocker", YES, 2)], [nomination(PROPOSED, BETA_FE)], {}),
    Case("a 0-day of Final, after Beta's end", [("0Day", YES, 10)], [ENDED_BETA, LATER_FINAL], {}),
    Case("Beta of the next release", [("BetaBlocker", YES, 10)], [ENDED_BETA, LATER_BETA], {}),
    Case("after the end, and about nothing else", [("BetaBlocker", YES, 10)], [ENDED_BETA], {BLOCKER: ACCEPTED}),
    Case("a 0-day of both", [("0Day", YES, 10)], [nomination(PROPOSED), LATER_FINAL], {BLOCKER: ZERO_DAY}),
]  # fmt: skip


def _decision(name: str, outcome: Outcome, number: int) -> Decision:
    return Decision(VoteTracker(name), outcome, "carol", day(number), number)


def _review(*decisions: Decision) -> Review:
    return Review({d.tracker: TrackerReview("", "", "decided", d) for d in decisions})


def _facts(review: Review, nominations: list[Nomination]) -> ReviewFacts:
    return find_review_facts(review, "https://tickets.example.test/7", BETA_TRACKERS, nominations, {})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_decision_is_about_the_nomination_that_it_can_mean(case: Case) -> None:
    review = _review(*(_decision(*decision) for decision in case.decisions))
    found = _facts(review, case.nominations).decisions
    assert {decision.kind: decision.outcome for decision in found} == case.expected


def test_a_decision_is_told_with_who_when_and_what_is_in_the_way() -> None:
    decision = _decision("BetaBlocker", YES, 10)
    (found,) = find_review_facts(
        _review(decision), "", BETA_TRACKERS, [nomination(PROPOSED)], {decision: "odd"}
    ).decisions
    assert (found.by, found.at, found.problem) == ("carol", day(10), "odd")


@pytest.mark.parametrize(
    ("lines", "needed", "advice"),
    [
        (["+1"], 2, "needs 2 more votes"),
        (["+1", "+1"], 1, "needs 1 more vote"),
        (["+1", "+1", "+1"], 0, "ready to accept"),
        (["-1", "-1", "-1"], 0, "ready to reject"),
        (["+1", "-1"], 0, "needs the meeting: votes both ways"),
        (["0"], 3, "needs 3 more votes"),
    ],
)
def test_open_votes_tell_how_many_are_missing(lines: list[str], needed: int, advice: str) -> None:
    """The number is read from the advice, so both are counted from comments here."""
    comments = [Comment(i, f"voter{i}", day(5), f"BetaBlocker {line}") for i, line in enumerate(lines)]
    review = review_of(tally(comments, deciders=(), bot="bot"), 3)
    (vote,) = _facts(review, [nomination(PROPOSED)]).votes
    assert replace(vote, tally="") == TicketVote(BLOCKER, "", advice, needed)
    assert vote.tally.startswith("BetaBlocker (")


def test_a_vote_that_was_decided_is_not_open() -> None:
    assert _facts(_review(_decision("BetaBlocker", YES, 10)), [nomination(PROPOSED)]).votes == ()
