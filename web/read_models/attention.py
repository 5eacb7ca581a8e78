"""What is to be done about a bug, and how much of it there is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from web.read_models.dates import DateView
from web.read_models.navigation import MilestoneView


@dataclass(frozen=True, slots=True)
class TodoView:
    """One thing to be done: `what` completes “<who> to …”. `person` is empty when it is nobody's in particular.

    `brief` says what the other columns of a buglist do not say, and may be all of `what`.
    """

    kind: str
    what: str
    who: str
    person: str
    since: datetime | None
    brief: str


@dataclass(frozen=True, slots=True)
class TodoCount:
    """How many rows of the buglist have something of that kind to be done; `address` is what finds exactly them."""

    kind: str
    title: str
    count: int
    address: str


@dataclass(frozen=True, slots=True)
class StepView:
    """A step on the way to GO: who goes it, and what blockers need of it, each thing only where one needs it."""

    title: str
    who: str
    todos: tuple[TodoCount, ...]


@dataclass(frozen=True, slots=True)
class WayView:
    """The steps that blockers still have to go, in order; `exceptions` counts the freeze exceptions that need anything,
    for which no release waits."""

    steps: tuple[StepView, ...]
    exceptions: TodoCount


@dataclass(frozen=True, slots=True)
class MilestoneTodos:
    """What is to be done about one bug for one milestone, what its nominations mean, and the dates that matter."""

    milestone: MilestoneView
    todos: tuple[TodoView, ...]
    meanings: tuple[str, ...]
    dates: tuple[DateView, ...]
