"""What may be asked of the buglist of a milestone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from web.lists.spec import Column, Filter, ListSpec, Sort
from web.lists.words import (
    KINDS,
    NOMINATIONS,
    SEVERITIES,
    STATUSES,
    TODOS,
    YES,
    YES_CHOICE,
    accounts,
    by_severity,
    by_status,
    by_text,
    by_time,
    by_todo,
    in_address,
    read_account,
    read_yes_or_number,
    severity,
)
from web.read_models import BugLine

SECTIONS: Final[Mapping[str, str]] = {
    "proposed-blockers": "Proposed blockers",
    "accepted-blockers": "Accepted blockers",
    "proposed-freeze-exceptions": "Proposed freeze exceptions",
    "accepted-freeze-exceptions": "Accepted freeze exceptions",
    "prioritized-bugs": "Prioritized bugs",
    "recently-closed": "Recently closed",
    "rejected-or-withdrawn": "Rejected or withdrawn",
}
_PRIORITIZED: Final = "prioritized"


def _requestees(line: BugLine) -> list[str]:
    return accounts(needinfo.requestee for needinfo in line.needinfos)


def _needinfo(line: BugLine) -> Iterable[str]:
    return (YES, *_requestees(line)) if line.needinfos else ()


def _depends(line: BugLine) -> Iterable[str]:
    return (YES, *map(str, line.depends_on_open)) if line.depends_on_open else ()


def _next(line: BugLine) -> tuple[float, ...] | None:
    if not line.todos:
        return None
    first = line.todos[0]
    return by_todo(first.kind), by_time(first.since) or 0.0


def _updates(line: BugLine) -> list[str]:
    return [update.alias for update in line.updates]


BUGS: Final[ListSpec[BugLine]] = ListSpec(
    filters=(
        Filter("q", "Words", lambda line: (str(line.id), line.component, line.summary), is_text=True),
        Filter("todo", "To be done", lambda line: {todo.kind for todo in line.todos}, TODOS),
        Filter("section", "List", lambda line: (line.section,), SECTIONS),
        Filter(
            "kind",
            "Kind",
            lambda line: (in_address(line.kind or _PRIORITIZED),),
            {**KINDS, _PRIORITIZED: "Neither, but prioritized"},
        ),
        Filter("nomination", "Nomination", lambda line: (in_address(line.nomination),), NOMINATIONS),
        Filter("state", "State", lambda line: (line.status,), STATUSES),
        Filter("severity", "Severity", lambda line: (severity(line.severity),), SEVERITIES),
        Filter("component", "Component", lambda line: (line.component,)),
        Filter("assignee", "Assignee", lambda line: accounts([line.assigned_to]), read=read_account),
        Filter("needinfo", "Needinfo", _needinfo, read=read_account, offered={YES: "anybody"}),
        Filter(
            "depends",
            "Waits for",
            _depends,
            read=read_yes_or_number,
            allowed="yes or the number of a bug",
            offered={YES: "any open bug"},
        ),
        Filter(_PRIORITIZED, "Prioritized", lambda line: (YES,) if line.is_prioritized else (), YES_CHOICE),
    ),
    sorts=(
        Sort("bug", "Bug", lambda line: line.id),
        Sort("component", "Component", lambda line: by_text(line.component)),
        Sort("assignee", "Assignee", lambda line: by_text("".join(accounts([line.assigned_to])))),
        Sort("state", "State", lambda line: by_status(line.status)),
        Sort("severity", "Severity", lambda line: by_severity(line.severity)),
        Sort("title", "Title", lambda line: by_text(line.summary)),
        Sort("next", "Next", _next),
        Sort("proposed", "Proposed", lambda line: by_time(line.proposed_at)),
        Sort(
            "needinfo", "Needinfo", lambda line: min((by_time(n.asked_at) or 0.0 for n in line.needinfos), default=None)
        ),
        Sort("activity", "Last activity", lambda line: by_time(line.last_change_at), begins_descending=True),
    ),
    columns=(
        Column("section", lambda line: line.section),
        Column("bug", lambda line: line.id),
        Column("component", lambda line: line.component),
        Column("state", lambda line: line.status),
        Column("resolution", lambda line: line.resolution),
        Column("severity", lambda line: severity(line.severity)),
        Column("title", lambda line: line.summary),
        Column("assignee", lambda line: "".join(accounts([line.assigned_to]))),
        Column("kind", lambda line: line.kind and in_address(line.kind)),
        Column("nomination", lambda line: in_address(line.nomination)),
        Column("decision", lambda line: line.decision),
        Column("notes", lambda line: line.notes),
        Column("prioritized", lambda line: line.is_prioritized),
        Column("proposed_at", lambda line: line.proposed_at),
        Column("todo", lambda line: tuple(dict.fromkeys(todo.kind for todo in line.todos))),
        Column("next", lambda line: line.todos[0].what if line.todos else ""),
        Column("next_who", lambda line: line.todos[0].who if line.todos else ""),
        Column("next_since", lambda line: line.todos[0].since if line.todos else None),
        Column("needinfo", _requestees),
        Column("needinfo_since", lambda line: tuple(needinfo.asked_at for needinfo in line.needinfos)),
        Column("depends_on_open", lambda line: line.depends_on_open),
        Column("ticket", lambda line: line.review.ticket_id if line.review else None),
        Column("tally", lambda line: tuple(vote.tally for vote in line.review.votes) if line.review else ()),
        Column("updates", _updates),
        Column("last_change_at", lambda line: line.last_change_at),
    ),
)
