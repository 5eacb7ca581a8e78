"""The state of a nomination: one row per rule of the blocker bug process as this service understands it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from bbconsumer.domain.nominations import ACCEPTED_STATES, ENDED_STATES, UNDECIDED_STATES, NominationState, classify
from bbconsumer.domain.snapshots import BugSnapshot, HistoryEntry
from tests.domain.factories import TRACKERS, blocks, bug, by_tracker, words

NominationStates = dict[int, str]


@dataclass(frozen=True)
class Case:
    """A bug, its history, and the state that each nomination is to have."""

    rule: str
    bug: BugSnapshot
    history: Sequence[HistoryEntry] | None
    expected: NominationStates


CASES = [
    # The table of states.
    Case("proposed: blocks, no word", bug(1), [blocks(5, "", "1")], {1: "proposed"}),
    Case("proposed as a freeze exception", bug(2), [blocks(5, "", "2")], {2: "proposed"}),
    Case(
        "accepted blocker",
        bug(1, words="AcceptedBlocker"),
        [blocks(5, "", "1"), words(9, "", "AcceptedBlocker")],
        {1: "accepted"},
    ),
    Case(
        "accepted 0-day blocker",
        bug(1, words="Accepted0Day"),
        [blocks(5, "", "1"), words(9, "", "Accepted0Day")],
        {1: "accepted_0day"},
    ),
    Case(
        "accepted previous-release blocker",
        bug(1, words="AcceptedPreviousRelease"),
        [blocks(5, "", "1"), words(9, "", "AcceptedPreviousRelease")],
        {1: "accepted_previous_release"},
    ),
    Case(
        "accepted freeze exception",
        bug(2, words="AcceptedFreezeException"),
        [blocks(5, "", "2"), words(9, "", "AcceptedFreezeException")],
        {2: "accepted"},
    ),
    Case(
        "rejected: tracker removed, word added",
        bug(words="RejectedBlocker"),
        [blocks(5, "", "1"), blocks(9, "1", ""), words(9, "", "RejectedBlocker")],
        {1: "rejected"},
    ),
    Case(
        "rejected freeze exception",
        bug(words="RejectedFreezeException"),
        [blocks(5, "", "2"), words(8, "", "RejectedFreezeException"), blocks(9, "2", "")],
        {2: "rejected"},
    ),
    Case(
        "rejected, word set some time after the tracker went",
        bug(words="RejectedBlocker"),
        [blocks(5, "", "1"), blocks(9, "1", ""), words(60, "", "RejectedBlocker")],
        {1: "rejected"},
    ),
    Case("withdrawn: tracker removed, no word", bug(), [blocks(5, "", "1"), blocks(9, "1", "")], {1: "withdrawn"}),
    Case("withdrawn, though reported with the tracker", bug(), [blocks(9, "1", "")], {1: "withdrawn"}),
    Case("never nominated", bug(99), [blocks(5, "", "99")], {}),
    # A word of the other kind says nothing.
    Case("other kind's accept word", bug(1, words="AcceptedFreezeException"), [blocks(5, "", "1")], {1: "proposed"}),
    Case("other kind's reject word", bug(2, words="RejectedBlocker"), [blocks(5, "", "2")], {2: "proposed"}),
    Case("accept word without a tracker", bug(words="AcceptedBlocker"), [words(5, "", "AcceptedBlocker")], {}),
    Case(
        "refused as a blocker, taken as a freeze exception",
        bug(2, words="RejectedBlocker AcceptedFreezeException"),
        [
            blocks(5, "", "1, 2"),
            blocks(9, "1", ""),
            words(9, "", "RejectedBlocker AcceptedFreezeException"),
        ],
        {1: "rejected", 2: "accepted"},
    ),
    # Words that do not decide.
    Case(
        "reject word, tracker not removed yet",
        bug(1, words="RejectedBlocker"),
        [blocks(5, "", "1"), words(9, "", "RejectedBlocker")],
        {1: "undecided"},
    ),
    Case(
        "reject word of Beta, then proposed for Final",
        bug(3, words="RejectedBlocker"),
        [blocks(5, "", "1"), blocks(9, "1", ""), words(9, "", "RejectedBlocker"), blocks(20, "", "3")],
        {1: "rejected", 3: "undecided"},
    ),
    Case(
        "accept word of Beta, then proposed for Final",
        bug(1, 3, words="AcceptedBlocker"),
        [blocks(5, "", "1"), words(9, "", "AcceptedBlocker"), blocks(20, "", "3")],
        {1: "accepted", 3: "undecided"},
    ),
    Case(
        "tracker removed and put back after the word",
        bug(1, words="AcceptedBlocker"),
        [blocks(5, "", "1"), words(9, "", "AcceptedBlocker"), blocks(20, "1", ""), blocks(30, "", "1")],
        {1: "undecided"},
    ),
    Case(
        "the same within one second, as Bugzilla joins it",
        bug(1, words="AcceptedBlocker"),
        [blocks(5, "", "1"), words(9, "", "AcceptedBlocker"), blocks(20, "1, ", "1")],
        {1: "undecided"},
    ),
    Case(
        "accept and reject word of one kind",
        bug(1, words="AcceptedBlocker RejectedBlocker"),
        [blocks(5, "", "1"), words(9, "", "AcceptedBlocker RejectedBlocker")],
        {1: "contradictory"},
    ),
    # Words that do.
    Case(
        "word and tracker in one change",
        bug(1, words="AcceptedBlocker"),
        [blocks(5, "", "1"), words(5, "", "AcceptedBlocker")],
        {1: "accepted"},
    ),
    Case("reported with word and tracker", bug(1, words="AcceptedBlocker"), [], {1: "accepted"}),
    Case("reported with the word", bug(1, words="AcceptedBlocker"), [blocks(5, "", "1")], {1: "undecided"}),
    Case(
        "the word set anew for Final",
        bug(1, 3, words="AcceptedBlocker"),
        [
            blocks(5, "", "1"),
            words(9, "", "AcceptedBlocker"),
            blocks(20, "", "3"),
            words(25, "AcceptedBlocker", ""),
            words(30, "", "AcceptedBlocker"),
        ],
        {1: "accepted", 3: "accepted"},
    ),
    Case(
        "a word that only moved within the whiteboard keeps its age",
        bug(3, words="openqa AcceptedBlocker"),
        [
            words(3, "", "AcceptedBlocker"),
            blocks(20, "", "3"),
            words(30, "AcceptedBlocker", "openqa AcceptedBlocker"),
        ],
        {3: "undecided"},
    ),
    Case(
        "two whiteboard changes in one second, as Bugzilla joins them",
        bug(1, words="AcceptedBlocker openqa"),
        [blocks(5, "", "1"), words(9, "AcceptedBlocker", "AcceptedBlocker AcceptedBlocker openqa")],
        {1: "accepted"},
    ),
    Case(
        "several accept words: the strictest",
        bug(1, words="Accepted0Day AcceptedPreviousRelease AcceptedBlocker"),
        [blocks(5, "", "1"), words(9, "", "Accepted0Day AcceptedPreviousRelease AcceptedBlocker")],
        {1: "accepted"},
    ),
    Case(
        "several accept words: the strictest that is about this nomination",
        bug(3, words="AcceptedBlocker Accepted0Day"),
        [
            words(3, "", "AcceptedBlocker"),
            blocks(5, "", "3"),
            words(9, "AcceptedBlocker", "AcceptedBlocker Accepted0Day"),
        ],
        {3: "accepted_0day"},
    ),
    # Where history cannot tell, the word counts.
    Case("history not known", bug(1, words="AcceptedBlocker"), None, {1: "accepted"}),
    Case(
        "the history takes away a word that is there",
        bug(1, words="AcceptedBlocker"),
        [blocks(5, "", "1"), words(9, "AcceptedBlocker", "")],
        {1: "accepted"},
    ),
    Case(
        "the history takes away a tracker that is there",
        bug(1, words="AcceptedBlocker"),
        [words(9, "", "AcceptedBlocker"), blocks(15, "1", "")],
        {1: "accepted"},
    ),
    Case("the history adds a tracker twice", bug(1), [blocks(5, "", "1"), blocks(9, "", "1")], {1: "proposed"}),
    Case("the history removes a tracker twice", bug(), [blocks(5, "1", ""), blocks(9, "1", "")], {}),
    Case("the history adds a tracker that is not there", bug(), [blocks(5, "", "1")], {}),
    # Who ended which nomination.
    Case(
        "Beta withdrawn, Final rejected later",
        bug(words="RejectedBlocker"),
        [blocks(5, "", "1, 3"), blocks(9, "1", ""), words(20, "", "RejectedBlocker"), blocks(20, "3", "")],
        {1: "withdrawn", 3: "rejected"},
    ),
    Case(
        "Beta withdrawn, Final told that it is refused and still there",
        bug(3, words="RejectedBlocker"),
        [blocks(5, "", "1, 3"), blocks(9, "1", ""), words(20, "", "RejectedBlocker")],
        {1: "withdrawn", 3: "undecided"},
    ),
    Case(
        "Beta rejected a little later, then Final proposed",
        bug(3, words="RejectedBlocker"),
        [blocks(5, "", "1"), blocks(9, "1", ""), words(20, "", "RejectedBlocker"), blocks(30, "", "3")],
        {1: "rejected", 3: "undecided"},
    ),
    Case(
        "both ended with one word",
        bug(words="RejectedBlocker"),
        [blocks(5, "", "1, 3"), blocks(9, "1, 3", ""), words(9, "", "RejectedBlocker")],
        {1: "rejected", 3: "rejected"},
    ),
    Case(
        "an open freeze exception does not take a blocker's reject word",
        bug(2, words="RejectedBlocker"),
        [blocks(5, "", "1, 2"), blocks(9, "1", ""), words(20, "", "RejectedBlocker")],
        {1: "rejected", 2: "proposed"},
    ),
    Case(
        "a rejection outlives its word: Final accepted, the word replaced",
        bug(3, words="AcceptedBlocker"),
        [
            blocks(5, "", "1"),
            blocks(9, "1", ""),
            words(9, "", "RejectedBlocker"),
            blocks(20, "", "3"),
            words(30, "RejectedBlocker", "AcceptedBlocker"),
        ],
        {1: "rejected", 3: "accepted"},
    ),
    Case(
        "a rejection is not taken for another's: Final rejected anew",
        bug(words="RejectedBlocker"),
        [
            blocks(5, "", "1"),
            blocks(9, "1", ""),
            words(9, "", "RejectedBlocker"),
            blocks(20, "", "3"),
            words(21, "RejectedBlocker", ""),
            blocks(30, "3", ""),
            words(30, "", "RejectedBlocker"),
        ],
        {1: "rejected", 3: "rejected"},
    ),
    Case(
        "word and tracker taken away at once: withdrawn",
        bug(),
        [blocks(5, "", "1"), words(9, "", "RejectedBlocker"), blocks(20, "1", ""), words(20, "RejectedBlocker", "")],
        {1: "withdrawn"},
    ),
    # Several trackers at once, and states of the bug that change nothing.
    Case("all four trackers", bug(1, 2, 3, 4), [], dict.fromkeys([1, 2, 3, 4], "proposed")),
    Case("a closed bug", bug(1, status="CLOSED", resolution="ERRATA", is_open=False), [], {1: "proposed"}),
    Case("a private bug", bug(1, words="AcceptedBlocker", groups=("security",)), [], {}),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_the_state_of_each_nomination(case: Case) -> None:
    nominations = classify(case.bug, TRACKERS, case.history)
    assert {nomination.tracker.id: nomination.state for nomination in nominations} == case.expected


def test_the_table_has_every_state() -> None:
    assert {state for case in CASES for state in case.expected.values()} == set(NominationState)


@pytest.mark.parametrize(
    "whiteboard",
    [
        "AcceptedBlocker",
        "openqa AcceptedBlocker",
        "openqa,AcceptedBlocker,abrt",
        "  acceptedblocker  ",
        "ACCEPTEDBLOCKER\tx",
    ],
)
def test_words_are_read_as_people_write_them(whiteboard: str) -> None:
    assert by_tracker(bug(1, words=whiteboard))[1].state == "accepted"


@pytest.mark.parametrize(
    "whiteboard", ["AcceptedBlockers", "NotAcceptedBlocker", "Accepted Blocker", "AcceptedBlocker;"]
)
def test_a_part_of_a_word_is_not_the_word(whiteboard: str) -> None:
    assert by_tracker(bug(1, words=whiteboard))[1].state == "proposed"


def test_every_nomination_is_undecided_accepted_or_ended() -> None:
    groups = (UNDECIDED_STATES, ACCEPTED_STATES, ENDED_STATES)
    assert sorted(state for group in groups for state in group) == sorted(NominationState)
