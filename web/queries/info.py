"""What a milestone is made of: its trackers, its dates, and how decisions about it are made."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bbconsumer.config import Settings
from bbconsumer.db.models import MilestoneRow
from bbconsumer.domain.facts import MilestoneDates
from bbconsumer.domain.trackers import TrackerKind
from web.queries.navigation import load_navigation
from web.read_models import UnknownMilestonePage
from web.read_models.dates import DateView
from web.read_models.milestone import InfoPage


def load_dates(session: Session, release: str, name: str) -> MilestoneDates:
    """The dates of a milestone that is known: one SELECT."""
    columns = MilestoneRow.freeze_at, MilestoneRow.go_no_go_at, MilestoneRow.target_at
    mine = (MilestoneRow.release == release, MilestoneRow.name == name)
    return MilestoneDates(*session.execute(select(*columns).where(*mine)).one())


def load_info(
    session: Session, release: str, name: str, *, now: datetime, settings: Settings
) -> InfoPage | UnknownMilestonePage:
    """The page of a milestone, or the one that names those that there are: two SELECTs."""
    navigation = load_navigation(session)
    milestone = navigation.find(release, name)
    if milestone is None:
        return UnknownMilestonePage(now, navigation)
    dates = load_dates(session, release, name)
    set_up = {tracker.kind for tracker in milestone.trackers}
    return InfoPage(
        now=now,
        navigation=navigation,
        milestone=milestone,
        dates=tuple(DateView(title, at) for title, at in dates.by_title),
        is_frozen=dates.is_frozen(now),
        missing_trackers=tuple(kind.label for kind in TrackerKind if kind not in set_up),
        votes_needed=settings.votes_needed if settings.pagure_enabled else None,
        are_decisions_written=settings.decisions_write_back and settings.pagure_enabled and milestone.is_active,
    )
