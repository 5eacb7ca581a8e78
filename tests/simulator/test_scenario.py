"""The simulated release: reproducible, complete, and edited by people ever after."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import pytest

from bbconsumer.simulator.bugzilla import Bugzilla
from bbconsumer.simulator.bulk import build_many
from bbconsumer.simulator.plots import BETA, BETA_FE, FINAL, OLD_FINAL, PLOTS, PROGRESS
from bbconsumer.simulator.records import Bug
from bbconsumer.simulator.scenario import Scenario, build_release

NOW = datetime(2026, 9, 14, 12, 0, 0, tzinfo=UTC)


def build(seed: int = 1, **more: Any) -> Scenario:
    return build_release(seed, lambda: NOW, **more)


def everything(state: Bugzilla) -> list[object]:
    """All that is stored, in a form that can be compared."""
    ledger = state.ledger
    return [
        (bug, ledger.activity(bug.id, ledger.edit_count), ledger.comments(bug.id, ledger.edit_count))
        for bug in ledger.bugs()
    ]


@pytest.fixture(scope="module")
def release() -> Scenario:
    return build()


def tracked(release: Scenario) -> set[int]:
    return {bug_id for alias in release.tracker_ids for bug_id in release.state.bug(alias).depends_on}


def plot_bug(release: Scenario, name: str) -> Bug:
    return release.state.bug(release.notable[name])


def ids(release: Scenario, *aliases: str) -> set[int]:
    return {release.tracker_ids[alias] for alias in aliases}


def test_the_same_seed_builds_the_same_release_and_the_same_edits() -> None:
    told: list[list[str]] = [[], []]
    states = []
    for messages in told:
        release = build(publish=lambda topic, body, into=messages: into.append(json.dumps([topic, body])))
        made = list(islice(release.steps(), 100))
        states.append((everything(release.state), made))
    assert states[0] == states[1]
    assert told[0] == told[1]
    assert len(told[0]) > 1_000


def test_another_seed_builds_another_release() -> None:
    assert everything(build(1).state) != everything(build(2).state)


def test_there_are_some_sixty_tracked_bugs_and_hundreds_beside(release: Scenario) -> None:
    assert 55 <= len(tracked(release)) <= 90
    assert len(release.unrelated_ids) == 300
    assert not tracked(release) & set(release.unrelated_ids)


def test_every_plot_has_a_bug(release: Scenario) -> None:
    assert release.notable.keys() == {plot.name for plot in PLOTS}


@pytest.mark.parametrize(
    ("name", "aliases", "words"),
    [
        ("proposed_blocker", [BETA], ""),
        ("proposed_blocker_and_exception", [BETA, BETA_FE], ""),
        ("proposed_at_creation", [BETA], ""),
        ("accepted_new", [BETA], "AcceptedBlocker"),
        ("accepted_0day", [BETA], "Accepted0Day"),
        ("accepted_previous_release", [BETA], "AcceptedPreviousRelease"),
        ("accepted_exception", [BETA_FE], "AcceptedFreezeException"),
        ("accepted_on_two_trackers", [BETA_FE, FINAL], "AcceptedFreezeException AcceptedBlocker"),
        ("rejected_blocker", [], "RejectedBlocker"),
        ("rejected_blocker_accepted_exception", [BETA_FE], "RejectedBlocker AcceptedFreezeException"),
        ("withdrawn", [], ""),
        ("contradictory", [BETA], "AcceptedBlocker RejectedBlocker"),
        ("reject_word_on_tracker", [BETA], "RejectedBlocker"),
        ("proposed_again_after_rejection", [FINAL], "RejectedBlocker"),
        ("accept_word_older_than_proposal", [BETA, FINAL], "AcceptedBlocker"),
        ("words_in_odd_spelling", [BETA], "acceptedblocker, openqa"),
        ("closed_in_the_last_release", [OLD_FINAL], "AcceptedBlocker"),
    ],
)
def test_a_plot_ends_in_its_state(release: Scenario, name: str, aliases: list[str], words: str) -> None:
    bug = plot_bug(release, name)
    assert (set(bug.blocks), bug.whiteboard) == (ids(release, *aliases), words)


def test_every_state_of_progress_and_many_resolutions_are_there(release: Scenario) -> None:
    bugs = [release.state.bug(bug_id) for bug_id in tracked(release)]
    assert {bug.status for bug in bugs} == {*PROGRESS, "CLOSED"}
    fixed = {"ERRATA", "CURRENTRELEASE", "RAWHIDE"}
    unfixed = {"WONTFIX", "WORKSFORME", "NOTABUG", "INSUFFICIENT_DATA", "DUPLICATE"}
    assert {bug.resolution for bug in bugs} >= fixed | unfixed
    assert plot_bug(release, "closed_duplicate").dupe_of == release.notable["accepted_on_qa"]


def test_flags_have_an_age(release: Scenario) -> None:
    (needinfo,) = plot_bug(release, "needinfo").flags
    assert (needinfo.name, needinfo.status, (NOW - needinfo.modification_date).days) == ("needinfo", "?", 9)
    statuses = ["prioritized", "nominated_as_prioritized", "refused_as_prioritized"]
    assert [plot_bug(release, name).flags[0].status for name in statuses] == ["+", "?", "-"]


def test_a_word_can_be_older_than_the_proposal_that_it_seems_to_decide(release: Scenario) -> None:
    bug = plot_bug(release, "accept_word_older_than_proposal")
    rows = release.state.ledger.activity(bug.id, release.state.ledger.edit_count)
    word = next(row.when for row in rows if "AcceptedBlocker" in row.change.added)
    final = next(row.when for row in rows if row.change.added == str(release.tracker_ids[FINAL]))
    assert word < final


def test_private_bugs_and_difficult_titles_are_there(release: Scenario) -> None:
    assert plot_bug(release, "private").is_private
    assert plot_bug(release, "went_private").is_private
    assert len(plot_bug(release, "title_of_300_characters").summary) == 300
    assert plot_bug(release, "title_with_markup").summary.startswith("<script>")
    assert plot_bug(release, "title_like_a_formula").summary.startswith("=")
    assert not plot_bug(release, "title_in_many_scripts").summary.isascii()


def test_the_past_is_in_the_past_and_in_order(release: Scenario) -> None:
    for bug in release.state.ledger.bugs():
        rows = release.state.ledger.activity(bug.id, release.state.ledger.edit_count)
        moments = [bug.creation_time, *(row.when for row in rows), NOW]
        assert moments == sorted(moments)


def shown(bug: Bug) -> Iterable[str]:
    """What a page about the bug could show, in the words of a step."""
    yield f"{bug.status} {bug.resolution}".strip()
    yield bug.summary
    yield from (flag.name for flag in bug.flags)


def test_each_step_names_the_bug_that_changed_and_what_is_to_be_seen() -> None:
    release = build()
    state = release.state
    for step in islice(release.steps(), 400):
        before_last = state.ledger.bug_at(step.bug_id, state.ledger.edit_count - 1)
        bug = state.bug(step.bug_id)
        assert state.ledger.bug_at(step.bug_id, state.ledger.edit_count) == bug
        match step.visible:
            case "proposed":
                assert release.tracker_ids[step.tracker] in bug.blocks
            case "accepted":
                assert release.tracker_ids[step.tracker] in bug.blocks
                assert "Accepted" in bug.whiteboard
            case "rejected" | "withdrawn":
                assert before_last is not None
                assert release.tracker_ids[step.tracker] in set(before_last.blocks) - set(bug.blocks)
                assert ("Rejected" in bug.whiteboard) >= (step.visible == "rejected")
            case "":
                assert before_last is None or (before_last.status, before_last.blocks) == (bug.status, bug.blocks)
            case visible:
                assert visible in list(shown(bug))


def test_every_kind_of_step_comes() -> None:
    seen = {step.visible.split()[0] if step.visible else "" for step in islice(build().steps(), 500)}
    assert seen >= {"proposed", "accepted", "rejected", "withdrawn", "needinfo", "CLOSED", "ON_QA", ""}


@pytest.mark.long_form
def test_ten_thousand_bugs_are_built_to_measure() -> None:
    many = build_many(tracked=6_000, unrelated=4_000, clock=lambda: NOW)
    assert len(many.unrelated_ids) == 4_000
    counts = [len(many.state.bug(alias).depends_on) for alias in many.tracker_ids]
    assert sorted(counts) == [0, 0, 1_500, 1_500, 1_500, 1_500]
    assert max(bug.last_change_time for bug in many.state.ledger.bugs()) <= NOW
