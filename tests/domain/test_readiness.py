"""The verdict, row by row: what blocks a milestone, what only warns, and what is no matter of readiness."""

from dataclasses import dataclass, replace

import pytest

from bbconsumer.domain.assessment import is_late
from bbconsumer.domain.facts import MilestoneDates, TrackedBug
from bbconsumer.domain.nominations import NominationState
from bbconsumer.domain.readiness import Verdict, assess
from bbconsumer.domain.reasons import SEVERITY_BY_CODE, ReasonCode, Severity
from tests.domain.factories import FINAL_BLOCKER
from tests.domain.milestones import (
    ACCEPTED,
    CONTRADICTORY,
    DATES,
    FE,
    NOW,
    PREVIOUS,
    PROPOSED,
    READY,
    REJECTED,
    STABLE,
    TESTING,
    WITHDRAWN,
    ZERO_DAY,
    asked,
    day,
    decided,
    exception,
    facts,
    nomination,
    tracked,
    update,
)

OTHER_ID = 2400200


@dataclass(frozen=True)
class Case:
    """A bug, beside it perhaps another, and the codes that the first one gives."""

    rule: str
    bug: TrackedBug
    codes: set[str]
    other: TrackedBug | None = None


def duplicate(state: NominationState = ACCEPTED, of: int | None = OTHER_ID) -> TrackedBug:
    return tracked(state, "CLOSED DUPLICATE", dupe_of=of)


def other(status: str, state: NominationState | None = None, **changes: object) -> TrackedBug:
    return tracked(state, status, id=OTHER_ID, **changes)


F44_STABLE = update("stable", release="F44", alias="FEDORA-2026-44")
F43_TESTING = update(release="F43", alias="FEDORA-2026-43")

CASES = [
    # Undecided.
    Case("a proposed blocker", tracked(PROPOSED), {"undecided"}),
    Case("a word that does not decide", tracked(NominationState.UNDECIDED), {"undecided"}),
    Case("proposed and VERIFIED: only a decision helps", tracked(PROPOSED, "VERIFIED"), {"undecided"}),
    Case("contradicting words", tracked(CONTRADICTORY, "VERIFIED"), {"contradictory"}),
    Case("proposed, closed as fixed", tracked(PROPOSED, "CLOSED ERRATA"), {"undecided_closed"}),
    Case("proposed, closed without a fix", tracked(PROPOSED, "CLOSED NOTABUG"), {"undecided_closed"}),
    Case("a proposed freeze exception", exception(PROPOSED), set()),
    Case("proposed for Final", tracked(None, nominations=(nomination(PROPOSED, FINAL_BLOCKER),)), set()),
    Case("rejected", tracked(REJECTED), set()),
    Case("withdrawn", tracked(WITHDRAWN), set()),
    # Accepted, by what is missing.
    Case("accepted, NEW", tracked(ACCEPTED), {"no_fix"}),
    Case("accepted, ASSIGNED", tracked(ACCEPTED, "ASSIGNED"), {"no_fix"}),
    Case("accepted, a status that nobody knows", tracked(ACCEPTED, "ON_DEV"), {"no_fix"}),
    Case("accepted, ASSIGNED again despite an update", tracked(ACCEPTED, "ASSIGNED", updates=(STABLE,)), {"no_fix"}),
    Case("accepted, ASSIGNED, a question is open", tracked(ACCEPTED, "ASSIGNED", needinfos=asked()), {"needinfo"}),
    Case("accepted, POST, a question is open", tracked(ACCEPTED, "POST", needinfos=asked()), {"no_update"}),
    Case("accepted, POST", tracked(ACCEPTED, "POST"), {"no_update"}),
    Case("accepted, MODIFIED", tracked(ACCEPTED, "MODIFIED"), {"no_update"}),
    Case("accepted, ON_QA without update", tracked(ACCEPTED, "ON_QA"), {"no_update"}),
    Case("the update was withdrawn", tracked(ACCEPTED, "ON_QA", updates=(update("unpushed"),)), {"no_update"}),
    Case("the update was superseded", tracked(ACCEPTED, "ON_QA", updates=(update("obsolete"),)), {"no_update"}),
    Case("the update is for another release", tracked(ACCEPTED, "ON_QA", updates=(F44_STABLE,)), {"no_update"}),
    Case("the update is of flatpaks", tracked(ACCEPTED, "ON_QA", updates=(update(release="F45F"),)), {"no_update"}),
    Case("the update needs karma", tracked(ACCEPTED, "ON_QA", updates=(TESTING,)), {"untested_update"}),
    Case("one of two updates needs karma", tracked(ACCEPTED, "ON_QA", updates=(STABLE, TESTING)), {"untested_update"}),
    Case("the update is tested", tracked(ACCEPTED, "ON_QA", updates=(READY,)), {"not_verified"}),
    Case("the update is stable, MODIFIED", tracked(ACCEPTED, "MODIFIED", updates=(STABLE,)), {"not_verified"}),
    Case("RELEASE_PENDING is not VERIFIED", tracked(ACCEPTED, "RELEASE_PENDING", updates=(STABLE,)), {"not_verified"}),
    # Accepted and addressed.
    Case("VERIFIED, stable", tracked(ACCEPTED, "VERIFIED", updates=(STABLE,)), set()),
    Case("VERIFIED, not pushed", tracked(ACCEPTED, "VERIFIED", updates=(TESTING,)), {"not_pushed"}),
    Case("VERIFIED, no update known", tracked(ACCEPTED, "VERIFIED"), {"not_pushed"}),
    *(
        Case(f"closed as {resolution}", tracked(ACCEPTED, f"CLOSED {resolution}", was_verified=True), set())
        for resolution in ("ERRATA", "CURRENTRELEASE", "NEXTRELEASE", "RAWHIDE")
    ),
    Case("closed, never VERIFIED", tracked(ACCEPTED, "CLOSED ERRATA", updates=(STABLE,)), {"never_verified"}),
    Case(
        "closed, its update not stable",
        tracked(ACCEPTED, "CLOSED RAWHIDE", was_verified=True, updates=(TESTING,)),
        {"not_pushed"},
    ),
    *(
        Case(f"closed as {resolution}", tracked(ACCEPTED, f"CLOSED {resolution}".strip()), {"closed_without_fix"})
        for resolution in (
            "WONTFIX", "NOTABUG", "CANTFIX", "DEFERRED", "EOL", "INSUFFICIENT_DATA", "UPSTREAM", "WORKSFORME", "", "ODD"
        )
    ),
    # Duplicates.
    Case("duplicate of a VERIFIED bug", duplicate(), set(), other("VERIFIED", updates=(STABLE,))),
    Case("duplicate of a fixed bug, untested", duplicate(), {"never_verified"}, other("CLOSED ERRATA")),
    Case("duplicate of an open bug", duplicate(), {"duplicate_not_addressed"}, other("ON_QA")),
    Case("duplicate of a refused bug", duplicate(), {"duplicate_not_addressed"}, other("CLOSED WONTFIX")),
    Case("duplicate of a bug that is not here", duplicate(), {"duplicate_unknown"}),
    Case("duplicate of nobody knows what", duplicate(of=None), {"duplicate_unknown"}),
    Case("duplicate of itself", duplicate(of=2400123), {"duplicate_unknown"}),
    Case(
        "duplicates of each other", duplicate(), {"duplicate_unknown"}, other("CLOSED DUPLICATE", dupe_of=2400123)
    ),
    Case("a 0-day duplicate needs the other's update", duplicate(ZERO_DAY), {"duplicate_not_addressed"},
         other("VERIFIED")),
    Case("proposed, duplicate of an accepted bug", duplicate(PROPOSED), set(), other("VERIFIED", ACCEPTED)),
    Case("proposed, duplicate of a bug without nomination", duplicate(PROPOSED), {"undecided_closed"}, other("NEW")),
    Case("proposed, duplicate of a withdrawn bug", duplicate(PROPOSED), {"undecided_closed"}, other("NEW", WITHDRAWN)),
    # 0-day and previous release.
    Case("0-day without update", tracked(ZERO_DAY, "VERIFIED"), {"no_stable_update"}),
    Case("0-day, update in testing", tracked(ZERO_DAY, "VERIFIED", updates=(READY,)), {"no_stable_update"}),
    Case("0-day, update of the old release", tracked(ZERO_DAY, "VERIFIED", updates=(F44_STABLE,)),
         {"no_stable_update"}),
    Case("0-day, stable", tracked(ZERO_DAY, "VERIFIED", updates=(STABLE,)), set()),
    Case("0-day, stable but open", tracked(ZERO_DAY, "ON_QA", updates=(STABLE,)), {"stable_but_open"}),
    Case("0-day, stable, another in testing", tracked(ZERO_DAY, "VERIFIED", updates=(STABLE, TESTING)), {"not_pushed"}),
    Case("0-day, closed as fixed but not stable", tracked(ZERO_DAY, "CLOSED ERRATA"), {"no_stable_update"}),
    Case("0-day, closed without a fix", tracked(ZERO_DAY, "CLOSED WONTFIX", updates=(STABLE,)), {"closed_without_fix"}),
    Case("previous release, stable there", tracked(PREVIOUS, "VERIFIED", updates=(F44_STABLE,)), set()),
    Case("previous release, stable in the new one only", tracked(PREVIOUS, "VERIFIED", updates=(STABLE,)),
         {"no_stable_update"}),
    Case("previous release, one of two is stable", tracked(PREVIOUS, "VERIFIED", updates=(F44_STABLE, F43_TESTING)),
         {"no_stable_update"}),
    # Decisions of the ticket.
    Case("accepted in the ticket only", tracked(PROPOSED, review=decided(ACCEPTED)), {"decision_not_recorded"}),
    Case("rejected in the ticket only", tracked(PROPOSED, review=decided(REJECTED)), {"decision_not_recorded"}),
    Case("decided before it was proposed anew", tracked(PROPOSED, review=decided(REJECTED, day(1))), {"undecided"}),
    Case("recorded as decided", tracked(ACCEPTED, "VERIFIED", updates=(STABLE,), review=decided(ACCEPTED)), set()),
    Case("recorded as rejected", tracked(REJECTED, review=decided(REJECTED)), set()),
    Case("withdrawn, rejected in the ticket", tracked(WITHDRAWN, review=decided(REJECTED)), set()),
    Case("accepted later than Bugzilla rejected", tracked(REJECTED, review=decided(ACCEPTED)),
         {"decision_not_recorded"}),
    Case("accepted, then rejected in Bugzilla", tracked(REJECTED, review=decided(ACCEPTED, day(6))),
         {"records_differ"}),
    Case("0-day in Bugzilla, later a blocker in the ticket",
         tracked(ZERO_DAY, "VERIFIED", updates=(STABLE,), review=decided(ACCEPTED)), {"decision_not_recorded"}),
    Case("accepted in Bugzilla, later rejected in the ticket",
         tracked(ACCEPTED, "VERIFIED", updates=(STABLE,), review=decided(REJECTED)), {"records_differ"}),
    Case("accepted as a blocker without a nomination", exception(PROPOSED, review=decided(ACCEPTED)),
         {"decision_not_recorded"}),
    Case("rejected without a nomination", exception(PROPOSED, review=decided(REJECTED)), set()),
    Case("a freeze exception's decision", exception(PROPOSED, review=decided(ACCEPTED, kind=FE)), set()),
    # Late.
    Case("proposed late", tracked(None, nominations=(nomination(PROPOSED, proposed_at=day(20)),)),
         {"undecided", "proposed_late"}),
    Case("rejected late, but accepted in the ticket since",
         tracked(None, nominations=(nomination(REJECTED, proposed_at=day(20)),), review=decided(ACCEPTED, day(21))),
         {"decision_not_recorded", "proposed_late"}),
    Case("proposed late but addressed",
         tracked(None, "VERIFIED", updates=(STABLE,), nominations=(nomination(ACCEPTED, proposed_at=day(20)),)), set()),
    Case("proposed late but rejected", tracked(None, nominations=(nomination(REJECTED, proposed_at=day(20)),)), set()),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_what_a_bug_means_for_the_verdict(case: Case) -> None:
    """Each reason names just the bug, and the verdict is NO-GO exactly when one of them blocks."""
    bugs = (case.bug, case.other) if case.other else (case.bug,)
    readiness = assess(facts(*bugs), NOW)
    of_bug = [reason for reason in readiness.reasons if case.bug.id in reason.bug_ids]
    assert {reason.code.value for reason in of_bug} == case.codes
    blocks = any(reason.severity is Severity.BLOCKS for reason in readiness.reasons)
    assert readiness.verdict is (Verdict.NO_GO if blocks else Verdict.GO)


UPDATES_UNKNOWN = [
    Case("no fix: updates do not matter", tracked(ACCEPTED), {"no_fix"}),
    Case("ON_QA", tracked(ACCEPTED, "ON_QA"), {"updates_unknown"}),
    Case("0-day, VERIFIED", tracked(ZERO_DAY, "VERIFIED"), {"updates_unknown"}),
    Case("previous release, closed as fixed", tracked(PREVIOUS, "CLOSED ERRATA"), {"updates_unknown"}),
    Case("closed without a fix", tracked(ZERO_DAY, "CLOSED WONTFIX"), {"closed_without_fix"}),
    Case("VERIFIED: that nothing was pushed is not known either", tracked(ACCEPTED, "VERIFIED"), set()),
]


@pytest.mark.parametrize("case", UPDATES_UNKNOWN, ids=lambda case: case.rule)
def test_where_updates_are_not_known_no_bug_is_said_to_have_none(case: Case) -> None:
    readiness = assess(facts(case.bug, are_updates_known=False), NOW)
    assert {reason.code.value for reason in readiness.reasons} == case.codes


def test_the_table_has_every_reason_about_bugs() -> None:
    told = {code for case in (*CASES, *UPDATES_UNKNOWN) for code in case.codes}
    assert told == {code.value for code in ReasonCode if SEVERITY_BY_CODE[code] is not Severity.UNKNOWN}


def test_a_reason_counts_all_its_bugs_in_order_and_says_how_many() -> None:
    bugs = [tracked(ACCEPTED, id=number) for number in (2400009, 2400001, 2400005)]
    (reason,) = assess(facts(*bugs), NOW).reasons
    assert reason.sentence == "3 accepted blockers have no fix"
    assert reason.bug_ids == (2400001, 2400005, 2400009)


def test_one_bug_is_told_in_the_singular() -> None:
    (reason,) = assess(facts(tracked(PROPOSED)), NOW).reasons
    assert reason.sentence == "1 proposed blocker is not decided"


def test_a_pending_question_is_told_with_the_time_since_which_it_waits() -> None:
    first = tracked(ACCEPTED, needinfos=asked(day(11)))
    (reason,) = assess(facts(first), NOW).reasons
    assert reason.sentence == "1 accepted blocker has no fix and waits for an answer, since 2026-09-11 00:00 UTC"
    (reason,) = assess(facts(first, tracked(ACCEPTED, id=9, needinfos=asked())), NOW).reasons
    assert reason.sentence.endswith("have no fix and wait for an answer, the longest since 2026-09-09 00:00 UTC")


def test_reasons_come_by_severity_what_blocks_first() -> None:
    bugs = (tracked(ACCEPTED, "VERIFIED", id=7), tracked(PROPOSED, id=8))
    readiness = assess(facts(*bugs, gate_reason="too many"), NOW)
    assert [reason.code.value for reason in readiness.reasons] == ["undecided", "removals_held", "not_pushed"]
    assert [reason.code.value for reason in readiness.of(Severity.WARNING)] == ["not_pushed"]


@pytest.mark.parametrize(
    ("seconds_before", "expected"),
    [(-1, False), (0, True), (1, True), (432_000, True), (432_001, False)],
)
def test_late_means_within_five_days_before_go_no_go_to_the_second(seconds_before: int, expected: bool) -> None:
    go_no_go_at = DATES.go_no_go_at
    assert go_no_go_at is not None
    proposed_at = go_no_go_at.fromtimestamp(go_no_go_at.timestamp() - seconds_before, go_no_go_at.tzinfo)
    assert is_late(proposed_at, DATES) is expected


def test_nothing_is_late_when_a_date_is_not_known() -> None:
    assert not is_late(None, DATES)
    assert not is_late(day(20), replace(DATES, go_no_go_at=None))
    assert not is_late(day(20), MilestoneDates())
