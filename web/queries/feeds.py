"""What other programs read of a milestone or a release: its events, its dates, its verdict."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bbconsumer.config import Settings
from bbconsumer.db.models import MilestoneRow
from bbconsumer.domain.facts import MilestoneDates
from bbconsumer.domain.readiness import assess
from bbconsumer.domain.reasons import Severity
from bbconsumer.domain.trackers import Milestone, MilestoneName
from web.queries.facts import load_known_facts
from web.queries.freshness import load_freshness
from web.queries.navigation import load_navigation
from web.queries.timeline import Told, load_milestone_events
from web.queries.updates import age_notices_of_updates, load_updates_checked_at
from web.read_models import BugPage, UnknownMilestonePage
from web.read_models.feed import Badge, CalendarDate, Feed, ReleaseDates

# A feed is asked for again long before so much has happened.
ENTRIES = 50

_PARTS = ("freeze", "go-no-go", "target")


def feed_of_bug(page: BugPage) -> Feed:
    """What the page of a bug tells: both keep the same silence."""
    return Feed(f"Bug {page.id}: {page.summary}", page.now, page.checked_at, page.notices, page.events[:ENTRIES])


def load_milestone_feed(
    session: Session, release: str, name: str, *, now: datetime, settings: Settings
) -> Feed | UnknownMilestonePage:
    """What happened lately in a milestone: nine SELECTs at most."""
    navigation = load_navigation(session)
    milestone = navigation.find(release, name)
    if milestone is None:
        return UnknownMilestonePage(now, navigation)
    freshness = load_freshness(
        session, now=now, sync_interval_s=settings.sync_interval_s, with_votes=settings.pagure_enabled
    )
    updates_at = load_updates_checked_at(session) if settings.bodhi_enabled else None
    notices = freshness.notices
    if updates_at:
        notices += tuple(age_notices_of_updates(updates_at, now - timedelta(seconds=2 * settings.sync_interval_s)))
    told = Told(settings.pagure_enabled, updates_at is not None)
    events = load_milestone_events(session, milestone, navigation, told, limit=ENTRIES)
    return Feed(f"{milestone.title}: blocker bugs", now, freshness.checked_at, notices, events)


def load_release_dates(session: Session, release: str, *, now: datetime) -> ReleaseDates | UnknownMilestonePage:
    """The dates of all milestones of a release, also of those that are over: two SELECTs at most."""
    navigation = load_navigation(session)
    # Compared here: not everything that an address can say is a text to a database.
    if release not in {milestone.release for milestone in navigation.milestones}:
        return UnknownMilestonePage(now, navigation)
    rows = session.scalars(select(MilestoneRow).where(MilestoneRow.release == release)).all()
    dates = [date for row in rows for date in _dates(row)]
    return ReleaseDates(release, tuple(sorted(dates, key=lambda date: (date.at, date.milestone, date.part))))


def _dates(row: MilestoneRow) -> Iterator[CalendarDate]:
    milestone = Milestone(row.release, MilestoneName(row.name)).title
    by_title = MilestoneDates(row.freeze_at, row.go_no_go_at, row.target_at).by_title
    for part, (title, at) in zip(_PARTS, by_title, strict=True):
        if at:
            yield CalendarDate(row.name, part, f"{milestone}: {title}", at)


def load_badge(
    session: Session, release: str, name: str, *, now: datetime, settings: Settings
) -> Badge | UnknownMilestonePage:
    """The verdict on a milestone, as its overview has it: eleven SELECTs at most."""
    navigation = load_navigation(session)
    milestone = navigation.find(release, name)
    if milestone is None:
        return UnknownMilestonePage(now, navigation)
    facts = load_known_facts(session, milestone, settings)
    readiness = assess(facts, now)
    is_sure = not readiness.of(Severity.UNKNOWN)
    return Badge(milestone.title, readiness.verdict, is_sure, facts.last_complete_sync_at)
