"""The texts about a milestone, as `bbconsumer.reporting` renders them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bbconsumer.config import Settings
from bbconsumer.reporting import REPORTS, render_report
from web.queries.facts import load_known_facts
from web.queries.navigation import load_navigation
from web.read_models import UnknownMilestonePage
from web.read_models.milestone import ReportPage, ReportView


def load_reports(
    session: Session, release: str, name: str, report_names: Sequence[str], *, now: datetime, settings: Settings
) -> ReportPage | UnknownMilestonePage:
    """Some reports about a milestone, or the page that names the milestones that there are: eleven SELECTs."""
    navigation = load_navigation(session)
    milestone = navigation.find(release, name)
    if milestone is None:
        return UnknownMilestonePage(now, navigation)
    facts = load_known_facts(session, milestone, settings)
    reports = [REPORTS[report_name] for report_name in report_names]
    views = tuple(ReportView(r.name, r.title, render_report(r, facts, settings, now)) for r in reports)
    return ReportPage(now, navigation, milestone, " and ".join(r.title for r in reports), views)
