"""Which decisions stand: what the ticket and Bugzilla each say, as one row where they agree."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from bbconsumer.domain.facts import ReviewFacts, TicketDecision, TrackedBug
from bbconsumer.domain.nominations import NominationState
from bbconsumer.domain.outcomes import list_decisions
from tests.domain.factories import BETA_FE, BOB, CAROL
from tests.domain.milestones import (
    ACCEPTED,
    BLOCKER,
    CONTRADICTORY,
    FE,
    PROPOSED,
    REJECTED,
    WITHDRAWN,
    ZERO_DAY,
    day,
    facts,
    nomination,
    tracked,
)

AGREED = TicketDecision(BLOCKER, ACCEPTED, day(6), CAROL)
DENIED = TicketDecision(BLOCKER, REJECTED, day(6), CAROL)


@dataclass(frozen=True)
class Case:
    """A bug and its decisions: outcome, day, who, whether it was made in the ticket, whether Bugzilla says so."""

    rule: str
    bug: TrackedBug
    expected: list[tuple[NominationState, int | None, str, bool, bool]]


def in_state(state: NominationState | None, *agreed: TicketDecision, **changes: Any) -> TrackedBug:
    nominations = () if state is None else (nomination(state, **({"decided_by": BOB} | changes)),)
    return tracked(None, nominations=nominations, review=ReviewFacts("a ticket", decisions=agreed))


CASES = [
    Case("nothing is decided", in_state(PROPOSED), []),
    Case("words that contradict each other decide nothing", in_state(CONTRADICTORY), []),
    Case("a withdrawal is no decision", in_state(WITHDRAWN), []),
    Case("accepted in Bugzilla only", in_state(ACCEPTED), [(ACCEPTED, 7, BOB, False, True)]),
    Case("rejected in Bugzilla only", in_state(REJECTED), [(REJECTED, 7, BOB, False, True)]),
    Case("at an unknown time", in_state(ACCEPTED, decided_at=None), [(ACCEPTED, None, BOB, False, True)]),
    Case("agreed, not recorded", in_state(PROPOSED, AGREED), [(ACCEPTED, 6, CAROL, True, False)]),
    Case("agreed and recorded is one decision", in_state(ACCEPTED, AGREED), [(ACCEPTED, 6, CAROL, True, True)]),
    Case("rejected and recorded", in_state(REJECTED, DENIED), [(REJECTED, 6, CAROL, True, True)]),
    Case("rejected, and the tracker taken away", in_state(WITHDRAWN, DENIED), [(REJECTED, 6, CAROL, True, True)]),
    Case("Bugzilla says another thing", in_state(ZERO_DAY, replace(AGREED, at=day(8))),
         [(ACCEPTED, 8, CAROL, True, False), (ZERO_DAY, 7, BOB, False, True)]),
    Case("about an earlier proposal", in_state(PROPOSED, replace(AGREED, at=day(2))), []),
    Case("accepted before it was nominated", in_state(None, AGREED), [(ACCEPTED, 6, CAROL, True, False)]),
    Case("a rejection of what nobody proposed", in_state(None, DENIED), []),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_which_decisions_stand(case: Case) -> None:
    found = list_decisions(facts(case.bug))
    told = [(d.outcome, d.at.day if d.at else None, d.by, d.agreed is not None, d.recorded is not None) for d in found]
    assert told == case.expected


def test_a_blocker_and_its_freeze_exception_are_decided_each_by_itself() -> None:
    bug = replace(
        in_state(REJECTED, DENIED, TicketDecision(FE, ACCEPTED, day(6), CAROL)),
        nominations=(nomination(REJECTED), nomination(ACCEPTED, BETA_FE)),
    )
    assert [(d.kind, d.outcome) for d in list_decisions(facts(bug))] == [(BLOCKER, REJECTED), (FE, ACCEPTED)]
