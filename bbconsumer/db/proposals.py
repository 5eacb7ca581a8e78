"""What people propose through the form: kept, sent, answered. Rows stay, as the record of who proposed what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from bbconsumer.db.models import BugzillaAccountRow, ProposalRow
from bbconsumer.db.session import upsert
from bbconsumer.domain.trackers import Milestone, MilestoneName, TrackerKind


class ProposalState(StrEnum):
    """How far a proposal came."""

    KEPT = "kept"  # Bugzilla knows nothing of it
    SENDING = "sending"  # about to be written, or written and not answered
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Proposal:
    """One form of one person. `account`: whom to put on CC, empty for nobody; `answer`: what came of it, for people."""

    id: str
    person: str
    bug_id: int
    milestone: Milestone
    kinds: frozenset[TrackerKind]
    criterion: str
    justification: str
    account: str
    created_at: datetime
    changed_at: datetime
    state: ProposalState = ProposalState.KEPT
    answer: str = ""

    def says_the_same_as(self, other: Proposal) -> bool:
        """Whether two forms would lead to the same change in Bugzilla."""
        return self._told() == other._told()

    def _told(self) -> tuple[object, ...]:
        texts = self.criterion, self.justification, self.account
        return self.bug_id, self.milestone, self.kinds, *texts


def load_proposal(session: Session, proposal_id: str, person: str) -> Proposal | None:
    """A person's own proposal; None for one that is not there, or is somebody else's."""
    mine = ProposalRow.id == proposal_id, ProposalRow.person == person
    row = session.scalars(select(ProposalRow).where(*mine)).one_or_none()
    return _proposal(row) if row else None


def list_proposals(session: Session, person: str, *, limit: int) -> tuple[Proposal, ...]:
    """A person's own proposals, the latest first."""
    mine = select(ProposalRow).where(ProposalRow.person == person)
    rows = session.scalars(mine.order_by(ProposalRow.changed_at.desc(), ProposalRow.id).limit(limit))
    return tuple(map(_proposal, rows))


def count_kept(session: Session, person: str) -> int:
    """How many forms of a person are kept, of which Bugzilla knows nothing."""
    mine = ProposalRow.person == person, ProposalRow.state == ProposalState.KEPT
    return session.scalars(select(func.count()).where(*mine)).one()


def keep_proposal(session: Session, proposal: Proposal) -> bool:
    """Store a proposal as kept; False, and nothing is stored, when it was sent already or is somebody else's."""
    texts = {
        "bug_id": proposal.bug_id,
        "release": proposal.milestone.release,
        "milestone": proposal.milestone.name,
        "kinds": sorted(proposal.kinds),
        "criterion": proposal.criterion,
        "justification": proposal.justification,
        "account": proposal.account,
        "answer": proposal.answer,
        "changed_at": proposal.changed_at,
    }
    insert = upsert(session, ProposalRow).values(
        id=proposal.id, person=proposal.person, state=ProposalState.KEPT, created_at=proposal.created_at, **texts
    )
    statement = insert.on_conflict_do_update(
        index_elements=["id"],
        set_=texts,
        where=(ProposalRow.person == proposal.person) & (ProposalRow.state == ProposalState.KEPT),
    )
    return session.execute(statement).rowcount > 0  # type: ignore[attr-defined,no-any-return]


def begin_sending(session: Session, proposal: Proposal, *, now: datetime, uncertain_s: float) -> bool:
    """Note that a kept proposal is about to be written; False when somebody is just writing one about the same bug.

    One whose answer has been missing for longer than `uncertain_s` is kept again: it must be through, and whoever
    sends it again looks first.

    Raises:
        sqlalchemy.exc.IntegrityError: somebody else was quicker.
    """
    about_it = ProposalRow.bug_id == proposal.bug_id, ProposalRow.state == ProposalState.SENDING
    for other in session.scalars(select(ProposalRow).where(*about_it).with_for_update()):
        if other.changed_at + timedelta(seconds=uncertain_s) > now:
            return False
        other.state = ProposalState.KEPT
    session.flush()
    mine = update(ProposalRow).where(ProposalRow.id == proposal.id, ProposalRow.state == ProposalState.KEPT)
    changed = session.execute(
        mine.values(state=ProposalState.SENDING, changed_at=now, answer=""),
        execution_options={"synchronize_session": False},
    )
    return changed.rowcount > 0  # type: ignore[attr-defined,no-any-return]


def finish_proposal(session: Session, proposal_id: str, answer: str, *, now: datetime) -> None:
    """Note that Bugzilla has a proposal."""
    mine = update(ProposalRow).where(ProposalRow.id == proposal_id, ProposalRow.state != ProposalState.DONE)
    session.execute(mine.values(state=ProposalState.DONE, answer=answer, changed_at=now))


def take_back_proposal(session: Session, proposal_id: str, begun_at: datetime, answer: str, *, now: datetime) -> None:
    """Note that the sending that was begun at that time wrote nothing, unless another one was begun since."""
    mine = ProposalRow.id == proposal_id, ProposalRow.state == ProposalState.SENDING, ProposalRow.changed_at == begun_at
    session.execute(update(ProposalRow).where(*mine).values(state=ProposalState.KEPT, answer=answer, changed_at=now))


def discard_proposal(session: Session, proposal_id: str, person: str) -> bool:
    """Forget a kept proposal of a person; False when there is none."""
    mine = ProposalRow.id == proposal_id, ProposalRow.person == person, ProposalRow.state == ProposalState.KEPT
    return session.execute(delete(ProposalRow).where(*mine)).rowcount > 0  # type: ignore[attr-defined,no-any-return]


def load_account(session: Session, person: str) -> str:
    """The account at Bugzilla that a person named, empty when none."""
    return session.scalar(select(BugzillaAccountRow.account).where(BugzillaAccountRow.person == person)) or ""


def store_account(session: Session, person: str, account: str, *, now: datetime) -> None:
    """Remember a person's account at Bugzilla; an empty one is forgotten."""
    if not account:
        session.execute(delete(BugzillaAccountRow).where(BugzillaAccountRow.person == person))
        return
    values = {"account": account, "confirmed_at": now}
    insert = upsert(session, BugzillaAccountRow).values(person=person, **values)
    session.execute(insert.on_conflict_do_update(index_elements=["person"], set_=values))


def _proposal(row: ProposalRow) -> Proposal:
    return Proposal(
        id=row.id,
        person=row.person,
        bug_id=row.bug_id,
        milestone=Milestone(row.release, MilestoneName(row.milestone)),
        kinds=frozenset(map(TrackerKind, row.kinds)),
        criterion=row.criterion,
        justification=row.justification,
        account=row.account,
        created_at=row.created_at,
        changed_at=row.changed_at,
        state=ProposalState(row.state),
        answer=row.answer,
    )
