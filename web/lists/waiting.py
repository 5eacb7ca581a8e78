"""What may be asked of the lists of what waits for somebody, and of what a search found."""

from __future__ import annotations

from typing import Final

from web.lists.spec import Column, Filter, ListSpec, Sort
from web.lists.words import (
    SEVERITIES,
    STATUSES,
    TODOS,
    accounts,
    by_severity,
    by_status,
    by_text,
    by_time,
    by_todo,
    severity,
)
from web.read_models.waiting import FoundLine, WaitingLine


def _assignee(line: WaitingLine | FoundLine) -> str:
    return "".join(accounts([line.assigned_to]))


WAITING: Final[ListSpec[WaitingLine]] = ListSpec(
    filters=(
        Filter("q", "Words", lambda line: (str(line.id), line.component, line.summary, line.todo.what), is_text=True),
        Filter("todo", "To be done", lambda line: (line.todo.kind,), TODOS),
        Filter("state", "State", lambda line: (line.status,), STATUSES),
        Filter("severity", "Severity", lambda line: (severity(line.severity),), SEVERITIES),
        Filter("milestone", "Milestone", lambda line: (line.milestone.label,)),
        Filter("component", "Component", lambda line: (line.component,)),
    ),
    sorts=(
        Sort("bug", "Bug", lambda line: line.id),
        Sort("milestone", "Milestone", lambda line: by_text(line.milestone.title)),
        Sort("component", "Component", lambda line: by_text(line.component)),
        Sort("state", "State", lambda line: by_status(line.status)),
        Sort("severity", "Severity", lambda line: by_severity(line.severity)),
        Sort("title", "Title", lambda line: by_text(line.summary)),
        Sort("todo", "To be done", lambda line: by_todo(line.todo.kind)),
        Sort("since", "Since", lambda line: by_time(line.todo.since)),
    ),
    columns=(
        Column("section", lambda line: line.section),
        Column("milestone", lambda line: line.milestone.label),
        Column("todo", lambda line: line.todo.kind),
        Column("who", lambda line: line.todo.who),
        Column("what", lambda line: line.todo.what),
        Column("since", lambda line: line.todo.since),
        Column("bug", lambda line: line.id),
        Column("component", lambda line: line.component),
        Column("state", lambda line: line.status),
        Column("resolution", lambda line: line.resolution),
        Column("severity", lambda line: severity(line.severity)),
        Column("title", lambda line: line.summary),
        Column("assignee", _assignee),
        Column("decisions", lambda line: line.decisions),
    ),
)

FOUND: Final[ListSpec[FoundLine]] = ListSpec(
    filters=(Filter("q", "Words", lambda line: (line.summary,), is_text=True),),
    sorts=(
        Sort("bug", "Bug", lambda line: line.id),
        Sort("component", "Component", lambda line: by_text(line.component)),
        Sort("state", "State", lambda line: by_status(line.status)),
        Sort("title", "Title", lambda line: by_text(line.summary)),
        Sort("activity", "Last activity", lambda line: by_time(line.last_change_at), begins_descending=True),
    ),
    columns=(
        Column("bug", lambda line: line.id),
        Column("component", lambda line: line.component),
        Column("state", lambda line: line.status),
        Column("resolution", lambda line: line.resolution),
        Column("title", lambda line: line.summary),
        Column("assignee", _assignee),
        Column("nominations", lambda line: line.nominations),
        Column("last_change_at", lambda line: line.last_change_at),
    ),
)
