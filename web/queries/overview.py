"""Whether a milestone can ship, with what is listed on its buglist and what happened lately."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bbconsumer.config import Settings
from bbconsumer.db.models import BugRow, EventRow, MilestoneRow, NominationRow
from bbconsumer.db.verdicts import FIELD, OBJECT_KIND
from bbconsumer.domain.facts import MilestoneFacts, TrackedBug
from bbconsumer.domain.keys import KeyKind
from bbconsumer.domain.readiness import Readiness, assess
from bbconsumer.domain.reasons import Reason, Severity
from web.queries.attention import count_todos
from web.queries.bug import event_view
from web.queries.buglist import load_listed_bugs
from web.read_models import MilestoneView, Navigation, Section, UnknownMilestonePage
from web.read_models.milestone import (
    BugEvent,
    BugLink,
    DateView,
    OverviewPage,
    ReasonGroup,
    ReasonView,
    SectionCount,
    VerdictChange,
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
    """The overview of a milestone, or the page that names those that there are: twenty SELECTs at most."""
    listed = load_listed_bugs(session, release, name, now=now, settings=settings)
    if isinstance(listed, UnknownMilestonePage):
        return listed
    facts, milestone = listed.facts, listed.milestone
    readiness = assess(facts, now)
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
        events=_load_events(session, listed.navigation, milestone),
        verdicts=_load_verdicts(session, milestone),
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


def _load_events(session: Session, navigation: Navigation, milestone: MilestoneView) -> tuple[BugEvent, ...]:
    """What happened to the bugs that are or were nominated for the milestone."""
    trackers = {tracker.id: (m, tracker) for m in navigation.milestones for tracker in m.trackers}
    nominated = select(NominationRow.bug_id).where(
        NominationRow.tracker_id.in_([tracker.id for tracker in milestone.trackers])
    )
    rows = session.execute(
        select(
            EventRow.seq,
            EventRow.at,
            EventRow.field,
            EventRow.old,
            EventRow.new,
            EventRow.who,
            EventRow.object_kind,
            BugRow.id.label("bug_id"),
            BugRow.summary,
        )
        .join(BugRow, BugRow.id == EventRow.object_id)
        .where(EventRow.object_kind == KeyKind.BUG, BugRow.id.in_(nominated), BugRow.absence.is_(None))
        .order_by(EventRow.at.desc(), EventRow.seq.desc())
        .limit(LATELY)
    )
    return tuple(BugEvent(row.bug_id, row.summary, event_view(row, trackers)) for row in rows)


def _load_verdicts(session: Session, milestone: MilestoneView) -> tuple[VerdictChange, ...]:
    rows = session.execute(
        select(EventRow.seq, EventRow.at, EventRow.old, EventRow.new)
        .join(MilestoneRow, MilestoneRow.id == EventRow.object_id)
        .where(
            EventRow.object_kind == OBJECT_KIND,
            EventRow.field == FIELD,
            MilestoneRow.release == milestone.release,
            MilestoneRow.name == milestone.name,
        )
        .order_by(EventRow.seq.desc())
        .limit(LATELY)
    )
    return tuple(VerdictChange(seq, at, old, new) for seq, at, old, new in rows)
