"""The small world with a service that may write to its Bugzilla, and forms that people send."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bbconsumer import commands
from bbconsumer.commands import ProposalForm, new_form_id
from bbconsumer.config import Secret
from bbconsumer.db.models import ProposalRow
from bbconsumer.db.proposals import Proposal, ProposalState, list_proposals, load_account
from bbconsumer.domain.trackers import TrackerKind
from bbconsumer.simulator.cast import SERVICE_KEY
from bbconsumer.sources.bugzilla import BugzillaSource
from bbconsumer.wiring import build_form_source
from tests.flow.world import World, build_world

BLOCKER, EXCEPTION = TrackerKind.BLOCKER, TrackerKind.FREEZE_EXCEPTION
KEPT, SENDING, DONE = ProposalState.KEPT, ProposalState.SENDING, ProposalState.DONE
ALICE = "alice@example.test"


class ProposalWorld:
    """`bugs` is the world without forms."""

    def __init__(self, bugs: World) -> None:
        self.bugs = bugs

    def source(self) -> BugzillaSource:
        """What the web would ask and tell Bugzilla with."""
        return build_form_source(self.bugs.settings)

    def form(self, bug: object, **fields: Any) -> ProposalForm:
        """A form about a bug in which nothing has to be changed."""
        plain = ProposalForm(
            new_form_id(), "alice", str(bug), "45-beta", (BLOCKER,), "Must boot", "It does not boot.\nAnywhere."
        )
        return replace(plain, **fields)

    def propose(self, form: ProposalForm) -> Proposal:
        """Send a form."""
        return commands.propose(self.bugs.database, self.source(), self.bugs.settings, form)

    def send(self, proposal_id: str, person: str = "alice") -> Proposal:
        """Send what is kept."""
        return commands.send_proposal(self.bugs.database, self.source(), self.bugs.settings, proposal_id, person)

    def kept(self, person: str = "alice") -> tuple[Proposal, ...]:
        """All that is stored of a person."""
        with self.bugs.database.reading() as session:
            return list_proposals(session, person, limit=100)

    def account(self, person: str = "alice") -> str:
        """The account that is remembered of a person."""
        with self.bugs.database.reading() as session:
            return load_account(session, person)

    def said(self, bug_id: int) -> list[str]:
        """The proposals among the comments on a bug."""
        return [c.text for c in self.source().fetch_comments(bug_id) if c.text.startswith("Proposed as a")]

    def blocks(self, bug_id: int) -> set[int]:
        """The bugs that a bug blocks, in Bugzilla."""
        return set(self.bugs.bugzilla.state.bug(bug_id).blocks)

    def fail(self, paths: str, **failure: Any) -> None:
        """Let Bugzilla fail from now on."""
        self.bugs.bugzilla.switches.update({"paths": paths, "fail": failure})

    def let_requests_be_old(self) -> None:
        """Let every request have been made long ago."""
        with self.bugs.database.writing() as session:
            for row in session.scalars(select(ProposalRow)):
                row.changed_at -= timedelta(hours=1)


@contextmanager
def build_proposal_world(database_url: str, **settings: Any) -> Iterator[ProposalWorld]:
    """A service that may write."""
    plain: dict[str, Any] = {"proposals_enabled": True, "bugzilla_api_key": Secret(SERVICE_KEY)}
    with build_world(database_url, **{**plain, **settings}) as bugs:
        yield ProposalWorld(bugs)
