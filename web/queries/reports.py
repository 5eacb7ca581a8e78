"""The texts about a milestone, as `bbconsumer.reporting` renders them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from bbconsumer.config import Settings
from bbconsumer.domain.facts import MilestoneFacts
from bbconsumer.reporting import REPORTS, Report, render_parts
from web.queries.decisions import since_last_monday, since_last_week
from web.queries.facts import load_known_facts
from web.queries.navigation import load_navigation
from web.read_models import UnknownMilestonePage
from web.read_models.milestone import ReportPage, ReportView, TextPart

# The texts that are read beside what was decided lately, with the address of those decisions.
_SINCE: Final[Mapping[str, Callable[[datetime], str]]] = {
    "meeting": since_last_monday,
    "weekly": since_last_week,
    "table": since_last_week,
}


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
    views = tuple(_view(report, facts, settings, now) for report in reports)
    since = _SINCE[report_names[0]](now) if report_names[0] in _SINCE else None
    return ReportPage(now, navigation, milestone, " and ".join(r.title for r in reports), views, since)


def _view(report: Report, facts: MilestoneFacts, settings: Settings, now: datetime) -> ReportView:
    parts = render_parts(report, facts, settings, now)
    return ReportView(report.name, report.title, tuple(TextPart(part.bug_id, part.text) for part in parts))
