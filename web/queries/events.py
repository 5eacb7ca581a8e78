"""The change feed as programs read it: everything that happened and may be known, in the order of its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bbconsumer.config import Settings
from bbconsumer.db.events import load_last_event_number
from bbconsumer.db.models import BugRow, EventRow
from bbconsumer.domain.keys import KeyKind
from web.queries.milestones import load_sourced_freshness
from web.queries.namings import Namings, load_namings_of
from web.queries.navigation import load_navigation
from web.queries.timeline import EventLine, Teller, Told, select_events
from web.queries.updates import load_updates_checked_at
from web.read_models.feed import ChangeFeed


def load_change_feed(session: Session, since: int, limit: int, *, now: datetime, settings: Settings) -> ChangeFeed:
    """What has a number after `since`, of at most so many numbers: thirteen SELECTs at most.

    Numbers become visible in order, so who goes on with `next_since` meets each event that may be told. Those that
    may not are left out, so that there may be fewer, and none at all though there is more.
    """
    are_updates_known = settings.bodhi_enabled and load_updates_checked_at(session) is not None
    of = Told(settings.pagure_enabled, are_updates_known)
    wanted = select_events().where(EventRow.seq > since).order_by(EventRow.seq).limit(limit + 1)
    found: Sequence[EventLine] = session.execute(wanted).all()
    rows = found[:limit]
    told = [row for row in rows if _is_told(row, of)]
    namings = load_namings_of(session, {row.object_id for row in told if row.object_kind == KeyKind.UPDATE})
    summaries = _load_summaries(session, told, namings)
    teller = Teller(summaries, load_navigation(session), namings)
    views = (teller.view(row) for row in told if _is_public(row, teller))
    return ChangeFeed(
        freshness=load_sourced_freshness(session, now=now, settings=settings),
        events=tuple(view for view in views if view),
        next_since=rows[-1].seq if rows else since,
        has_more=len(found) > limit,
        last=load_last_event_number(session),
    )


def _is_told(row: EventLine, told: Told) -> bool:
    match row.object_kind:
        case KeyKind.TICKET:
            return told.tickets and row.absence is None
        case KeyKind.UPDATE:
            return told.updates
    return True


def _is_public(row: EventLine, teller: Teller) -> bool:
    """Whether there is a bug on whose page it may stand. Which it was of an update's, the teller finds out."""
    match row.object_kind:
        case KeyKind.BUG:
            return row.object_id in teller.summaries
        case KeyKind.TICKET:
            return row.bug_id in teller.summaries
        case KeyKind.UPDATE:
            return row.object_id in teller.namings.alias_by_id
    return True


def _load_summaries(session: Session, rows: Iterable[EventLine], namings: Namings) -> dict[int, str]:
    bug_ids = {row.object_id if row.object_kind == KeyKind.BUG else row.bug_id for row in rows} - {None}
    bug_ids.update(bug_id for spans in namings.spans_by_id.values() for bug_id in spans)
    is_public = BugRow.id.in_(bug_ids), BugRow.absence.is_(None)
    return dict(session.execute(select(BugRow.id, BugRow.summary).where(*is_public)).all())
