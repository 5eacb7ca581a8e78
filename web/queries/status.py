"""What operators and doubters look at."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bbconsumer.config import Settings
from bbconsumer.status import load_service_status
from web.queries.navigation import load_navigation
from web.read_models import StatusPage


def load_status(session: Session, *, now: datetime, settings: Settings) -> StatusPage:
    """The status page: seven SELECTs, and those that find out the schema's revision."""
    return StatusPage(now, load_navigation(session), load_service_status(session, settings, now))
