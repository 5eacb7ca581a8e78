"""What waits for a person or for a package, over all active milestones: ten SELECTs for each of these, and five."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from sqlalchemy.orm import Session

from bbconsumer.config import Settings
from bbconsumer.domain.attention import Todo, list_todos
from bbconsumer.domain.facts import MilestoneFacts, TrackedBug
from bbconsumer.domain.nominations import ENDED_STATES, nomination_title
from bbconsumer.domain.texts import local_part
from bbconsumer.domain.trackers import TrackerKind
from bbconsumer.reporting import load_sources
from web.lists import ListQuery
from web.lists.view import view_list
from web.lists.waiting import WAITING
from web.lists.words import by_todo
from web.queries.attention import todo_view
from web.queries.facts import load_known_facts
from web.queries.freshness import load_freshness, of_milestones, with_sources
from web.queries.navigation import load_navigation
from web.queries.updates import updates_in
from web.read_models import Freshness, MilestoneView, Navigation
from web.read_models.waiting import WaitingLine, WaitingPage, WaitingSection

_Facts: TypeAlias = tuple[tuple[MilestoneView, MilestoneFacts], ...]


@dataclass(frozen=True, slots=True)
class _Rule:
    """A section: its title, what it says when it is empty, and which of all todos it holds."""

    anchor: str
    title: str
    nothing: str
    holds: Callable[[TrackedBug, Todo], bool]


def load_waiting_for_person(
    session: Session, account: str, *, now: datetime, settings: Settings, query: ListQuery
) -> WaitingPage:
    """What a person is asked for, and what others have to do about the bugs of that person."""
    wanted = account.casefold()

    def is_asked(_bug: TrackedBug, todo: Todo) -> bool:
        return local_part(todo.account).casefold() == wanted

    def is_owned(bug: TrackedBug, todo: Todo) -> bool:
        return local_part(bug.assigned_to).casefold() == wanted and not is_asked(bug, todo)

    rules = (
        _Rule("asked", f"Asked of {account}", f"Nothing is asked of {account}", is_asked),
        _Rule(
            "others",
            f"Asked of others, about bugs of {account}",
            f"Nothing is asked of others about bugs that are assigned to {account}",
            is_owned,
        ),
    )
    return _load(session, "user", account, rules, now=now, settings=settings, query=query)


def load_waiting_for_package(
    session: Session, component: str, *, now: datetime, settings: Settings, query: ListQuery
) -> WaitingPage:
    """What is to be done about the bugs of a component, by whomever."""
    wanted = component.casefold()
    rules = (
        _Rule(
            "todos",
            f"To be done about {component}",
            f"Nothing is to be done about {component}",
            lambda bug, _todo: bug.component.casefold() == wanted,
        ),
    )
    return _load(session, "package", component, rules, now=now, settings=settings, query=query)


def _load(
    session: Session,
    path: str,
    name: str,
    rules: Iterable[_Rule],
    *,
    now: datetime,
    settings: Settings,
    query: ListQuery,
) -> WaitingPage:
    navigation = load_navigation(session)
    known = tuple((m, load_known_facts(session, m, settings)) for m in navigation.active)
    sections = [_section(rule, known, now) for rule in rules]
    chosen = tuple(replace(section, lines=WAITING.choose(query, section.lines)) for section in sections)
    lines = [line for section in sections for line in section.lines]
    return WaitingPage(
        now=now,
        navigation=navigation,
        freshness=_load_freshness(session, navigation, known, now, settings),
        path=path,
        name=name,
        sections=chosen,
        listing=view_list(WAITING, query, lines, sum(len(section.lines) for section in chosen)),
    )


def _section(rule: _Rule, known: _Facts, now: datetime) -> WaitingSection:
    lines = tuple(line for milestone, facts in known for line in _lines(rule, milestone, facts, now))
    ordered = tuple(sorted(lines, key=lambda line: by_todo(line.todo.kind)))
    return WaitingSection(rule.anchor, rule.title, rule.nothing, ordered, len(ordered))


def _lines(rule: _Rule, milestone: MilestoneView, facts: MilestoneFacts, now: datetime) -> Iterator[WaitingLine]:
    for bug in facts.bugs:
        for todo in list_todos(bug, facts, now):
            if rule.holds(bug, todo):
                yield WaitingLine(
                    section=rule.anchor,
                    milestone=milestone,
                    todo=todo_view(todo),
                    id=bug.id,
                    component=bug.component,
                    status=bug.status,
                    resolution=bug.resolution,
                    severity=bug.severity,
                    summary=bug.summary,
                    assigned_to=bug.assigned_to,
                    decisions=tuple(_decisions(bug, facts)),
                )


def _decisions(bug: TrackedBug, facts: MilestoneFacts) -> Iterator[str]:
    for kind in TrackerKind:
        nomination = bug.nomination(facts.milestone, kind)
        if nomination and nomination.state not in ENDED_STATES:
            yield nomination_title(kind, nomination.state)


def _load_freshness(
    session: Session, navigation: Navigation, known: _Facts, now: datetime, settings: Settings
) -> Freshness:
    interval_s = settings.sync_interval_s
    freshness = load_freshness(session, now=now, sync_interval_s=interval_s, with_votes=settings.pagure_enabled)
    freshness = with_sources(freshness, load_sources(session, settings), now)
    for _, facts in known[:1]:
        if settings.bodhi_enabled and (updates := updates_in(facts)):
            stale_before = now - timedelta(seconds=2 * interval_s)
            freshness = replace(freshness, notices=(*freshness.notices, *updates.notices(stale_before)))
    return of_milestones(freshness, navigation.active)
