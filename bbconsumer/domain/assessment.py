"""Decides for one nomination whether it is addressed, and which one thing is missing if not.

Total: any bug, also one in a status that nobody knows, gets an answer, and what is not understood is not addressed.
Source: https://fedoraproject.org/wiki/QA:SOP_blocker_bug_process
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bbconsumer.domain.facts import MilestoneDates, MilestoneFacts, TicketDecision, TrackedBug
from bbconsumer.domain.nominations import ACCEPTED_STATES, ENDED_STATES, UNDECIDED_STATES, Nomination, NominationState
from bbconsumer.domain.reasons import ReasonCode
from bbconsumer.domain.snapshots import UpdateSnapshot
from bbconsumer.domain.trackers import TrackerKind
from bbconsumer.domain.updates import STABLE, is_stable_everywhere, relevant_updates, stability_gaps

VERIFIED = "VERIFIED"
DUPLICATE = "DUPLICATE"
FIXED_RESOLUTIONS = frozenset({"ERRATA", "CURRENTRELEASE", "NEXTRELEASE", "RAWHIDE"})

# The fix must be a stable update; whether the bug is verified does not matter.
UPDATE_ONLY_STATES = frozenset({NominationState.ACCEPTED_0DAY, NominationState.ACCEPTED_PREVIOUS_RELEASE})

# Somebody says that there is a fix.
_FIX_STATUSES = frozenset({"POST", "MODIFIED", "ON_QA", "RELEASE_PENDING"})

LATE_WITHIN = timedelta(days=5)


def find_gap(bug: TrackedBug, state: NominationState, facts: MilestoneFacts) -> ReasonCode | None:
    """What keeps a bug in that accepted state from being addressed; None when it is.

    Freeze exceptions are judged as if they were blockers: what is missing is the same.
    """
    target = final_bug(bug, facts)
    if target is None:
        return ReasonCode.DUPLICATE_UNKNOWN
    gap = _own_gap(target, state, facts)
    return ReasonCode.DUPLICATE_NOT_ADDRESSED if gap and target is not bug else gap


def may_be_pushed(update: UpdateSnapshot, gap: ReasonCode | None) -> bool:
    """Whether an update that is not stable yet may become so: it is tested, and so is what it fixes where that counts.

    `gap` is what the nomination that it fixes still misses.
    """
    is_fix_tested = gap is None or gap is ReasonCode.NO_STABLE_UPDATE
    return is_fix_tested and update.status != STABLE and not stability_gaps(update)


def final_bug(bug: TrackedBug, facts: MilestoneFacts) -> TrackedBug | None:
    """The bug at the end of a chain of duplicates, often the bug itself; None when the chain leads nowhere."""
    seen = {bug.id}
    while not bug.is_open and bug.resolution == DUPLICATE:
        other = None if bug.dupe_of is None else facts.bugs_by_id.get(bug.dupe_of)
        if other is None or other.id in seen:
            return None
        seen.add(other.id)
        bug = other
    return bug


def is_left_to_other(bug: TrackedBug, kind: TrackerKind, facts: MilestoneFacts) -> bool:
    """Whether a duplicate's nomination is a question about the other bug, which is nominated for the same tracker."""
    target = final_bug(bug, facts)
    if target is None or target is bug:
        return False
    other = target.nomination(facts.milestone, kind)
    return other is not None and other.state is not NominationState.WITHDRAWN


def _own_gap(bug: TrackedBug, state: NominationState, facts: MilestoneFacts) -> ReasonCode | None:
    if not bug.is_open and bug.resolution not in FIXED_RESOLUTIONS:
        return ReasonCode.CLOSED_WITHOUT_FIX
    updates = relevant_updates(bug.updates, state, facts.milestone)
    if state in UPDATE_ONLY_STATES:
        if not facts.are_updates_known:
            return ReasonCode.UPDATES_UNKNOWN
        return None if is_stable_everywhere(updates) else ReasonCode.NO_STABLE_UPDATE
    if not bug.is_open or bug.status == VERIFIED:
        return None
    if bug.status in _FIX_STATUSES:
        return _gap_after_fix(updates) if facts.are_updates_known else ReasonCode.UPDATES_UNKNOWN
    return ReasonCode.NEEDINFO if bug.needinfos else ReasonCode.NO_FIX


def _gap_after_fix(updates: tuple[UpdateSnapshot, ...]) -> ReasonCode:
    if not updates:
        return ReasonCode.NO_UPDATE
    if any(stability_gaps(update) for update in updates):
        return ReasonCode.UNTESTED_UPDATE
    return ReasonCode.NOT_VERIFIED


def find_record_gap(decision: TicketDecision, nomination: Nomination | None) -> ReasonCode | None:
    """Whether Bugzilla says what the ticket decided.

    A difference that is older than Bugzilla's own record is only a difference: Bugzilla counts. So is a rejection of
    what Bugzilla has as accepted, since it could only make the list of blockers shorter.
    """
    is_accepted = decision.outcome in ACCEPTED_STATES
    if nomination is None:
        return ReasonCode.DECISION_NOT_RECORDED if is_accepted else None
    if nomination.state is decision.outcome or (not is_accepted and nomination.state in ENDED_STATES):
        return None
    if nomination.state in UNDECIDED_STATES:
        # An older decision was about an earlier proposal.
        return None if _is_before(decision.at, nomination.proposed_at) else ReasonCode.DECISION_NOT_RECORDED
    is_superseded = _is_before(decision.at, nomination.decided_at) or not is_accepted
    return ReasonCode.RECORDS_DIFFER if is_superseded else ReasonCode.DECISION_NOT_RECORDED


def _is_before(first: datetime | None, second: datetime | None) -> bool:
    return first is not None and second is not None and first < second


def unrecorded_decision(
    bug: TrackedBug, kind: TrackerKind, facts: MilestoneFacts
) -> tuple[TicketDecision, ReasonCode] | None:
    """The ticket's decision that Bugzilla does not say, with how far that matters."""
    nomination = bug.nomination(facts.milestone, kind)
    for decision in bug.review.decisions if bug.review else ():
        if decision.kind is kind and (gap := find_record_gap(decision, nomination)):
            return decision, gap
    return None


def is_late(proposed_at: datetime | None, dates: MilestoneDates) -> bool:
    """Whether a proposal was made in the five days before the Go/No-Go meeting, to the second."""
    if proposed_at is None or dates.go_no_go_at is None:
        return False
    return timedelta() <= dates.go_no_go_at - proposed_at <= LATE_WITHIN
