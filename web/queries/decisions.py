"""The decisions about one milestone that stand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bbconsumer.config import Settings
from bbconsumer.domain.nominations import nomination_title
from bbconsumer.domain.outcomes import StandingDecision, list_decisions
from bbconsumer.domain.reports.weekly import LATELY
from web.lists import ListQuery
from web.lists.decisions import DECISIONS, SINCE, day
from web.lists.query import only
from web.lists.view import view_list
from web.queries.facts import load_known_facts
from web.queries.freshness import load_freshness, of_milestone, with_sources
from web.queries.navigation import load_navigation
from web.read_models import UnknownMilestonePage
from web.read_models.decisions import DecisionLine, DecisionsPage, Period


def load_decisions(
    session: Session, release: str, name: str, *, now: datetime, settings: Settings, query: ListQuery
) -> DecisionsPage | UnknownMilestonePage:
    """The page of a milestone's decisions, or the one that names the milestones that there are: thirteen SELECTs."""
    navigation = load_navigation(session)
    milestone = navigation.find(release, name)
    if milestone is None:
        return UnknownMilestonePage(now, navigation)
    facts = load_known_facts(session, milestone, settings)
    freshness = with_sources(
        load_freshness(session, now=now, sync_interval_s=settings.sync_interval_s, with_votes=settings.pagure_enabled),
        facts.sources,
        now,
    )
    lines = sorted(map(_line, list_decisions(facts)), key=_latest_first)
    chosen = DECISIONS.choose(query, lines)
    return DecisionsPage(
        now=now,
        navigation=navigation,
        milestone=milestone,
        freshness=of_milestone(freshness, milestone),
        has_reviews=settings.pagure_enabled,
        periods=tuple(_periods(now)),
        lines=chosen,
        listing=view_list(DECISIONS, query, lines, len(chosen)),
    )


def since_last_monday(now: datetime) -> str:
    """The address of what was decided since the Monday before this day: since the last meeting, for who is in one."""
    return only(SINCE, day(now - timedelta(days=now.weekday() or 7)))


def since_last_week(now: datetime) -> str:
    """The address of what was decided in the days of which the weekly e-mail tells."""
    return only(SINCE, day(now - LATELY))


def _periods(now: datetime) -> Iterator[Period]:
    yield Period("Since last Monday", since_last_monday(now))
    yield Period(f"In the last {LATELY.days} days", since_last_week(now))
    yield Period("At any time", "")


def _latest_first(line: DecisionLine) -> tuple[float, int]:
    return -line.at.timestamp() if line.at else float("inf"), line.id


def _line(decision: StandingDecision) -> DecisionLine:
    bug, agreed, recorded = decision.bug, decision.agreed, decision.recorded
    return DecisionLine(
        id=bug.id,
        component=bug.component,
        status=bug.status,
        resolution=bug.resolution,
        summary=bug.summary,
        kind=decision.kind,
        outcome=decision.outcome,
        decision=nomination_title(decision.kind, decision.outcome),
        at=decision.at,
        by=decision.by,
        comment_url=agreed.comment_url if agreed else "",
        is_recorded=recorded is not None,
        recorded_at=recorded.decided_at if recorded else None,
        problem=agreed.problem if agreed and not recorded else "",
    )
