"""Tells Bugzilla of a proposal, once.

What is about to be written is stored as such first, so a form that is sent twice is written once. A request whose
answer was lost is not repeated before it must be through, and then only after a look at what is there. What remains: a
process that is frozen for longer than `UNCERTAIN_S` between its intent and its request makes the request all the same,
and then the comment may be there twice.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError

from bbconsumer.commands.bug_lookup import no_such_bug
from bbconsumer.commands.proposal_plan import ProposalPlan, look_at
from bbconsumer.commands.refusal import CommandRefused, FieldsRefused, away
from bbconsumer.config import Settings
from bbconsumer.db import proposals, workqueue
from bbconsumer.db.proposals import Proposal, ProposalState
from bbconsumer.db.session import Database, database_now
from bbconsumer.domain.keys import Key, KeyKind
from bbconsumer.effects.records import UNCERTAIN_S
from bbconsumer.sources import ProposalSource, RequestRefused, SourceUnavailable, WriteUncertain
from bbconsumer.sources.bugzilla_client import NoSuchBug

_log = logging.getLogger(__name__)


class Sender:
    """Sends proposals that are stored. No transaction is open while Bugzilla is asked or told."""

    def __init__(self, database: Database, source: ProposalSource, settings: Settings) -> None:
        self._database = database
        self._source = source
        self._settings = settings

    def send(self, proposal_id: str, person: str) -> Proposal:
        """See `bbconsumer.commands.send_proposal`."""
        proposal = self._load(proposal_id, person)
        if proposal.state is ProposalState.DONE:
            return proposal
        try:
            plan = look_at(self._database, self._source, self._settings, proposal)
            if self._is_written(plan):
                return self._finish(proposal, has_cc=True)
            plan.refuse_where_blocked()
            begun_at = self._begin(proposal)
        except CommandRefused as refusal:
            return self._refused(proposal, refusal)
        return self._write(plan, begun_at)

    def _load(self, proposal_id: str, person: str) -> Proposal:
        with self._database.reading() as session:
            proposal = proposals.load_proposal(session, proposal_id, person)
        if proposal is None:
            raise CommandRefused("There is no such proposal of yours")
        return proposal

    def _is_written(self, plan: ProposalPlan) -> bool:
        """Whether Bugzilla has this very proposal: all its trackers, and its comment."""
        if len(plan.standings) < len(plan.trackers):
            return False
        try:
            return any(said.text == plan.comment for said in self._source.fetch_comments(plan.proposal.bug_id))
        except RequestRefused:
            return False
        except SourceUnavailable as error:
            raise away(error) from error

    def _begin(self, proposal: Proposal) -> datetime:
        """Note that the proposal is about to be written, and when.

        Raises:
            FieldsRefused: one about the same bug is on its way already.
        """
        try:
            with self._database.writing(is_shown=False) as session:
                now = database_now(session)
                if proposals.begin_sending(session, proposal, now=now, uncertain_s=UNCERTAIN_S):
                    return now
        except IntegrityError:
            _log.info("somebody was quicker to propose bug %d", proposal.bug_id)
        raise FieldsRefused({"bug": "Somebody is just proposing this bug: look at it again in three minutes"})

    def _refused(self, proposal: Proposal, refusal: CommandRefused) -> Proposal:
        """What became of a proposal that cannot be sent, since the same form is just sent; else raises the refusal."""
        current = self._load(proposal.id, proposal.person)
        with self._database.writing(is_shown=False) as session:
            now = database_now(session)
            if current.state is ProposalState.DONE or is_on_its_way(current, now):
                return current
            proposals.take_back_proposal(session, current.id, current.changed_at, str(refusal), now=now)
            proposals.keep_proposal(session, replace(current, answer=str(refusal), changed_at=now))
        raise refusal

    def _write(self, plan: ProposalPlan, begun_at: datetime) -> Proposal:
        proposal = plan.proposal
        tracker_ids = [tracker.id for tracker in plan.trackers]
        try:
            has_cc = self._source.propose_bug(
                proposal.bug_id, tracker_ids=tracker_ids, cc=proposal.account, comment=plan.comment
            )
        except WriteUncertain as error:
            _log.warning("the answer about a proposal of bug %d is missing: %s", proposal.bug_id, error)
            return self._look_after(proposal)
        except (SourceUnavailable, RequestRefused) as error:
            # It was not done, for certain.
            refusal = _refusal_of(error, proposal.bug_id)
            with self._database.writing(is_shown=False) as session:
                now = database_now(session)
                proposals.take_back_proposal(session, proposal.id, begun_at, str(refusal), now=now)
            raise refusal from error
        _log.info("proposed bug %d for %s", proposal.bug_id, proposal.milestone.label)
        return self._finish(proposal, has_cc=has_cc)

    def _look_after(self, proposal: Proposal) -> Proposal:
        """Look whether a change is there whose answer was lost; it may also come later."""
        with self._database.writing(is_shown=False) as session:
            workqueue.mark(session, [Key(KeyKind.BUG, proposal.bug_id)])
        try:
            plan = look_at(self._database, self._source, self._settings, proposal)
            if self._is_written(plan):
                return self._finish(proposal, has_cc=True)
        except CommandRefused as refusal:
            _log.info("nothing tells yet whether bug %d was proposed: %s", proposal.bug_id, refusal)
        return self._load(proposal.id, proposal.person)

    def _finish(self, proposal: Proposal, *, has_cc: bool) -> Proposal:
        """Note that Bugzilla has the proposal, and have the bug read at once."""
        answer = ""
        if proposal.account and not has_cc:
            answer = f"Bugzilla knows no account {proposal.account}: it was left out of CC, and all else was written"
        with self._database.writing(is_shown=False) as session:
            now = database_now(session)
            proposals.finish_proposal(session, proposal.id, answer, now=now)
            proposals.store_account(session, proposal.person, proposal.account if has_cc else "", now=now)
            workqueue.mark(session, [Key(KeyKind.BUG, proposal.bug_id)])
        return self._load(proposal.id, proposal.person)


def is_on_its_way(proposal: Proposal, now: datetime) -> bool:
    """Whether a request about a proposal may still be carried out."""
    return proposal.state is ProposalState.SENDING and proposal.changed_at + timedelta(seconds=UNCERTAIN_S) > now


def _refusal_of(error: SourceUnavailable | RequestRefused, bug_id: int) -> CommandRefused:
    if isinstance(error, SourceUnavailable):
        return away(error)
    if isinstance(error, NoSuchBug):
        return no_such_bug(bug_id)
    return FieldsRefused({"bug": f"Nothing was written. {error}"})
