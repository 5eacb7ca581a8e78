"""What is told of milestones."""

from __future__ import annotations

from collections.abc import Iterable

from bbconsumer.domain.attention import TodoKind
from bbconsumer.domain.readiness import Verdict
from bbconsumer.domain.reasons import ReasonCode, Severity
from bbconsumer.domain.texts import local_part
from web.api.answers.milestones import (
    Dates,
    Fix,
    ListedBug,
    ListedUpdate,
    MilestoneAnswer,
    Reason,
    Review,
    SectionCount,
    TodoCount,
)
from web.api.telling.parts import (
    Site,
    tell_milestone,
    tell_needinfos,
    tell_todos,
    tell_trust,
    tell_updates,
    tell_votes,
)
from web.lists.words import in_address, severity
from web.read_models import BugLine, LineReview
from web.read_models.milestone import OverviewPage, ReasonGroup
from web.read_models.updates import FixView, UpdateLine


def tell_overview(page: OverviewPage, site: Site) -> MilestoneAnswer:
    """The verdict, as the overview has it."""
    return MilestoneAnswer(
        **tell_trust(page.freshness),
        milestone=tell_milestone(page.milestone, site),
        verdict=Verdict(page.verdict),
        reasons=tuple(reason for group in page.groups for reason in _reasons(group)),
        dates=Dates(*(date.at for date in page.dates)),
        is_frozen=page.is_frozen,
        counts=tuple(SectionCount(count.anchor, count.title, count.count) for count in page.counts),
        todos=tuple(TodoCount(TodoKind(todo.kind), todo.title, todo.count) for todo in page.todos),
    )


def tell_listed_bug(line: BugLine, site: Site) -> ListedBug:
    """A row of the buglist."""
    return ListedBug(
        id=line.id,
        url=site.bug(line.id),
        section=line.section,
        component=line.component,
        state=line.status,
        resolution=line.resolution,
        severity=severity(line.severity),
        title=line.summary,
        assignee=local_part(line.assigned_to),
        kind=line.kind and in_address(line.kind),
        nomination=in_address(line.nomination) or None,
        decision=line.decision,
        notes=line.notes,
        is_prioritized=line.is_prioritized,
        depends_on_open=line.depends_on_open,
        proposed_at=line.proposed_at,
        needinfos=tell_needinfos(line.needinfos),
        todos=tell_todos(line.todos),
        review=_review(line.review) if line.review else None,
        updates=tell_updates(line.updates),
        last_change_at=line.last_change_at,
    )


def tell_listed_update(line: UpdateLine, site: Site) -> ListedUpdate:
    """A row of the list of updates."""
    return ListedUpdate(
        alias=line.alias,
        title=line.title,
        builds=line.builds,
        release=line.release,
        status=line.status,
        request=line.request,
        karma=line.karma,
        karma_needed=line.karma_needed,
        gating=line.gating,
        is_critical=line.is_critical,
        submitter=local_part(line.submitter),
        submitted_at=line.submitted_at,
        testing_at=line.testing_at,
        missing=line.missing,
        fixes=tuple(_fix(fix, site) for fix in line.fixes),
    )


def _reasons(group: ReasonGroup) -> Iterable[Reason]:
    for reason in group.reasons:
        bug_ids = tuple(bug.id for bug in reason.bugs)
        yield Reason(ReasonCode(reason.code), Severity(group.anchor), reason.sentence, bug_ids)


def _review(review: LineReview) -> Review:
    return Review(review.ticket_id, review.is_open, tell_votes(review.votes))


def _fix(fix: FixView, site: Site) -> Fix:
    return Fix(
        id=fix.id,
        url=site.bug(fix.id),
        component=fix.component,
        state=fix.status,
        resolution=fix.resolution,
        title=fix.summary,
        kind=in_address(fix.kind),
        decision=fix.decision,
    )
