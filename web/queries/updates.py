"""The updates of bugs, and how far they can be trusted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from bbconsumer.db.facts import BODHI
from bbconsumer.db.models import SyncRun
from bbconsumer.db.updates import load_updates
from bbconsumer.domain.facts import MilestoneFacts
from bbconsumer.domain.snapshots import UpdateSnapshot
from web.read_models import Notice, UpdateView


@dataclass(frozen=True, slots=True)
class Updates:
    """The updates by the bugs that they name, the latest first, and when all of them were read last."""

    by_bug: Mapping[int, tuple[UpdateView, ...]]
    checked_at: datetime

    def of_bug(self, bug_id: int) -> tuple[UpdateView, ...]:
        """Those of one bug."""
        return self.by_bug.get(bug_id, ())

    def notices(self, stale_before: datetime) -> Iterator[Notice]:
        """What is wrong with them."""
        return age_notices_of_updates(self.checked_at, stale_before)


def age_notices_of_updates(checked_at: datetime, stale_before: datetime) -> Iterator[Notice]:
    """What is wrong with updates that were all read at `checked_at`. It says nothing about bugs."""
    if checked_at < stale_before:
        text = "Bugs are not concerned, but updates may have changed"
        yield Notice("Stale updates", text, checked_at, "last complete sync of the updates")


def load_updates_checked_at(session: Session) -> datetime | None:
    """When all updates were read last: one SELECT. None before the first complete sync of Bodhi."""
    complete = select(func.max(SyncRun.finished_at)).where(SyncRun.source == BODHI, SyncRun.state == "complete")
    return session.scalar(complete)


def load_update_views(session: Session, bug_ids: Collection[int] | Select[int]) -> Updates | None:
    """The updates of some bugs: two SELECTs.

    None before the first complete sync of Bodhi: that a bug has none could not be said.
    """
    checked_at = load_updates_checked_at(session)
    if checked_at is None:
        return None
    found = load_updates(session, bug_ids)
    return Updates({bug_id: tuple(map(_view, reversed(each))) for bug_id, each in found.items()}, checked_at)


def updates_in(facts: MilestoneFacts) -> Updates | None:
    """The updates among facts that are loaded already; None before the first complete sync of Bodhi."""
    checked_at = next((s.last_success_at for s in facts.sources if s.name == BODHI.capitalize()), None)
    if checked_at is None:
        return None
    return Updates({bug.id: tuple(map(_view, reversed(bug.updates))) for bug in facts.bugs}, checked_at)


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
