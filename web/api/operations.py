"""What `/api/v1` can be asked: one table for the routes, for reading the parameters, and for the OpenAPI document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request

from web.api.answers.bugs import BugAnswer, EventsAnswer
from web.api.answers.milestones import BugsAnswer, MilestoneAnswer, MilestonesAnswer, UpdatesAnswer
from web.api.answers.parts import Answer
from web.api.parameters import EVENTS_LIMIT, LIMIT, PAGE, SINCE, Asked, Number, read_parameters
from web.lists import ListSpec
from web.lists.bugs import BUGS
from web.lists.updates import UPDATES


@dataclass(frozen=True, slots=True)
class Operation:
    """An address that can be read, below `/api/v1`."""

    id: str
    path: str
    about: str
    answer: type[Answer]
    numbers: tuple[Number, ...] = ()
    spec: ListSpec[Any] | None = None

    def read(self, request: Request) -> Asked:
        """What a request asks.

        Raises:
            BadQuery: there is no such parameter, or it has no such value.
        """
        return read_parameters(request.query_params.multi_items(), self.numbers, self.spec)


_MILESTONE: Final = "/milestones/{release}/{name}"

LIST_MILESTONES: Final = Operation(
    "listMilestones", "/milestones", "The milestones that are known.", MilestonesAnswer, (LIMIT, PAGE)
)
READ_MILESTONE: Final = Operation(
    "readMilestone", _MILESTONE, "Whether a milestone can ship, with every reason.", MilestoneAnswer
)
LIST_BUGS: Final = Operation(
    "listBugs", f"{_MILESTONE}/bugs", "The buglist of a milestone.", BugsAnswer, (LIMIT, PAGE), BUGS
)
LIST_UPDATES: Final = Operation(
    "listUpdates", f"{_MILESTONE}/updates", "The updates that fix its bugs.", UpdatesAnswer, (LIMIT, PAGE), UPDATES
)
READ_BUG: Final = Operation(
    "readBug", "/bugs/{bug_id}", "One bug: nominations, tickets, votes, updates, and what happened.", BugAnswer
)
LIST_EVENTS: Final = Operation(
    "listEvents", "/events", "What happened, for who follows it.", EventsAnswer, (SINCE, EVENTS_LIMIT)
)
OPERATIONS: Final = (LIST_MILESTONES, READ_MILESTONE, LIST_BUGS, LIST_UPDATES, READ_BUG, LIST_EVENTS)
