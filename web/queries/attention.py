"""What is to be done: about the rows of a list, how much of it there is, and about one bug."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from bbconsumer.config import Settings
from bbconsumer.domain.attention import STEPS, Todo, list_todos
from bbconsumer.domain.facts import MilestoneFacts, TrackedBug
from bbconsumer.domain.nominations import ACCEPTED_STATES, ENDED_STATES
from bbconsumer.domain.texts import local_part
from bbconsumer.domain.trackers import TrackerKind
from web.lists.query import ListQuery, only
from web.lists.words import TODOS, in_address
from web.queries.facts import load_known_facts
from web.read_models import BugLine, MilestoneView, Section
from web.read_models.attention import MilestoneTodos, StepView, TodoCount, TodoView, WayView
from web.read_models.dates import DateView

# By kind: while nothing is decided, and once it is accepted.
_MEANINGS: Final = {
    TrackerKind.BLOCKER: (
        "If it is accepted as a blocker, {title} is not released until it is fixed. Until that is decided nobody has "
        "to do more than vote, or tell what they know about it.",
        "{title} is not released until it is fixed.",
    ),
    TrackerKind.FREEZE_EXCEPTION: (
        "If it is accepted as a freeze exception, its fix may be pushed during the freeze; {title} does not wait for "
        "it.",
        "Its fix may be pushed during the freeze; {title} does not wait for it.",
    ),
}


def with_todos(section: Section, facts: MilestoneFacts, now: datetime) -> Section:
    """The section with what is to be done about each nomination in it."""
    return replace(section, lines=tuple(_line(line, facts, now) for line in section.lines))


def _line(line: BugLine, facts: MilestoneFacts, now: datetime) -> BugLine:
    """What is prioritized is so whatever the milestone: what it needs for the milestone stands in its other rows."""
    if line.kind is None:
        return line
    todos = list_todos(facts.bugs_by_id[line.id], facts, now, (TrackerKind(line.kind),))
    return replace(line, todos=tuple(map(todo_view, todos)))


def todo_view(todo: Todo) -> TodoView:
    """What a page shows of it: of an account the local part only."""
    return TodoView(todo.kind, todo.what, todo.who, local_part(todo.account), todo.since, todo.brief or todo.what)


def load_bug_todos(
    session: Session, bug_id: int, milestones: Iterable[MilestoneView], *, now: datetime, settings: Settings
) -> tuple[MilestoneTodos, ...]:
    """What is to be done about one bug for each of the milestones for which it was ever nominated."""
    found = []
    for milestone in milestones:
        facts = load_known_facts(session, milestone, settings, bug_id)
        bug = facts.bugs_by_id[bug_id]
        meanings = tuple(_meanings(bug, facts)) if bug.is_open else ()
        # The dates of something that is settled would only frighten.
        dates = tuple(DateView(title, at) for title, at in facts.dates.by_title if at) if meanings else ()
        todos = tuple(map(todo_view, list_todos(bug, facts, now)))
        found.append(MilestoneTodos(milestone, todos, meanings, dates))
    return tuple(found)


def _meanings(bug: TrackedBug, facts: MilestoneFacts) -> Iterator[str]:
    """What follows for the release, in the words of somebody who has never met a blocker."""
    title = facts.milestone.title
    for kind, (undecided, accepted) in _MEANINGS.items():
        nomination = bug.nomination(facts.milestone, kind)
        if nomination is None or nomination.state in ENDED_STATES:
            continue
        yield (accepted if nomination.state in ACCEPTED_STATES else undecided).format(title=title)


def find_way(sections: Iterable[Section]) -> WayView:
    """What the rows of a buglist say of the way to GO."""
    lines = [line for section in sections for line in section.lines if line.todos]
    blockers = [line for line in lines if line.kind == TrackerKind.BLOCKER]
    counts = Counter(kind for line in blockers for kind in {todo.kind for todo in line.todos})
    exceptions = sum(line.kind == TrackerKind.FREEZE_EXCEPTION for line in lines)
    return WayView(
        tuple(StepView(step.title, step.who, tuple(_counted(step.kinds, counts))) for step in STEPS),
        TodoCount("", "Freeze exceptions", exceptions, _address(TODOS, TrackerKind.FREEZE_EXCEPTION)),
    )


def _counted(kinds: Iterable[str], counts: Mapping[str, int]) -> Iterator[TodoCount]:
    for kind in kinds:
        if counts[kind]:
            yield TodoCount(kind, TODOS[kind], counts[kind], _address([kind], TrackerKind.BLOCKER))


def _address(todos: Iterable[str], kind: TrackerKind) -> str:
    return ListQuery((*(("todo", todo) for todo in todos), ("kind", in_address(kind)))).address


def count_todos(sections: Iterable[Section]) -> tuple[TodoCount, ...]:
    """How many rows there are for each kind, also where there are none, in the order of work."""
    lines = (line for section in sections for line in section.lines)
    counts = Counter(kind for line in lines for kind in {todo.kind for todo in line.todos})
    return tuple(TodoCount(kind, title, counts[kind], only("todo", kind)) for kind, title in TODOS.items())
