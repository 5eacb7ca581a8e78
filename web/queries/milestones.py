"""All milestones, and how far what is known of them can be trusted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bbconsumer.config import Settings
from bbconsumer.reporting import load_sources
from web.queries.freshness import load_freshness, with_sources
from web.queries.navigation import load_navigation
from web.read_models import Freshness, Navigation


def load_milestones(session: Session, *, now: datetime, settings: Settings) -> tuple[Navigation, Freshness]:
    """The milestones, and how fresh everything is: five SELECTs."""
    return load_navigation(session), load_sourced_freshness(session, now=now, settings=settings)


def load_sourced_freshness(session: Session, *, now: datetime, settings: Settings) -> Freshness:
    """How fresh everything is, with each source on which verdicts rest: four SELECTs."""
    has_votes = settings.pagure_enabled
    freshness = load_freshness(session, now=now, sync_interval_s=settings.sync_interval_s, with_votes=has_votes)
    return with_sources(freshness, load_sources(session, settings), now)
