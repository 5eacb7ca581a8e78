"""What somebody proposed. Each of these asks for one person's own and nobody else's."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bbconsumer import commands
from bbconsumer.db import proposals
from bbconsumer.db.proposals import Proposal, ProposalState
from bbconsumer.domain.proposals import proposal_comment
from bbconsumer.domain.trackers import TrackerKind
from web.queries.navigation import load_navigation
from web.read_models.propose import MyProposalsPage, ProposalView

MOST_PROPOSALS = 100


def load_my_proposals(session: Session, person: str, *, now: datetime) -> MyProposalsPage:
    """A person's own proposals, the latest first: two SELECTs."""
    mine = proposals.list_proposals(session, person, limit=MOST_PROPOSALS)
    views = tuple(view_of(proposal, now) for proposal in mine)
    return MyProposalsPage(now, load_navigation(session), views, MOST_PROPOSALS)


def view_of(proposal: Proposal, now: datetime) -> ProposalView:
    """A proposal as its person sees it. `now` is exact: what may still be under way is a matter of seconds."""
    # All that is told of one that was written: that Bugzilla does not know the account.
    was_left_out = proposal.state is ProposalState.DONE and proposal.answer
    kinds = " and ".join(kind.label for kind in TrackerKind if kind in proposal.kinds)
    comment = proposal_comment(
        proposal.kinds,
        proposal.milestone,
        proposal.person,
        justification=proposal.justification,
        criterion=proposal.criterion,
    )
    return ProposalView(
        id=proposal.id,
        bug_id=proposal.bug_id,
        title=f"{kinds} for {proposal.milestone.label}",
        release=proposal.milestone.release,
        milestone=proposal.milestone.name,
        comment=comment,
        account="" if was_left_out else proposal.account,
        state=proposal.state,
        answer=proposal.answer,
        changed_at=proposal.changed_at,
        can_be_sent=proposal.state is not ProposalState.DONE and not commands.is_on_its_way(proposal, now),
    )
