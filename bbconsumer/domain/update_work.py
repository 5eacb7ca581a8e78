"""Says of each update that fixes a bug of a milestone what keeps it from being stable, and whether it must be tested.

Pure. What keeps the *bug* from being addressed is another question: `assessment` answers it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bbconsumer.domain.assessment import VERIFIED, final_bug, find_gap
from bbconsumer.domain.facts import MilestoneFacts, TrackedBug
from bbconsumer.domain.nominations import ACCEPTED_STATES, ENDED_STATES, Nomination
from bbconsumer.domain.reasons import ReasonCode
from bbconsumer.domain.snapshots import UpdateSnapshot
from bbconsumer.domain.trackers import TrackerKind
from bbconsumer.domain.updates import STABLE, relevant_updates, stability_gaps


@dataclass(frozen=True, slots=True)
class Fix:
    """A nominated bug that an update says to fix, itself or as a duplicate."""

    bug: TrackedBug
    nomination: Nomination

    @property
    def is_accepted(self) -> bool:
        """Whether the bug may be fixed in a freeze."""
        return self.nomination.state in ACCEPTED_STATES


@dataclass(frozen=True, slots=True)
class UpdateWork:
    """An update, what it fixes, and what it still needs, as parts of a sentence about it; nothing when it is stable."""

    update: UpdateSnapshot
    fixes: tuple[Fix, ...]
    missing: tuple[str, ...]
    needs_testing: bool


def list_update_work(facts: MilestoneFacts, now: datetime) -> tuple[UpdateWork, ...]:
    """The live and the stable updates that fix bugs which are nominated for the milestone, the oldest first."""
    updates: dict[str, UpdateSnapshot] = {}
    fixes: dict[str, list[Fix]] = {}
    for fix, update in _fixes(facts):
        updates[update.alias] = update
        fixes.setdefault(update.alias, []).append(fix)
    found = (_work(update, tuple(fixes[alias]), facts, now) for alias, update in updates.items())
    return tuple(sorted(found, key=lambda work: (work.update.submitted_at, work.update.alias)))


def _fixes(facts: MilestoneFacts) -> Iterator[tuple[Fix, UpdateSnapshot]]:
    for kind in TrackerKind:
        for bug, nomination in facts.nominations(kind):
            if nomination.state in ENDED_STATES:
                continue
            target = final_bug(bug, facts) or bug
            for update in relevant_updates(target.updates, nomination.state, facts.milestone):
                yield Fix(bug, nomination), update


def _work(update: UpdateSnapshot, fixes: tuple[Fix, ...], facts: MilestoneFacts, now: datetime) -> UpdateWork:
    if update.status == STABLE:
        return UpdateWork(update, fixes, (), needs_testing=False)
    gaps = stability_gaps(update)
    unfinished = {bug.id: bug for fix in fixes if (bug := _unfinished_bug(fix, facts))}
    missing = [*gaps, *(f"bug {bug_id} is {bug.state}, not {VERIFIED}" for bug_id, bug in sorted(unfinished.items()))]
    if _is_frozen_out(update, fixes, facts, now):
        missing.append("fixes nothing that is accepted, and only such updates become stable in the freeze")
    if not missing:
        missing.append("waits to be pushed" if update.request == STABLE else "nobody has requested its push to stable")
    return UpdateWork(
        update, fixes, tuple(missing), needs_testing=bool(gaps or any(bug.is_open for bug in unfinished.values()))
    )


def _unfinished_bug(fix: Fix, facts: MilestoneFacts) -> TrackedBug | None:
    """The bug, or that of which it is a duplicate, when its own state keeps its updates from being pushed."""
    bug = final_bug(fix.bug, facts)
    if bug is None or not fix.is_accepted:
        return None
    return None if find_gap(bug, fix.nomination.state, facts) in {None, ReasonCode.NO_STABLE_UPDATE} else bug


def _is_frozen_out(update: UpdateSnapshot, fixes: tuple[Fix, ...], facts: MilestoneFacts, now: datetime) -> bool:
    is_of_release = update.release == f"F{facts.milestone.release}"
    return is_of_release and facts.dates.is_frozen(now) and not any(fix.is_accepted for fix in fixes)
