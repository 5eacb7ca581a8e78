"""The updates of a milestone: all that fix its bugs, and those that somebody must test."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from bbconsumer.config import Settings
from bbconsumer.domain.nominations import nomination_title
from bbconsumer.domain.texts import local_part
from bbconsumer.domain.update_work import Fix, UpdateWork, list_update_work
from web.lists import ListQuery
from web.lists.updates import UPDATES
from web.lists.view import view_list
from web.queries.facts import load_known_facts
from web.queries.freshness import load_freshness, of_milestone, with_sources
from web.queries.navigation import load_navigation
from web.queries.updates import updates_in
from web.read_models import UnknownMilestonePage
from web.read_models.updates import FixView, UpdateLine, UpdatesPage


@dataclass(frozen=True, slots=True)
class UpdateList:
    """One of the pages of updates: its name in addresses, its title, and what it says of itself."""

    name: str
    title: str
    about: str
    is_for_testers: bool


ALL_UPDATES: Final = UpdateList(
    "updates", "Updates", "All live and stable updates that name a bug which is nominated for this milestone.", False
)
NEED_TESTING: Final = UpdateList(
    "need_testing", "Need testing", "Updates that lack karma or testing, or whose bug nobody has verified.", True
)


def load_updates_page(
    session: Session, release: str, name: str, which: UpdateList, *, now: datetime, settings: Settings, query: ListQuery
) -> UpdatesPage | UnknownMilestonePage:
    """The page of a milestone's updates, or the one that names the milestones that there are: thirteen SELECTs."""
    navigation = load_navigation(session)
    milestone = navigation.find(release, name)
    if milestone is None:
        return UnknownMilestonePage(now, navigation)
    facts = load_known_facts(session, milestone, settings)
    freshness = with_sources(
        load_freshness(session, now=now, sync_interval_s=settings.sync_interval_s, with_votes=False), facts.sources, now
    )
    known = updates_in(facts) if settings.bodhi_enabled else None
    lines: tuple[UpdateLine, ...] = ()
    if known:
        stale_before = now - timedelta(seconds=2 * settings.sync_interval_s)
        freshness = replace(freshness, notices=(*freshness.notices, *known.notices(stale_before)))
        work = list_update_work(facts, now)
        lines = tuple(_line(each) for each in work if each.needs_testing or not which.is_for_testers)
    chosen = UPDATES.choose(query, lines)
    return UpdatesPage(
        now=now,
        navigation=navigation,
        milestone=milestone,
        freshness=of_milestone(freshness, milestone),
        name=which.name,
        title=which.title,
        about=which.about,
        are_known=known is not None,
        lines=chosen,
        listing=view_list(UPDATES, query, lines, len(chosen)),
    )


def _line(work: UpdateWork) -> UpdateLine:
    update = work.update
    return UpdateLine(
        alias=update.alias,
        title=update.title,
        builds=update.builds,
        release=update.release,
        status=update.status,
        request=update.request,
        karma=update.karma,
        karma_needed=update.stable_karma,
        gating=update.gating,
        is_critical=update.is_critical,
        submitter=local_part(update.submitter),
        submitted_at=update.submitted_at,
        testing_at=update.testing_at,
        missing=work.missing,
        fixes=tuple(map(_fix, work.fixes)),
    )


def _fix(fix: Fix) -> FixView:
    bug, nomination = fix.bug, fix.nomination
    return FixView(
        id=bug.id,
        anchor=f"bug-{bug.id}",
        component=bug.component,
        status=bug.status,
        resolution=bug.resolution,
        summary=bug.summary,
        kind=nomination.tracker.kind,
        decision=nomination_title(nomination.tracker.kind, nomination.state),
    )
