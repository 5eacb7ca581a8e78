"""Aliases, names and words, as people and Bugzilla write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbconsumer.domain.trackers import (
    ACCEPT_WORDS,
    DECISION_WORDS,
    REJECT_WORDS,
    Milestone,
    MilestoneName,
    TrackerKind,
    list_decision_words,
    parse_decision_words,
    tracker_alias,
)
from tests.domain.factories import BETA, FINAL


@pytest.mark.parametrize(
    ("milestone", "kind", "alias"),
    [
        (BETA, TrackerKind.BLOCKER, "F45BetaBlocker"),
        (BETA, TrackerKind.FREEZE_EXCEPTION, "F45BetaFreezeException"),
        (FINAL, TrackerKind.BLOCKER, "F45FinalBlocker"),
        (FINAL, TrackerKind.FREEZE_EXCEPTION, "F45FinalFreezeException"),
        (Milestone("100", MilestoneName.BETA), TrackerKind.BLOCKER, "F100BetaBlocker"),
    ],
)
def test_a_trackers_alias_names_release_milestone_and_kind(milestone: Milestone, kind: TrackerKind, alias: str) -> None:
    assert tracker_alias(milestone, kind) == alias


def test_a_milestone_is_written_for_comments_and_for_people() -> None:
    assert (BETA.label, BETA.title) == ("45-beta", "Fedora 45 Beta")
    assert (FINAL.label, FINAL.title) == ("45-final", "Fedora 45 Final")


def test_kinds_are_called_as_in_the_comment_of_a_proposal() -> None:
    assert [kind.label for kind in TrackerKind] == ["Blocker", "Freeze Exception"]


def test_beta_comes_before_final() -> None:
    assert sorted([FINAL, BETA]) == [BETA, FINAL]


def test_each_kind_has_its_words_and_no_word_belongs_to_both() -> None:
    assert ACCEPT_WORDS == {
        TrackerKind.BLOCKER: ("AcceptedBlocker", "AcceptedPreviousRelease", "Accepted0Day"),
        TrackerKind.FREEZE_EXCEPTION: ("AcceptedFreezeException",),
    }
    assert REJECT_WORDS == {
        TrackerKind.BLOCKER: "RejectedBlocker",
        TrackerKind.FREEZE_EXCEPTION: "RejectedFreezeException",
    }
    assert len(DECISION_WORDS) == len(set(DECISION_WORDS)) == 6


@pytest.mark.parametrize(
    ("whiteboard", "expected"),
    [
        ("", ()),
        ("AcceptedBlocker", ("AcceptedBlocker",)),
        ("acceptedblocker ACCEPTED0DAY", ("AcceptedBlocker", "Accepted0Day")),
        ("RejectedBlocker,AcceptedFreezeException", ("RejectedBlocker", "AcceptedFreezeException")),
        (" ,\tAcceptedBlocker\n, openqa", ("AcceptedBlocker",)),
        ("AcceptedBlocker AcceptedBlocker", ("AcceptedBlocker", "AcceptedBlocker")),
        ("AcceptedBlockers xAcceptedBlocker AcceptedBlocker;", ()),
        ("Accepted Blocker", ()),
    ],
)
def test_words_are_whole_separated_by_blanks_or_commas_and_compared_without_case(
    whiteboard: str, expected: tuple[str, ...]
) -> None:
    assert list_decision_words(whiteboard) == expected
    assert parse_decision_words(whiteboard) == set(expected)


@given(st.text())
def test_any_whiteboard_is_read(whiteboard: str) -> None:
    assert parse_decision_words(whiteboard) <= set(DECISION_WORDS)
