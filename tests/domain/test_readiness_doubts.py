"""No data must never look like good data: what makes a verdict UNKNOWN, and what holds for all facts."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given

from bbconsumer.domain.facts import MilestoneFacts, TrackedBug
from bbconsumer.domain.nominations import ACCEPTED_STATES, UNDECIDED_STATES
from bbconsumer.domain.readiness import Verdict, assess
from bbconsumer.domain.reasons import SEVERITY_BY_CODE, ReasonCode, Severity
from tests.domain.any_milestones import any_bugs, any_facts
from tests.domain.milestones import ACCEPTED, BLOCKER, CHECKED_AT, HOUR, NOW, PROPOSED, STABLE, facts, source, tracked

FRESH = source("Bugzilla")

DOUBTS: list[tuple[dict[str, Any], str, str]] = [
    ({"last_complete_sync_at": None}, "no_complete_sync", "No sync has been complete so far"),
    (
        {"last_complete_sync_at": NOW - HOUR - timedelta(seconds=1)},
        "sync_stale",
        "The last complete sync was at 2026-09-20 10:59 UTC",
    ),
    ({"sources": ()}, "no_sources", "Nothing is known of any source"),
    ({"sources": (FRESH, source("Bodhi", None))}, "source_stale", "Bodhi has never answered"),
    (
        {"sources": (FRESH, source("Bodhi", NOW - 2 * HOUR))},
        "source_stale",
        "Bodhi last answered at 2026-09-20 10:00 UTC",
    ),
    (
        {"sources": (FRESH, source("Bodhi", is_failing=True))},
        "source_failing",
        "Bodhi cannot be read",
    ),
    (
        {"gate_reason": "11 of 20 bugs\ndisappeared"},
        "removals_held",
        "Removals are held back until an operator has looked: 11 of 20 bugs disappeared",
    ),
    ({"list_problems": ("The tracker was never read",)}, "lists_incomplete", "The tracker was never read"),
]  # fmt: skip


def test_fresh_data_without_bugs_are_go() -> None:
    readiness = assess(facts(), NOW)
    assert readiness.verdict is Verdict.GO
    assert readiness.reasons == ()


@pytest.mark.parametrize(("changes", "code", "sentence"), DOUBTS)
def test_a_doubt_makes_a_go_unknown(changes: dict[str, Any], code: str, sentence: str) -> None:
    readiness = assess(facts(**changes), NOW)
    assert readiness.verdict is Verdict.UNKNOWN
    assert [(reason.code.value, reason.sentence) for reason in readiness.reasons] == [(code, sentence)]


@pytest.mark.parametrize(("changes", "code", "sentence"), DOUBTS)
def test_a_no_go_stays_one_and_the_doubt_is_told_with_it(changes: dict[str, Any], code: str, sentence: str) -> None:
    readiness = assess(facts(tracked(PROPOSED), **changes), NOW)
    assert readiness.verdict is Verdict.NO_GO
    assert [reason.code.value for reason in readiness.reasons] == ["undecided", code]


def test_the_table_has_every_doubt() -> None:
    unknown = {code.value for code, severity in SEVERITY_BY_CODE.items() if severity is Severity.UNKNOWN}
    assert {code for _, code, _ in DOUBTS} == unknown


def test_what_is_just_not_too_old_counts() -> None:
    at = NOW - HOUR
    fresh = facts(last_complete_sync_at=at, sources=(source("Bugzilla", at),))
    assert assess(fresh, NOW).verdict is Verdict.GO


def test_bugs_whose_removal_is_held_are_named_even_when_the_gate_is_open_again() -> None:
    held = tracked(ACCEPTED, "VERIFIED", updates=(STABLE,), removal_held="11 of 20 bugs disappeared")
    readiness = assess(facts(held), NOW)
    assert readiness.verdict is Verdict.UNKNOWN
    assert [reason.bug_ids for reason in readiness.reasons] == [(held.id,)]


@given(any_facts())
def test_any_facts_give_a_verdict_that_follows_from_its_reasons(seen: MilestoneFacts) -> None:
    readiness = assess(seen, NOW)
    severities = {reason.severity for reason in readiness.reasons}
    expected = Verdict.GO
    if Severity.BLOCKS in severities:
        expected = Verdict.NO_GO
    elif Severity.UNKNOWN in severities:
        expected = Verdict.UNKNOWN
    assert readiness.verdict is expected
    known = {bug.id for bug in seen.bugs}
    assert all(set(reason.bug_ids) <= known and reason.sentence for reason in readiness.reasons)


@given(any_facts())
def test_go_is_said_only_of_fresh_data_without_an_undecided_or_unfixed_blocker(seen: MilestoneFacts) -> None:
    """Said again in other words, and only as far as it is simple."""
    if assess(seen, NOW).verdict is not Verdict.GO:
        return
    assert seen.last_complete_sync_at == CHECKED_AT
    assert seen.sources
    assert not any(source.is_failing for source in seen.sources)
    assert not seen.gate_reason
    assert not seen.list_problems
    for bug, held in seen.nominations(BLOCKER):
        is_duplicate = not bug.is_open and bug.resolution == "DUPLICATE"
        assert held.state not in UNDECIDED_STATES or is_duplicate
        if held.state in ACCEPTED_STATES and not is_duplicate:
            stable = any(each.status == "stable" for each in bug.updates)
            is_fixed = not bug.is_open and bug.resolution in {"ERRATA", "RAWHIDE"}
            assert stable if held.state is not ACCEPTED else (is_fixed or bug.status == "VERIFIED")


@given(any_facts(), any_bugs())
def test_a_further_proposed_blocker_always_makes_it_no_go(seen: MilestoneFacts, bug: TrackedBug) -> None:
    further = tracked(PROPOSED, id=99, updates=bug.updates, needinfos=bug.needinfos)
    assert assess(facts(*seen.bugs, further), NOW).verdict is Verdict.NO_GO


@given(any_facts())
def test_freeze_exceptions_change_no_verdict(seen: MilestoneFacts) -> None:
    def without(bug: TrackedBug) -> TrackedBug:
        return replace(bug, nominations=tuple(each for each in bug.nominations if each.tracker.kind is BLOCKER))

    assert assess(replace(seen, bugs=tuple(map(without, seen.bugs))), NOW) == assess(seen, NOW)


def test_codes_can_stand_in_addresses_as_they_are() -> None:
    assert all(re.fullmatch("[a-z_]+", code.value) for code in ReasonCode)
