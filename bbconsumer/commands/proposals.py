"""Proposing a bug: what would be written is planned and shown, then Bugzilla is told in one change.

The web makes that request itself, since a person waits for its answer. Nothing that a person wrote is lost: it is
stored before Bugzilla is asked, and kept when Bugzilla cannot be told.
"""

from __future__ import annotations

import time
from dataclasses import replace

from sqlalchemy import func, select

from bbconsumer.commands.proposal_form import ProposalForm, check_form
from bbconsumer.commands.proposal_plan import ProposalPlan, load_proposed_trackers, look_at
from bbconsumer.commands.proposal_sending import Sender
from bbconsumer.commands.refusal import BugzillaAway, CommandRefused, FieldsRefused
from bbconsumer.config import Settings
from bbconsumer.db import proposals
from bbconsumer.db.milestones import load_milestones
from bbconsumer.db.models import NominationRow
from bbconsumer.db.proposals import Proposal
from bbconsumer.db.session import Database, database_now
from bbconsumer.sources import ProposalSource

_POLL_S = 0.1


def plan_proposal(database: Database, source: ProposalSource, settings: Settings, form: ProposalForm) -> ProposalPlan:
    """What sending a form would write; writes nothing to Bugzilla.

    Raises:
        FieldsRefused: something in the form has to be changed.
        BugzillaAway: Bugzilla cannot be asked; the form is kept, and its person finds it again under its id.
        CommandRefused: nobody can propose anything here.
    """
    proposal = _checked(database, settings, form)
    try:
        plan = look_at(database, source, settings, proposal)
    except BugzillaAway as refusal:
        _keep(database, replace(proposal, answer=str(refusal)))
        raise
    plan.refuse_where_blocked()
    return plan


def propose(database: Database, source: ProposalSource, settings: Settings, form: ProposalForm) -> Proposal:
    """Keep a form and send it; gives back what became of it. One that was sent before is not sent again.

    Raises: as `plan_proposal`; the form is kept, unless another one was sent under its id before.
    """
    proposal = _checked(database, settings, form)
    _keep(database, proposal)
    return send_proposal(database, source, settings, proposal.id, proposal.person)


def send_proposal(
    database: Database, source: ProposalSource, settings: Settings, proposal_id: str, person: str
) -> Proposal:
    """Send a proposal that is kept, or look after one whose answer is missing; gives back what became of it.

    Raises:
        FieldsRefused: the bug cannot be proposed so (any more).
        BugzillaAway: Bugzilla cannot be told now.
        CommandRefused: there is no such proposal of this person, or nobody can propose anything here.
    """
    _refuse_where_closed(settings)
    return Sender(database, source, settings).send(proposal_id, person)


def discard_proposal(database: Database, proposal_id: str, person: str) -> None:
    """Forget a proposal of which Bugzilla knows nothing.

    Raises:
        CommandRefused: this person has none such.
    """
    with database.writing(is_shown=False) as session:
        if not proposals.discard_proposal(session, proposal_id, person):
            raise CommandRefused("There is nothing to discard: it was sent, or discarded before")


def wait_until_read(database: Database, proposal: Proposal, *, patience_s: float) -> bool:
    """Wait until what was proposed is on our own pages, but not for longer; gives back whether it is."""
    deadline = time.monotonic() + patience_s
    while not (is_read := _is_read(database, proposal)) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    return is_read


def _refuse_where_closed(settings: Settings) -> None:
    if reason := settings.proposals_problem:
        raise CommandRefused(f"Nothing can be proposed here: {reason}")


def _checked(database: Database, settings: Settings, form: ProposalForm) -> Proposal:
    _refuse_where_closed(settings)
    with database.reading() as session:
        return check_form(form, load_milestones(session), settings, database_now(session))


def _keep(database: Database, proposal: Proposal) -> None:
    """Store what a person wrote.

    Raises:
        FieldsRefused: the form was sent before, and something else stood in it: that would be lost.
    """
    with database.writing(is_shown=False) as session:
        if proposals.keep_proposal(session, proposal):
            return
        sent = proposals.load_proposal(session, proposal.id, proposal.person)
    if sent is None:
        raise FieldsRefused({"id": "This form is not one of ours: send it once more"})
    if not sent.says_the_same_as(proposal):
        raise FieldsRefused(
            {"id": f"This form was sent before, about bug {sent.bug_id}. What you wrote since is not sent: send it now"}
        )


def _is_read(database: Database, proposal: Proposal) -> bool:
    with database.reading() as session:
        wanted = [tracker.id for tracker in load_proposed_trackers(session, proposal)]
        stored = select(func.count()).where(
            NominationRow.bug_id == proposal.bug_id,
            NominationRow.tracker_id.in_(wanted),
            NominationRow.ended_at.is_(None),
        )
        return session.scalars(stored).one() == len(wanted)
