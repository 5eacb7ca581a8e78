"""Whether Bugzilla says the same as a decision: one row per rule."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bbconsumer.domain.ballots import Outcome, VoteTracker
from bbconsumer.domain.decisions import is_recorded, vote_trackers
from bbconsumer.domain.nominations import NominationState
from bbconsumer.domain.reviews import counting_order
from bbconsumer.domain.trackers import Milestone, MilestoneName, Tracker, TrackerKind
from bbconsumer.domain.votes import Decision

BLOCKER, EXCEPTION, ZERO_DAY = VoteTracker.BETA_BLOCKER, VoteTracker.BETA_FREEZE_EXCEPTION, VoteTracker.ZERO_DAY
YES, NO = Outcome.ACCEPTED, Outcome.REJECTED

RULES = [
    ("accepted, with the word", BLOCKER, YES, "accepted", "AcceptedBlocker", True),
    ("accepted, proposed only", BLOCKER, YES, "proposed", "", False),
    ("accepted, with a word of another milestone", BLOCKER, YES, "undecided", "AcceptedBlocker", False),
    ("accepted, with both words", BLOCKER, YES, "contradictory", "AcceptedBlocker RejectedBlocker", False),
    ("accepted, with another class's word only", BLOCKER, YES, "accepted_0day", "Accepted0Day", False),
    ("accepted as 0-day, with its word", ZERO_DAY, YES, "accepted_0day", "Accepted0Day", True),
    ("accepted as 0-day, with a stricter word too", ZERO_DAY, YES, "accepted", "AcceptedBlocker Accepted0Day", True),
    ("accepted as 0-day, with a stricter word only", ZERO_DAY, YES, "accepted", "AcceptedBlocker", False),
    ("no 0-day blocker: no word says so", ZERO_DAY, NO, "proposed", "", True),
    ("no 0-day blocker, with a word that says it is", ZERO_DAY, NO, "accepted_0day", "Accepted0Day", False),
    ("rejected, tracker gone and word set", BLOCKER, NO, "rejected", "RejectedBlocker", True),
    ("rejected, tracker gone without a word", BLOCKER, NO, "withdrawn", "", False),
    ("rejected, tracker still there", BLOCKER, NO, "undecided", "RejectedBlocker", False),
    ("rejected, accepted in Bugzilla", BLOCKER, NO, "accepted", "AcceptedBlocker", False),
    ("an exception accepted", EXCEPTION, YES, "accepted", "AcceptedFreezeException", True),
    ("an exception, with a blocker's word", EXCEPTION, YES, "proposed", "AcceptedBlocker", False),
]


@pytest.mark.parametrize(
    ("name", "outcome", "state", "words", "expected"), [rule[1:] for rule in RULES], ids=[rule[0] for rule in RULES]
)
def test_a_decision_is_recorded_when_bugzilla_says_just_that(
    name: VoteTracker, outcome: Outcome, state: str, words: str, *, expected: bool
) -> None:
    decision = Decision(name, outcome, "chair", datetime(2026, 11, 23, tzinfo=UTC), 5)
    kind = TrackerKind.FREEZE_EXCEPTION if name is EXCEPTION else TrackerKind.BLOCKER
    assert is_recorded(decision, kind, NominationState(state), frozenset(words.split())) is expected


def test_of_a_blocker_its_classes_are_voted_on_too() -> None:
    final = Milestone("45", MilestoneName.FINAL)
    assert vote_trackers(Tracker(1, TrackerKind.BLOCKER, final)) == (
        VoteTracker.FINAL_BLOCKER,
        VoteTracker.ZERO_DAY,
        VoteTracker.PREVIOUS_RELEASE,
    )
    assert vote_trackers(Tracker(2, TrackerKind.FREEZE_EXCEPTION, final)) == (VoteTracker.FINAL_FREEZE_EXCEPTION,)


@pytest.mark.parametrize(
    ("tickets", "order"),
    [
        ({3: True, 9: True}, [3, 9]),
        ({3: False, 9: True}, [9, 3]),
        ({3: False, 9: False}, [9, 3]),
        ({3: False, 5: True, 7: False, 9: True}, [5, 9, 7, 3]),
    ],
)
def test_the_oldest_open_ticket_counts_or_else_the_newest(tickets: dict[int, bool], order: list[int]) -> None:
    assert sorted(tickets, key=lambda number: counting_order(number, is_open=tickets[number])) == order
