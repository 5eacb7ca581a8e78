"""Decides whether a milestone can ship: GO, NO-GO or UNKNOWN, with every reason and the bugs that it counts.

GO is said only when nothing blocks and nothing is unknown. A NO-GO stays one when data are stale or incomplete: what
blocks is known to block, and what is not known could only add to it; the doubts are listed with it.
Freeze exceptions are no matter of readiness.
Source: https://fedoraproject.org/wiki/QA:SOP_blocker_bug_process
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bbconsumer.domain.assessment import (
    UPDATE_ONLY_STATES,
    VERIFIED,
    final_bug,
    find_gap,
    is_late,
    is_left_to_other,
    unrecorded_decision,
)
from bbconsumer.domain.facts import MilestoneFacts, SourceFacts, TrackedBug
from bbconsumer.domain.nominations import ACCEPTED_STATES, UNDECIDED_STATES, Nomination, NominationState
from bbconsumer.domain.reasons import (
    SEVERITY_BY_CODE,
    WORDING_BY_CODE,
    Reason,
    ReasonCode,
    Severity,
    reason_about_bugs,
    reason_about_data,
)
from bbconsumer.domain.texts import minute
from bbconsumer.domain.trackers import TrackerKind
from bbconsumer.domain.updates import STABLE, relevant_updates


class Verdict(StrEnum):
    """The answer, as people say it."""

    GO = "GO"
    NO_GO = "NO-GO"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Readiness:
    """The verdict and all reasons: what blocks, then what is unknown, then warnings."""

    verdict: Verdict
    reasons: tuple[Reason, ...]

    def of(self, severity: Severity) -> tuple[Reason, ...]:
        """The reasons of one severity."""
        return tuple(reason for reason in self.reasons if reason.severity is severity)


def assess(facts: MilestoneFacts, now: datetime) -> Readiness:
    """The verdict about a milestone. Total: any facts give one."""
    of_bugs = _reasons_about_bugs(facts)
    blocking = [reason for reason in of_bugs if reason.severity is Severity.BLOCKS]
    warnings = [reason for reason in of_bugs if reason.severity is Severity.WARNING]
    unknown = list_doubts(facts, now)
    verdict = Verdict.NO_GO if blocking else Verdict.UNKNOWN if unknown else Verdict.GO
    return Readiness(verdict, (*blocking, *unknown, *warnings))


def list_doubts(facts: MilestoneFacts, now: datetime) -> tuple[Reason, ...]:
    """Why the lists of bugs may be wrong or incomplete; nothing when they can be trusted."""
    return (*_sync_doubts(facts, now), *_source_doubts(facts.sources, now), *_list_doubts(facts))


def _reasons_about_bugs(facts: MilestoneFacts) -> list[Reason]:
    bugs: dict[ReasonCode, list[TrackedBug]] = defaultdict(list)
    for bug in facts.bugs:
        for code in _findings(bug, facts):
            bugs[code].append(bug)
    return [
        reason_about_bugs(code, (bug.id for bug in bugs[code]), _detail(code, bugs[code]))
        for code in WORDING_BY_CODE
        if code in bugs
    ]


def _detail(code: ReasonCode, bugs: Iterable[TrackedBug]) -> str:
    if code is not ReasonCode.NEEDINFO:
        return ""
    asked = [needinfo.asked_at for bug in bugs for needinfo in bug.needinfos if needinfo.asked_at]
    if not asked:
        return ""
    return f", {'the longest ' if len(asked) > 1 else ''}since {minute(min(asked))}"


def _findings(bug: TrackedBug, facts: MilestoneFacts) -> Iterator[ReasonCode]:
    """All that there is to say about a bug as a blocker."""
    nomination = bug.nomination(facts.milestone, TrackerKind.BLOCKER)
    codes = list(_record_findings(bug, facts))
    if nomination:
        codes += _state_findings(bug, nomination, facts, is_told=bool(codes))
    yield from codes
    is_blocking = any(SEVERITY_BY_CODE[code] is Severity.BLOCKS for code in codes)
    if is_blocking and nomination and is_late(nomination.proposed_at, facts.dates):
        yield ReasonCode.PROPOSED_LATE


def _record_findings(bug: TrackedBug, facts: MilestoneFacts) -> Iterator[ReasonCode]:
    if unrecorded := unrecorded_decision(bug, TrackerKind.BLOCKER, facts):
        yield unrecorded[1]


def _state_findings(
    bug: TrackedBug, nomination: Nomination, facts: MilestoneFacts, *, is_told: bool
) -> Iterator[ReasonCode]:
    """What the nomination's state says; an undecided one that `is_told` of as unrecorded is not counted twice."""
    if nomination.state in ACCEPTED_STATES:
        gap = find_gap(bug, nomination.state, facts)
        yield from [gap] if gap else _warnings(bug, nomination.state, facts)
        return
    is_counted_elsewhere = is_told or is_left_to_other(bug, TrackerKind.BLOCKER, facts)
    if nomination.state in UNDECIDED_STATES and not is_counted_elsewhere:
        yield _undecided_code(bug, nomination)


def _undecided_code(bug: TrackedBug, nomination: Nomination) -> ReasonCode:
    if nomination.state is NominationState.CONTRADICTORY:
        return ReasonCode.CONTRADICTORY
    return ReasonCode.UNDECIDED if bug.is_open else ReasonCode.UNDECIDED_CLOSED


def _warnings(bug: TrackedBug, state: NominationState, facts: MilestoneFacts) -> Iterator[ReasonCode]:
    """What remains to be said of an addressed blocker."""
    target = final_bug(bug, facts) or bug
    updates = relevant_updates(target.updates, state, facts.milestone)
    is_verified = target.is_open and target.status == VERIFIED
    if any(update.status != STABLE for update in updates) or (is_verified and not updates and facts.are_updates_known):
        yield ReasonCode.NOT_PUSHED
    if not target.is_open and not target.was_verified:
        yield ReasonCode.NEVER_VERIFIED
    if state in UPDATE_ONLY_STATES and target.is_open and not is_verified:
        yield ReasonCode.STABLE_BUT_OPEN


def _sync_doubts(facts: MilestoneFacts, now: datetime) -> Iterator[Reason]:
    at = facts.last_complete_sync_at
    if at is None:
        yield reason_about_data(ReasonCode.NO_COMPLETE_SYNC, "No sync has been complete so far")
    elif now - at > facts.sync_stale_after:
        yield reason_about_data(ReasonCode.SYNC_STALE, f"The last complete sync was at {minute(at)}")
    if not facts.sources:
        yield reason_about_data(ReasonCode.NO_SOURCES, "Nothing is known of any source")


def _source_doubts(sources: Iterable[SourceFacts], now: datetime) -> Iterator[Reason]:
    for source in sources:
        at = source.last_success_at
        if source.is_failing:
            yield reason_about_data(ReasonCode.SOURCE_FAILING, f"{source.name} cannot be read")
        if at is None:
            yield reason_about_data(ReasonCode.SOURCE_STALE, f"{source.name} has never answered")
        elif now - at > source.stale_after:
            yield reason_about_data(ReasonCode.SOURCE_STALE, f"{source.name} last answered at {minute(at)}")


def _list_doubts(facts: MilestoneFacts) -> Iterator[Reason]:
    held = [bug for bug in facts.bugs if bug.removal_held]
    if facts.gate_reason or held:
        why = facts.gate_reason or held[0].removal_held
        sentence = f"Removals are held back until an operator has looked: {why}"
        yield reason_about_data(ReasonCode.REMOVALS_HELD, sentence, (bug.id for bug in held))
    for problem in facts.list_problems:
        yield reason_about_data(ReasonCode.LISTS_INCOMPLETE, problem)
