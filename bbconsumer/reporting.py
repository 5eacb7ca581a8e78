"""The reports about a milestone, the same text for the command line and for the web: nothing is rendered elsewhere.

Reads what is stored and the settings, and notes how verdicts change; asks no source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from sqlalchemy.orm import Session

from bbconsumer.config import Settings
from bbconsumer.db.bug_facts import select_of_milestone, select_with_duplicates
from bbconsumer.db.facts import BODHI, BUGZILLA, PAGURE, FactsScope, load_milestone_facts, load_trust
from bbconsumer.db.session import Database, database_now
from bbconsumer.db.updates import load_updates
from bbconsumer.db.verdicts import list_active_milestones, note_verdict
from bbconsumer.domain.facts import MilestoneFacts, SourceFacts
from bbconsumer.domain.readiness import assess
from bbconsumer.domain.reports.lines import Part, Sites
from bbconsumer.domain.reports.meeting import list_parts, render_meeting
from bbconsumer.domain.reports.release_engineering import render_compose_list, render_push_request
from bbconsumer.domain.reports.weekly import render_go_no_go, render_weekly_email, render_weekly_table
from bbconsumer.domain.trackers import Milestone

_Render: TypeAlias = Callable[[MilestoneFacts, Sites, datetime], str]
_ListParts: TypeAlias = Callable[[MilestoneFacts, Sites, datetime], Iterable[Part]]


@dataclass(frozen=True, slots=True)
class Report:
    """A text that people used to write by hand: its name on the command line, and what it is.

    `list_parts` gives the same text in parts, where people want some of it by itself.
    """

    name: str
    title: str
    render: _Render
    list_parts: _ListParts | None = None


def _compose(facts: MilestoneFacts, _sites: Sites, now: datetime) -> str:
    return render_compose_list(facts, now)


def _go_no_go(facts: MilestoneFacts, _sites: Sites, now: datetime) -> str:
    return render_go_no_go(facts, now)


REPORTS: Mapping[str, Report] = {
    report.name: report
    for report in (
        Report("meeting", "Meeting text", render_meeting, list_parts),
        Report("weekly", "Weekly e-mail", render_weekly_email),
        Report("table", "Weekly table", render_weekly_table),
        Report("requests", "Push request", render_push_request),
        Report("compose", "Compose list", _compose),
        Report("go-no-go", "Go/No-Go", _go_no_go),
    )
}


def load_facts(
    session: Session, milestone: Milestone, settings: Settings, bug_id: int | None = None
) -> MilestoneFacts | None:
    """All that is stored about a milestone, None for one that is not known; with `bug_id` only what concerns that bug.

    The verdict rests on Bugzilla and Bodhi, and on Pagure unless that is left alone.
    """
    # All updates that there ever were become more with each release.
    bug_ids = select_of_milestone(milestone) if bug_id is None else select_with_duplicates(bug_id)
    return load_milestone_facts(session, milestone, load_updates(session, bug_ids), _scope(settings), bug_id)


def load_sources(session: Session, settings: Settings) -> tuple[SourceFacts, ...]:
    """How fresh the sources are on which every verdict rests: two SELECTs."""
    _, _, sources = load_trust(session, _scope(settings))
    return sources


def _scope(settings: Settings) -> FactsScope:
    names = (BUGZILLA, PAGURE, BODHI) if settings.pagure_enabled else (BUGZILLA, BODHI)
    tickets_url = f"{settings.pagure_url}/{settings.pagure_repo}/issue/" if settings.pagure_enabled else None
    return FactsScope(names, timedelta(seconds=2 * settings.sync_interval_s), tickets_url, settings.votes_needed)


def note_verdicts(database: Database, settings: Settings) -> None:
    """Note how the verdicts of the active milestones changed since somebody last did so."""
    with database.reading() as session:
        now = database_now(session)
        found = [(m, load_facts(session, m, settings)) for m in list_active_milestones(session)]
    verdicts = [(milestone, assess(facts, now).verdict) for milestone, facts in found if facts]
    with database.writing() as session:
        for milestone, verdict in verdicts:
            note_verdict(session, milestone, verdict, now)


def render_report(report: Report, facts: MilestoneFacts, settings: Settings, now: datetime) -> str:
    """The text of a report, which ends with a line end."""
    return report.render(facts, _sites(settings), now)


def render_parts(report: Report, facts: MilestoneFacts, settings: Settings, now: datetime) -> tuple[Part, ...]:
    """The same text in parts; of most reports there is one part only."""
    if report.list_parts is None:
        return (Part(None, render_report(report, facts, settings, now)),)
    return tuple(report.list_parts(facts, _sites(settings), now))


def _sites(settings: Settings) -> Sites:
    return Sites(settings.bugzilla_url, settings.bodhi_url)
