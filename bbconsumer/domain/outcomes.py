"""Which decisions about a milestone stand, where each was made, and whether Bugzilla says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bbconsumer.domain.assessment import find_record_gap
from bbconsumer.domain.facts import MilestoneFacts, TicketDecision, TrackedBug
from bbconsumer.domain.nominations import ACCEPTED_STATES, ENDED_STATES, Nomination, NominationState
from bbconsumer.domain.trackers import TrackerKind

DECIDED_STATES = ACCEPTED_STATES | {NominationState.REJECTED}


@dataclass(frozen=True, slots=True)
class StandingDecision:
    """A decision about one bug. At least one of its two sides is there.

    `agreed` is what the review ticket says of it, None for one that was not made there; `recorded` is the nomination in
    which Bugzilla says the same, None while it does not.
    """

    bug: TrackedBug
    kind: TrackerKind
    agreed: TicketDecision | None
    recorded: Nomination | None

    @property
    def outcome(self) -> NominationState:
        """One of the accepted states, or rejected."""
        return self._made.outcome if isinstance(self._made, TicketDecision) else self._made.state

    @property
    def at(self) -> datetime | None:
        """When it was made, as far as that is known: in the ticket, else when it was recorded."""
        return self._made.at if isinstance(self._made, TicketDecision) else self._made.decided_at

    @property
    def by(self) -> str:
        """The account of whoever made it; empty when unknown."""
        return self._made.by if isinstance(self._made, TicketDecision) else self._made.decided_by

    @property
    def _made(self) -> TicketDecision | Nomination:
        made = self.agreed or self.recorded
        if made is None:
            raise ValueError(f"nobody decided about bug {self.bug.id}")
        return made


def list_decisions(facts: MilestoneFacts) -> tuple[StandingDecision, ...]:
    """The decisions that stand, by kind and bug: what was decided otherwise since, or about a nomination that ended
    before the present one, is not among them."""
    return tuple(decision for kind in TrackerKind for bug in facts.bugs for decision in _of_bug(bug, kind, facts))


def _of_bug(bug: TrackedBug, kind: TrackerKind, facts: MilestoneFacts) -> Iterator[StandingDecision]:
    nomination = bug.nomination(facts.milestone, kind)
    recorded = nomination if nomination and nomination.state in DECIDED_STATES else None
    for agreed in bug.review.decisions if bug.review else ():
        if agreed.kind is not kind:
            continue
        if find_record_gap(agreed, nomination):
            yield StandingDecision(bug, kind, agreed, None)
        elif nomination and (recorded or nomination.state in ENDED_STATES):
            yield StandingDecision(bug, kind, agreed, nomination)
            recorded = None
    if recorded:
        yield StandingDecision(bug, kind, None, recorded)
