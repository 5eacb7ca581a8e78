"""Why bugs were proposed, as it was read from Bugzilla's comments for the review tickets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bbconsumer.db.models import DiscussionRow
from bbconsumer.db.session import upsert


def name_proposals(proposals: Iterable[tuple[int, datetime | None]]) -> str:
    """Names proposals, each by its tracker and the time at which it was made: a later one has another name."""
    return " ".join(f"{tracker_id}@{at or 'unknown'}" for tracker_id, at in proposals)


def remember_proposals(session: Session, bug_id: int, proposals: Mapping[str, str], proposals_of: str) -> None:
    """Keep why a bug was proposed, for the proposals so named."""
    values = {"proposals": dict(proposals), "proposals_of": proposals_of}
    insert = upsert(session, DiscussionRow).values(bug_id=bug_id, intended_at=None, **values)
    session.execute(insert.on_conflict_do_update(index_elements=["bug_id"], set_=values))


def forget_proposals(session: Session, bug_ids: Collection[int]) -> None:
    """Forget why bugs were proposed."""
    if bug_ids:
        remembered = update(DiscussionRow).where(DiscussionRow.bug_id.in_(sorted(bug_ids)))
        session.execute(
            remembered.values(proposals={}, proposals_of=""), execution_options={"synchronize_session": False}
        )


def load_justifications(
    session: Session, bug_id: int, proposals: Iterable[tuple[int, datetime | None]]
) -> Mapping[int, str]:
    """What the proposers of a bug gave as their reasons, by tracker, of those of the proposals for which it was read.

    Empty texts say that no reason was found among the comments.
    """
    columns = DiscussionRow.proposals, DiscussionRow.proposals_of
    row = session.execute(select(*columns).where(DiscussionRow.bug_id == bug_id)).one_or_none()
    if row is None:
        return {}
    read = f" {row.proposals_of} "
    return {
        tracker_id: row.proposals.get(str(tracker_id), "")
        for tracker_id, at in proposals
        if f" {name_proposals([(tracker_id, at)])} " in read
    }
