"""Replaying a history: what holds for every history, and that a truthful one gives the truth back."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbconsumer.domain.history import Mark, parse_ids, replay
from bbconsumer.domain.nominations import ENDED_STATES, classify
from bbconsumer.domain.snapshots import BugSnapshot, HistoryEntry
from bbconsumer.domain.trackers import parse_decision_words
from tests.domain.factories import TRACKERS, at, blocks, bug
from tests.domain.model import Model, any_bugs, any_histories, lives, nonsense

_KNOWN_IDS = {tracker.id for tracker in TRACKERS}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", set()),
        ("1", {1}),
        ("1, 2", {1, 2}),
        ("1 2,3", {1, 2, 3}),
        ("3, ", {3}),
        (", 3", {3}),
        ("F45BetaBlocker, 7", {7}),
        ("-7 1.5 ٣ ²", set()),
        ("9" * 5000, set()),
    ],
)
def test_the_ids_in_a_change_are_read_and_all_else_is_passed_over(text: str, expected: set[int]) -> None:
    assert parse_ids(text) == expected


@given(any_bugs(), any_histories())
def test_any_bug_with_any_history_is_classified(seen: BugSnapshot, history: list[HistoryEntry] | None) -> None:
    """One nomination for each tracker that the bug blocks; the open nominations are just these."""
    found = classify(seen, TRACKERS, history)
    assert len({nomination.tracker.id for nomination in found}) == len(found)
    open_ids = {nomination.tracker.id for nomination in found if nomination.state not in ENDED_STATES}
    assert open_ids == (set() if seen.is_private else seen.blocks & _KNOWN_IDS)
    assert all(nomination.reason for nomination in found)
    assert all((nomination.ended_at is None) or nomination.state in ENDED_STATES for nomination in found)


@given(any_bugs(), any_histories())
def test_a_replay_ends_in_the_present_whatever_the_history_says(
    seen: BugSnapshot, history: list[HistoryEntry] | None
) -> None:
    *_, present = replay(seen, history)
    assert {number for number, span in present.spans.items() if span.closed is None} == seen.blocks
    assert set(present.words) == parse_decision_words(seen.whiteboard)


@given(any_bugs(), st.lists(nonsense(), max_size=8, unique_by=lambda entry: entry.at), st.data())
def test_no_order_matters(seen: BugSnapshot, history: list[HistoryEntry], data: st.DataObject) -> None:
    """Neither of words, nor of trackers, nor of the entries of a history with one entry a second."""
    mixed_history = data.draw(st.permutations(history))
    mixed_trackers = data.draw(st.permutations(TRACKERS))
    shuffled = " ".join(data.draw(st.permutations(seen.whiteboard.split())))
    expected = classify(seen, TRACKERS, history)
    assert classify(seen, mixed_trackers, mixed_history) == expected
    reworded = bug(*seen.blocks, words=shuffled, groups=seen.groups, last_change_at=seen.last_change_at)
    assert _states(reworded, history) == [(n.tracker.id, n.state) for n in expected]


@given(lives())
def test_a_truthful_history_gives_back_who_set_what_when(life: list[Model]) -> None:
    model = life[-1]
    *_, present = replay(model.answer(), model.entries)
    assert present.spans == model.spans
    assert present.words == model.marks


@given(lives())
def test_every_moment_between_is_given_back_too(life: list[Model]) -> None:
    model = life[-1]
    truth = {at(stage.second): (_open(stage), frozenset(stage.marks.items())) for stage in life}
    for standing in replay(model.answer(), model.entries):
        assert standing.at is not None
        still_open = {number for number, span in standing.spans.items() if span.closed is None}
        assert (still_open, frozenset(standing.words.items())) == truth[standing.at]


@given(lives(min_pause=0))
def test_edits_that_bugzilla_joined_into_one_second_still_tell_each_second_apart(life: list[Model]) -> None:
    """Trackers, words, and the second since which each has been there at the end of every second."""
    model = life[-1]
    ends = {at(stage.second): stage for stage in life}
    last_of_second = {standing.at: standing for standing in replay(model.answer(), model.entries)}
    for moment, standing in last_of_second.items():
        assert moment is not None
        stage = ends[moment]
        assert {n: s.opened.at for n, s in standing.spans.items() if s.closed is None} == {
            n: stage.spans[n].opened.at for n in stage.blocks
        }
        assert {word: mark.at for word, mark in standing.words.items()} == _since(list(ends.values()), stage)


def test_an_unknown_history_leaves_all_times_unknown() -> None:
    (standing,) = replay(bug(1, words="AcceptedBlocker"), None)
    assert standing.spans[1].opened == Mark(None)
    assert standing.words == {"AcceptedBlocker": Mark(None)}


@pytest.mark.parametrize("name", ["blocks", "blocked"])
def test_both_of_bugzillas_names_for_the_field_are_read(name: str) -> None:
    entry = blocks(5, "", "1")
    (nomination,) = classify(bug(1), TRACKERS, [HistoryEntry(entry.at, entry.who, name, "", "1")])
    assert nomination.proposed_at == at(5)


def _states(seen: BugSnapshot, history: Sequence[HistoryEntry]) -> list[tuple[int, str]]:
    return [(nomination.tracker.id, nomination.state) for nomination in classify(seen, TRACKERS, history)]


def _open(stage: Model) -> set[int]:
    return {number for number, span in stage.spans.items() if span.closed is None}


def _since(ends: Sequence[Model], stage: Model) -> dict[str, object]:
    since: dict[str, object] = {}
    for end in ends:
        if end.second > stage.second:
            break
        since = {word: since.get(word, at(end.second)) for word in parse_decision_words(end.whiteboard)}
    return since
