"""Whether a milestone can ship, with what is listed on its buglist and what happened lately."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bbconsumer.config import Settings
from bbconsumer.domain.facts import MilestoneFacts, TrackedBug
from bbconsumer.domain.readiness import Readiness, assess
from bbconsumer.domain.reasons import Reason, Severity
from web.queries.attention import count_todos, find_way
from web.queries.buglist import load_listed_bugs
from web.queries.burndown import load_burndown
from web.queries.timeline import Told, load_milestone_events, load_verdicts
from web.read_models import Section, UnknownMilestonePage
from web.read_models.dates import DateView
from web.read_models.milestone import (
    BugLink,
    OverviewPage,
    ReasonGroup,
    ReasonView,
    SectionCount,
)

LATELY = 20

_GROUPS = (
    (Severity.BLOCKS, "What blocks", "Nothing is known to block"),
    (Severity.UNKNOWN, "What is not known", "The data are fresh and complete"),
    (Severity.WARNING, "Warnings", "None"),
)


def load_overview(
    session: Session, release: str, name: str, *, now: datetime, settings: Settings
) -> OverviewPage | UnknownMilestonePage:
    """The overview of a milestone, or the page that names those that there are: twenty-six SELECTs at most."""
    listed = load_listed_bugs(session, release, name, now=now, settings=settings)
    if isinstance(listed, UnknownMilestonePage):
        return listed
    facts, milestone = listed.facts, listed.milestone
    readiness = assess(facts, now)
    told = Told(settings.pagure_enabled, settings.bodhi_enabled and facts.are_updates_known)
    return OverviewPage(
        now=now,
        navigation=listed.navigation,
        milestone=milestone,
        freshness=listed.freshness,
        verdict=readiness.verdict,
        groups=_groups(readiness, facts, listed.sections),
        dates=tuple(DateView(title, at) for title, at in facts.dates.by_title),
        is_frozen=facts.dates.is_frozen(now),
        counts=tuple(SectionCount(s.anchor, s.title, s.total) for s in listed.sections),
        todos=count_todos(listed.sections),
        way=find_way(listed.sections),
        events=load_milestone_events(session, milestone, listed.navigation, told, limit=LATELY),
        verdicts=load_verdicts(session, milestone, listed.navigation),
        burndown=load_burndown(session, milestone, now, facts.dates.by_title),
    )


def _groups(readiness: Readiness, facts: MilestoneFacts, sections: Sequence[Section]) -> tuple[ReasonGroup, ...]:
    anchors = {line.id: line.anchor for section in reversed(sections) for line in reversed(section.lines)}
    return tuple(
        ReasonGroup(
            severity.value, title, nothing, tuple(_reason(r, facts.bugs_by_id, anchors) for r in readiness.of(severity))
        )
        for severity, title, nothing in _GROUPS
    )


def _reason(reason: Reason, bugs: Mapping[int, TrackedBug], anchors: Mapping[int, str]) -> ReasonView:
    links = (
        BugLink(bug.id, anchors.get(bug.id, ""), bug.component, bug.status, bug.resolution, bug.summary)
        for bug in (bugs[bug_id] for bug_id in reason.bug_ids)
    )
    return ReasonView(reason.code, reason.sentence, tuple(links))
