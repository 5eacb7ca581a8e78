"""What a nomination tells beside its state: since when, by whom, and why; and the prioritized bugs process."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from bbconsumer.domain.nominations import (
    PRIORITIZED_FLAG,
    Nomination,
    NominationState,
    PriorityState,
    classify,
    nomination_title,
    priority_state,
)
from bbconsumer.domain.snapshots import BugSnapshot, Flag, HistoryEntry
from bbconsumer.domain.trackers import Milestone, MilestoneName, Tracker, TrackerKind
from tests.domain.factories import ALICE, BOB, CAROL, at, blocks, bug, by_tracker, words


@dataclass(frozen=True)
class Record:
    """Who did what to one nomination, and when."""

    rule: str
    bug: BugSnapshot
    history: tuple[HistoryEntry, ...]
    proposed: tuple[datetime | None, str]
    decided: tuple[datetime | None, str] = (None, "")
    ended_at: datetime | None = None


# All about the nomination of tracker 1.
RECORDS = [
    Record("reported with the tracker", bug(1), (), (at(0), ALICE)),
    Record("proposed later", bug(1), (blocks(5, "", "1", BOB),), (at(5), BOB)),
    Record(
        "proposed anew: the last time counts",
        bug(1),
        (blocks(5, "", "1", BOB), blocks(9, "1", "", CAROL), blocks(20, "", "1", ALICE)),
        (at(20), ALICE),
    ),
    Record(
        "removed and put back within a second: that second counts",
        bug(1),
        (blocks(5, "", "1", BOB), blocks(9, "1, ", "1", CAROL)),
        (at(9), CAROL),
    ),
    Record(
        "put there, removed and put there within a second",
        bug(1),
        (blocks(9, "1", "1, 1", CAROL),),
        (at(9), CAROL),
    ),
    Record(
        "removed, put back and removed within a second",
        bug(),
        (blocks(5, "", "1", BOB), blocks(9, "1, , 1", "1", CAROL)),
        (at(9), CAROL),
        (at(9), CAROL),
        at(9),
    ),
    Record(
        "another tracker's change does not touch it",
        bug(1, 3),
        (blocks(5, "", "1", BOB), blocks(20, "", "3", CAROL)),
        (at(5), BOB),
    ),
    Record(
        "accepted",
        bug(1, words="AcceptedBlocker"),
        (blocks(5, "", "1", BOB), words(9, "", "AcceptedBlocker", CAROL)),
        (at(5), BOB),
        (at(9), CAROL),
    ),
    Record(
        "rejected by the later of word and removal: the word",
        bug(words="RejectedBlocker"),
        (blocks(5, "", "1", BOB), blocks(9, "1", "", ALICE), words(12, "", "RejectedBlocker", CAROL)),
        (at(5), BOB),
        (at(12), CAROL),
        at(9),
    ),
    Record(
        "rejected by the later of word and removal: the removal",
        bug(words="RejectedBlocker"),
        (blocks(5, "", "1", BOB), words(9, "", "RejectedBlocker", CAROL), blocks(12, "1", "", ALICE)),
        (at(5), BOB),
        (at(12), ALICE),
        at(12),
    ),
    Record(
        "withdrawn by whoever removed the tracker",
        bug(),
        (blocks(5, "", "1", BOB), blocks(9, "1", "", BOB)),
        (at(5), BOB),
        (at(9), BOB),
        at(9),
    ),
    Record("the history denies that the tracker is there", bug(1), (blocks(5, "1", "", BOB),), (None, "")),
    Record(
        "a change that is younger than the answer belongs to the next answer",
        bug(1, last_change_at=at(10)),
        (blocks(5, "", "1", BOB), blocks(11, "1", "", CAROL)),
        (at(5), BOB),
    ),
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.rule)
def test_who_proposed_and_who_decided_when(record: Record) -> None:
    nomination = by_tracker(record.bug, *record.history)[1]
    assert (nomination.proposed_at, nomination.proposed_by) == record.proposed
    assert (nomination.decided_at, nomination.decided_by) == record.decided
    assert nomination.ended_at == record.ended_at


def test_a_last_minute_proposal_is_known_to_the_second_although_decided_words_change() -> None:
    history = (blocks(5, "", "1"), words(9, "", "AcceptedBlocker"), words(12, "AcceptedBlocker", "Accepted0Day"))
    nomination = by_tracker(bug(1, words="Accepted0Day"), *history)[1]
    assert (nomination.proposed_at, nomination.decided_at) == (at(5), at(12))


REASONS = [
    (bug(1), [blocks(5, "", "1")], "blocks the tracker of Fedora 45 Beta; no decision recorded"),
    (bug(1, words="RejectedBlocker"), [], "has RejectedBlocker: tracker not removed yet, or proposed anew"),
    (
        bug(1, words="AcceptedBlocker RejectedBlocker"),
        [],
        "has both AcceptedBlocker and RejectedBlocker: one of them must go; counted as undecided",
    ),
    (
        bug(1, words="AcceptedBlocker"),
        [words(3, "", "AcceptedBlocker"), blocks(5, "", "1")],
        "set before this nomination was made",
    ),
    (bug(1, words="AcceptedBlocker"), [], "blocks the tracker and has AcceptedBlocker"),
    (bug(1, words="AcceptedBlocker"), [words(9, "AcceptedBlocker", "")], "history does not tell"),
    (bug(1, words="AcceptedBlocker"), None, "history does not tell"),
    (bug(1, words="AcceptedBlocker Accepted0Day"), [], "also Accepted0Day"),
    (bug(), [blocks(9, "1", "")], "the tracker was removed and there is no RejectedBlocker"),
    (
        bug(words="RejectedBlocker"),
        [blocks(9, "1", ""), words(9, "", "RejectedBlocker")],
        "the tracker was removed and RejectedBlocker is set",
    ),
    (
        bug(words="RejectedBlocker"),
        [words(3, "", "RejectedBlocker"), blocks(5, "", "1"), blocks(9, "1", "")],
        "older than this nomination",
    ),
    (
        bug(3, words="RejectedBlocker"),
        [blocks(2, "", "3"), blocks(9, "1", ""), words(20, "", "RejectedBlocker")],
        "while Fedora 45 Final was being decided",
    ),
]


@pytest.mark.parametrize(("seen", "history", "reason"), REASONS)
def test_the_reason_says_what_counted(seen: BugSnapshot, history: list[HistoryEntry] | None, reason: str) -> None:
    found = {nomination.tracker.id: nomination for nomination in classify(seen, _trackers(), history)}
    assert reason in found[1].reason


def test_a_reason_is_the_same_each_time_although_several_others_could_be_named() -> None:
    """Or it would be stored anew at every sync: a set of numbers as text has another order in each process."""
    trackers = [Tracker(n, TrackerKind.BLOCKER, Milestone(str(40 + n), MilestoneName.BETA)) for n in range(1, 12)]
    everywhere = bug(*range(2, 12), words="RejectedBlocker")
    history = [blocks(9, "1", ""), words(20, "", "RejectedBlocker")]
    first, *_ = classify(everywhere, trackers, history)
    assert "while Fedora 42 Beta was being decided" in first.reason


def _trackers() -> list[Tracker]:
    return [
        Tracker(1, TrackerKind.BLOCKER, Milestone("45", MilestoneName.BETA)),
        Tracker(3, TrackerKind.BLOCKER, Milestone("45", MilestoneName.FINAL)),
    ]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("", PriorityState.NONE),
        ("?", PriorityState.NOMINATED),
        ("+", PriorityState.PRIORITIZED),
        ("-", PriorityState.REFUSED),
        ("?+", PriorityState.PRIORITIZED),
        ("-?", PriorityState.NOMINATED),
        ("X", PriorityState.NONE),
    ],
)
def test_the_flag_on_an_open_bug_tells_its_place_in_the_prioritized_process(
    flags: str, expected: PriorityState
) -> None:
    assert priority_state(bug(flags=tuple(Flag(PRIORITIZED_FLAG, status) for status in flags))) is expected


@pytest.mark.parametrize(
    "changes",
    [
        {"is_open": False, "status": "CLOSED"},
        {"groups": ("security",)},
        {"flags": (Flag("needinfo", "?", requestee=BOB), Flag("fedora-review", "+"))},
    ],
    ids=["closed", "private", "other flags"],
)
def test_what_is_not_in_the_prioritized_process(changes: dict[str, Any]) -> None:
    assert priority_state(bug(**({"flags": (Flag(PRIORITIZED_FLAG, "+"),)} | changes))) is PriorityState.NONE


@pytest.mark.parametrize(
    ("kind", "state", "title"),
    [
        (TrackerKind.BLOCKER, NominationState.PROPOSED, "Proposed Blocker"),
        (TrackerKind.BLOCKER, NominationState.ACCEPTED_0DAY, "Accepted 0-day Blocker"),
        (TrackerKind.BLOCKER, NominationState.ACCEPTED_PREVIOUS_RELEASE, "Accepted Previous Release Blocker"),
        (TrackerKind.FREEZE_EXCEPTION, NominationState.ACCEPTED, "Accepted Freeze Exception"),
        (TrackerKind.FREEZE_EXCEPTION, NominationState.REJECTED, "Rejected Freeze Exception"),
    ],
)
def test_a_nomination_is_called_what_people_call_it(kind: TrackerKind, state: NominationState, title: str) -> None:
    assert nomination_title(kind, state) == title


def test_nominations_are_values_in_the_order_of_their_trackers() -> None:
    found = classify(bug(4, 2, 3, 1), reversed(_trackers()), [])
    assert [nomination.tracker.id for nomination in found] == [1, 3]
    assert found[0] == Nomination(_trackers()[0], NominationState.PROPOSED, found[0].reason, at(0), ALICE)
