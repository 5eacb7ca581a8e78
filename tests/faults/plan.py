"""What happens in a storm, drawn from its seed: nothing here depends on how fast the machine is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from random import Random
from typing import TypeAlias

from tests.faults import broker, database, processes, sources
from tests.faults.courier import Care
from tests.faults.stage import Stage

ACTS = 40
_LONGEST_WINDOW = 14
_SHARES = (0.0, 0.0, 0.1, 0.3)

Fault: TypeAlias = Callable[[Stage, Random], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Window:
    """A fault lasts from one act of the people to another."""

    name: str
    fault: Fault
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Plan:
    """`skew`: how far the clocks of the sources are ahead of ours. `is_queue_alone`: everything is told by a message
    that arrives, so that no sync is needed."""

    seed: int
    windows: tuple[Window, ...]
    care: Care
    skew: timedelta
    is_queue_alone: bool

    def __str__(self) -> str:
        names = [window.name for window in self.windows] + [text for text in (str(self.care),) if text]
        minutes = self.skew.total_seconds() / 60
        return ", ".join([*names, f"clocks {minutes:+g} min"] if minutes else names)


def plan_of(seed: int, *, has_small_disks: bool) -> Plan:
    """The plan of a storm. A machine without small disks has another fault in place of full ones."""
    chance = Random(f"plan {seed}")
    is_queue_alone = chance.random() < 0.25
    windows = [
        window
        for faults, count in _domains(chance, is_queue_alone=is_queue_alone)
        for window in _windows(faults, count, chance)
    ]
    if not has_small_disks:
        windows = [_replaced(window) for window in windows]
    care = Care(
        lost=0.0 if is_queue_alone else chance.choice(_SHARES),
        doubled=chance.choice(_SHARES),
        late=0.0 if is_queue_alone else chance.choice(_SHARES),
        damaged=chance.choice(_SHARES),
        is_in_order=chance.random() < 0.5,
    )
    skew = timedelta(minutes=chance.choice((0, 0, -4, -1, 1, 4)))
    windows.sort(key=lambda window: (window.begin, window.name))
    return Plan(seed, tuple(windows), care, skew, is_queue_alone)


def _replaced(window: Window) -> Window:
    if window.name not in database.ON_SMALL_DISKS:
        return window
    return Window("writes refused", database.FAULTS["writes refused"], window.begin, window.end)


def _domains(chance: Random, *, is_queue_alone: bool) -> Sequence[tuple[Mapping[str, Fault], int]]:
    """The faults of each part, and how many of them there are; of one part they come one after the other."""
    counts = (0, 1, 1, 2)
    of_broker = chance.choice((broker.FAULTS, broker.FAULTS, broker.RARE, broker.LOSING))
    if is_queue_alone and of_broker is broker.LOSING:
        of_broker = broker.FAULTS
    names = {"bugzilla": sources.OF_BUGZILLA, "pagure": sources.OF_PAGURE, "bodhi": sources.OF_BODHI}
    harmful = {"silent", "empty", "cutting"} if is_queue_alone else set()
    of_sources = {
        name: {
            f"{name} {fault_name}": partial(_of_source, fault, name)
            for fault_name, fault in faults.items()
            if fault_name not in harmful
        }
        for name, faults in names.items()
    }
    return [
        (processes.FAULTS, chance.choice((1, 1, 2, 3))),
        (of_broker, 1 if of_broker is broker.RARE else chance.choice(counts)),
        ({**database.FAULTS, **database.ON_SMALL_DISKS}, chance.choice(counts)),
        (of_sources["bugzilla"], chance.choice(counts)),
        (of_sources["pagure"], chance.choice((0, 0, 1))),
        (of_sources["bodhi"], chance.choice((0, 0, 1))),
    ]


def _of_source(fault: sources.Fault, name: str, stage: Stage, chance: Random) -> AbstractContextManager[None]:
    return fault(stage, name, chance)


def _windows(faults: Mapping[str, Fault], count: int, chance: Random) -> list[Window]:
    """So many windows, none of which begins before the one before it has ended."""
    windows = []
    for number in range(count):
        first, last = number * ACTS // count, (number + 1) * ACTS // count - 2
        begin = chance.randrange(first, last)
        end = min(last, begin + chance.randint(1, _LONGEST_WINDOW))
        name = chance.choice(sorted(faults))
        windows.append(Window(name, faults[name], begin, max(end, begin + 1)))
    return windows
