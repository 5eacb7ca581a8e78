"""The updates of bugs."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from bbconsumer.db.models import SyncRun
from bbconsumer.db.updates import load_updates
from bbconsumer.domain.snapshots import UpdateSnapshot
from web.queries.freshness import BODHI
from web.read_models import UpdateView


def load_update_views(
    session: Session, bug_ids: Collection[int] | Select[int]
) -> Mapping[int, tuple[UpdateView, ...]] | None:
    """The updates by the bugs that they name, the latest first: two SELECTs.

    None before the first complete sync of Bodhi: that a bug has none could not be said.
    """
    complete = select(exists().where(SyncRun.source == BODHI, SyncRun.state == "complete"))
    if not session.scalar(complete):
        return None
    found = load_updates(session, bug_ids)
    return {bug_id: tuple(map(_view, reversed(updates))) for bug_id, updates in found.items()}


def _view(update: UpdateSnapshot) -> UpdateView:
    return UpdateView(
        alias=update.alias,
        release=update.release,
        title=update.title,
        status=update.status,
        request=update.request,
        karma=update.karma,
        karma_needed=update.stable_karma,
    )
