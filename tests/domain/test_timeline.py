"""Events follow from what Bugzilla recorded: none doubled, none invented, none lost."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbconsumer.domain.snapshots import BugSnapshot, HistoryEntry
from bbconsumer.domain.timeline import FOLLOWED_FIELDS, Event, derive_events
from tests.domain.factories import ALICE, BOB, CAROL, TRACKERS, at, blocks, bug, change, words
from tests.domain.model import Model, any_bugs, lives, nonsense

CREATED = Event(at(0), "created", ALICE, "", "anaconda")


def events(seen: BugSnapshot, *history: HistoryEntry) -> list[Event]:
    """All events after the bug's creation."""
    first, *others = derive_events(seen, history, TRACKERS)
    assert first == CREATED
    return others


def test_a_bug_begins_with_its_creation() -> None:
    assert derive_events(bug(), [], TRACKERS) == (CREATED,)


def test_a_bug_without_a_component_begins_with_its_creation_too() -> None:
    assert derive_events(bug(component=""), [], TRACKERS) == (replace(CREATED, new=""),)


def test_a_bug_was_created_in_the_component_in_which_it_was_then() -> None:
    moves = [change(9, "component", "dracut", "anaconda"), change(5, "component", "kernel", "dracut")]
    first, *_ = derive_events(bug(), moves, TRACKERS)
    assert first == replace(CREATED, new="kernel")


def test_a_private_bug_has_no_events() -> None:
    history = [blocks(5, "", "1"), change(9, "status", "NEW", "ASSIGNED")]
    assert derive_events(bug(1, groups=("security",)), history, TRACKERS) == ()


@pytest.mark.parametrize(
    ("name", "field", "old", "new"),
    [
        ("status", "status", "NEW", "ASSIGNED"),
        ("bug_status", "status", "ON_QA", "VERIFIED"),
        ("resolution", "resolution", "", "ERRATA"),
        ("component", "component", "Package Review", "anaconda"),
        ("product", "product", "Fedora EPEL", "Fedora"),
        ("version", "version", "rawhide", "45"),
        ("assigned_to", "assigned_to", ALICE, BOB),
        ("flagtypes.name", "flags", "", "needinfo?(bob@example.test)"),
    ],
)
def test_a_followed_field_gives_one_event_from_old_to_new(name: str, field: str, old: str, new: str) -> None:
    assert name in FOLLOWED_FIELDS
    _, *found = derive_events(bug(), [change(9, name, old, new, CAROL)], TRACKERS)
    assert found == [Event(at(9), field, CAROL, old, new)]


@pytest.mark.parametrize(
    "name", ["cc", "priority", "keywords", "longdescs.isprivate", "depends_on", "", "nomination/1"]
)
def test_other_fields_give_none(name: str) -> None:
    assert events(bug(), change(9, name, "a", "b")) == []


@pytest.mark.parametrize(
    ("name", "removed", "added", "expected"),
    [
        ("status", "ASSIGNED NEW", "NEW ASSIGNED", None),
        ("status", "NEW ASSIGNED", "ASSIGNED POST", ("NEW", "POST")),
        ("status", "NEW ASSIGNED POST", "ASSIGNED POST NEW", None),
        ("resolution", "WONTFIX", "WONTFIX ", None),
        ("resolution", "WONTFIX", "WONTFIX ERRATA", ("", "ERRATA")),
        ("assigned_to", f"{ALICE} {BOB}", f"{BOB} {CAROL}", (ALICE, CAROL)),
    ],
)
def test_what_bugzilla_joined_within_a_second_is_told_apart_again(
    name: str, removed: str, added: str, expected: tuple[str, str] | None
) -> None:
    found = [(event.old, event.new) for event in events(bug(), change(9, name, removed, added))]
    assert found == ([expected] if expected else [])


def test_two_entries_of_one_second_are_one_event() -> None:
    history = [change(9, "status", "NEW", "ASSIGNED"), change(9, "bug_status", "ASSIGNED", "POST")]
    assert events(bug(), *history) == [Event(at(9), "status", BOB, "NEW", "POST")]


def test_two_entries_of_one_second_that_cancel_each_other_are_no_event() -> None:
    history = [change(9, "status", "NEW", "ASSIGNED"), change(9, "status", "ASSIGNED", "NEW")]
    assert events(bug(), *history) == []


def test_a_change_that_is_younger_than_the_answer_is_left_for_the_next_answer() -> None:
    history = [change(9, "status", "NEW", "ASSIGNED"), change(11, "status", "ASSIGNED", "POST"), blocks(11, "", "1")]
    assert [event.at for event in events(bug(last_change_at=at(10)), *history)] == [at(9)]


def test_a_nominations_life_is_told_with_who_did_it() -> None:
    history = [
        blocks(5, "", "1", ALICE),
        words(9, "", "AcceptedBlocker", BOB),
        words(20, "AcceptedBlocker", "AcceptedBlocker RejectedBlocker", CAROL),
        words(30, "AcceptedBlocker RejectedBlocker", "RejectedBlocker", CAROL),
        blocks(40, "1", "", BOB),
        blocks(50, "", "1", ALICE),
        words(60, "RejectedBlocker", "", CAROL),
        blocks(70, "1", "", ALICE),
    ]
    assert events(bug(), *history) == [
        Event(at(5), "nomination/1", ALICE, "", "proposed"),
        Event(at(9), "nomination/1", BOB, "proposed", "accepted"),
        Event(at(20), "nomination/1", CAROL, "accepted", "contradictory"),
        Event(at(30), "nomination/1", CAROL, "contradictory", "undecided"),
        Event(at(40), "nomination/1", BOB, "undecided", "rejected"),
        Event(at(50), "nomination/1", ALICE, "rejected", "undecided"),
        Event(at(60), "nomination/1", CAROL, "undecided", "proposed"),
        Event(at(70), "nomination/1", ALICE, "proposed", "withdrawn"),
    ]


def test_one_act_on_two_trackers_is_an_event_for_each() -> None:
    assert events(bug(1, 2), blocks(5, "", "1, 2", CAROL)) == [
        Event(at(5), "nomination/1", CAROL, "", "proposed"),
        Event(at(5), "nomination/2", CAROL, "", "proposed"),
    ]


def test_a_bug_reported_as_a_blocker_was_proposed_by_its_reporter() -> None:
    assert events(bug(1)) == [Event(at(0), "nomination/1", ALICE, "", "proposed")]


def test_what_happens_within_the_second_of_the_report_is_one_event() -> None:
    history = [words(0, "", "AcceptedBlocker", ALICE)]
    assert events(bug(1, words="AcceptedBlocker"), *history) == [Event(at(0), "nomination/1", ALICE, "", "accepted")]


def test_a_bug_that_blocks_nothing_of_ours_has_no_nomination_events() -> None:
    assert events(bug(99, words="AcceptedBlocker"), blocks(5, "", "99"), words(9, "", "AcceptedBlocker")) == []


def test_a_decision_for_the_next_milestone_leaves_the_ended_nomination_alone() -> None:
    """The word that rejected Beta is replaced when Final is accepted: nothing happened to Beta then."""
    history = [
        blocks(5, "", "1"),
        blocks(9, "1", ""),
        words(9, "", "RejectedBlocker"),
        blocks(20, "", "3"),
        words(30, "RejectedBlocker", "AcceptedBlocker"),
    ]
    found = events(bug(3, words="AcceptedBlocker"), *history)
    assert [event.at for event in found if event.field == "nomination/1"] == [at(5), at(9)]


def _events(model: Model) -> tuple[Event, ...]:
    return derive_events(model.answer(), model.entries, TRACKERS)


@given(lives(min_pause=0))
def test_there_is_one_event_per_field_and_second_in_order_of_time_and_each_tells_a_difference(
    life: list[Model],
) -> None:
    found = _events(life[-1])
    assert len({(event.at, event.field) for event in found}) == len(found)
    assert [event.at for event in found] == sorted(event.at for event in found)
    assert all(event.old != event.new for event in found)


@given(lives(min_pause=0))
def test_each_event_begins_where_the_one_before_ended_and_the_last_is_the_present(life: list[Model]) -> None:
    values: dict[str, str] = {}
    for event in _events(life[-1]):
        if event.field in values:
            assert event.old == values[event.field]
        values[event.field] = event.new
    assert values.get("status", "NEW") == life[-1].status


@given(lives())
def test_what_happens_later_changes_no_earlier_event(life: list[Model]) -> None:
    """So a sync in between, or one that saw less, stores a beginning of what another stores."""
    for earlier, later in itertools.pairwise(life):
        assert _events(later)[: len(_events(earlier))] == _events(earlier)


@given(lives())
def test_nothing_is_told_that_nobody_did(life: list[Model]) -> None:
    """An event's second, person and kind are those of an entry of the history, or of the bug's creation."""
    model = life[-1]
    done = {(entry.at, entry.who) for entry in model.entries} | {(at(0), ALICE)}
    assert {(event.at, event.who) for event in _events(model)} <= done


@given(lives())
def test_each_change_of_the_status_is_told_once(life: list[Model]) -> None:
    told = [(event.at, event.old, event.new) for event in _events(life[-1]) if event.field == "status"]
    pairs = [(old.status, new.status, at(new.second)) for old, new in itertools.pairwise(life)]
    assert told == [(moment, old, new) for old, new, moment in pairs if old != new]


@given(any_bugs(), st.lists(nonsense(), max_size=10))
def test_any_history_gives_events_and_no_two_of_one_field_and_second(
    seen: BugSnapshot, history: list[HistoryEntry]
) -> None:
    found = derive_events(seen, history, TRACKERS)
    assert bool(found) is not seen.is_private
    assert len({(event.at, event.field) for event in found}) == len(found)
