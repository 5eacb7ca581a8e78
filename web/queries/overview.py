"""Whether a milestone can ship, with what is listed on its buglist and what happened lately."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bbconsumer.config import Settings
from bbconsumer.domain.facts import MilestoneFacts, TrackedBug
from bbconsumer.domain.readiness import Readiness, assess
from bbconsumer.domain.reasons import Reason, Severity
from bbconsumer.domain.trackers import Milestone, MilestoneName
from bbconsumer.reporting import load_facts
from web.queries.buglist import load_buglist
from web.queries.burndown import load_burndown
from web.queries.timeline import Told, load_milestone_events, load_verdicts
from web.read_models import MilestoneView, Section, UnknownMilestonePage
from web.read_models.milestone import (
    BugLink,
    DateView,
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
    """The overview of a milestone, or the page that names those that there are: twenty-five SELECTs at most."""
    buglist = load_buglist(
        session,
        release,
        name,
        now=now,
        sync_interval_s=settings.sync_interval_s,
        votes_needed=settings.votes_needed if settings.pagure_enabled else None,
    )
    if isinstance(buglist, UnknownMilestonePage):
        return buglist
    facts = load_known_facts(session, buglist.milestone, settings)
    readiness = assess(facts, now)
    told = Told(settings.pagure_enabled, settings.bodhi_enabled and facts.are_updates_known)
    return OverviewPage(
        now=now,
        navigation=buglist.navigation,
        milestone=buglist.milestone,
        freshness=buglist.freshness,
        verdict=readiness.verdict,
        groups=_groups(readiness, facts, buglist.sections),
        dates=tuple(DateView(title, at) for title, at in facts.dates.by_title),
        is_frozen=facts.dates.is_frozen(now),
        counts=tuple(SectionCount(s.anchor, s.title, len(s.lines)) for s in buglist.sections),
        events=load_milestone_events(session, buglist.milestone, buglist.navigation, told, limit=LATELY),
        verdicts=load_verdicts(session, buglist.milestone, buglist.navigation),
        burndown=load_burndown(session, buglist.milestone, now, facts.dates.by_title),
    )


def load_known_facts(session: Session, milestone: MilestoneView, settings: Settings) -> MilestoneFacts:
    """The facts of a milestone that this same transaction has seen."""
    facts = load_facts(session, Milestone(milestone.release, MilestoneName(milestone.name)), settings)
    if facts is None:
        raise LookupError(f"{milestone.label} is gone within one snapshot of the database")
    return facts


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
