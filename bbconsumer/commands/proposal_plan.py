"""What a proposal would write, by what Bugzilla tells of the bug now. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from bbconsumer.commands.bug_lookup import FoundBug, Standing, look_up_bug
from bbconsumer.commands.refusal import FieldsRefused
from bbconsumer.config import Settings
from bbconsumer.db.proposals import Proposal
from bbconsumer.db.session import Database
from bbconsumer.db.store import load_trackers
from bbconsumer.domain.proposals import proposal_comment
from bbconsumer.domain.trackers import Tracker
from bbconsumer.sources import ProposalSource


@dataclass(frozen=True, slots=True)
class ProposalPlan:
    """One change in Bugzilla: these trackers, the proposal's account on CC, this comment."""

    proposal: Proposal
    found: FoundBug
    trackers: tuple[Tracker, ...]
    comment: str

    @property
    def standings(self) -> tuple[Standing, ...]:
        """How the bug stands towards those of the trackers that it blocks already."""
        return tuple(standing for tracker in self.trackers if (standing := self.found.standing(tracker)))

    def refuse_where_blocked(self) -> None:
        """Raises: FieldsRefused: the bug blocks one of the trackers already."""
        if self.standings:
            said = "; ".join(standing.sentence for standing in self.standings)
            raise FieldsRefused({"kinds": f"{said}. See the page of bug {self.proposal.bug_id} for what became of it"})


def look_at(database: Database, source: ProposalSource, settings: Settings, proposal: Proposal) -> ProposalPlan:
    """Ask Bugzilla about the bug of a proposal that was checked.

    Raises:
        FieldsRefused: the bug cannot be proposed, or not for this milestone any more.
        BugzillaAway: Bugzilla cannot be asked.
    """
    found = look_up_bug(database, source, settings, str(proposal.bug_id))
    with database.reading() as session:
        trackers = load_proposed_trackers(session, proposal)
    if len(trackers) < len(proposal.kinds):
        raise FieldsRefused({"milestone": f"{proposal.milestone.label} is over: nothing is proposed for it any more"})
    comment = proposal_comment(
        proposal.kinds,
        proposal.milestone,
        proposal.person,
        justification=proposal.justification,
        criterion=proposal.criterion,
    )
    return ProposalPlan(proposal, found, trackers, comment)


def load_proposed_trackers(session: Session, proposal: Proposal) -> tuple[Tracker, ...]:
    """The trackers that a proposal is about, as long as its milestone is active."""
    return tuple(
        each.tracker
        for each in load_trackers(session)
        if each.is_active and each.tracker.milestone == proposal.milestone and each.tracker.kind in proposal.kinds
    )
