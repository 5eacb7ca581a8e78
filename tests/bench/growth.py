"""Row 9: how costs grow with what is stored: processor time and memory, and the exponents of their curves.

An exponent of 0 is flat, 1 is linear: ten times as many bugs cost ten times as much. It is the slope of the line
through the logarithms, by least squares over all sizes, and once more between the two largest, where what is fixed
weighs less.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import log
from statistics import linear_regression

from tests.bench import bus, processes
from tests.bench.sizes import Sizes
from tests.bench.table import Row, at_most, counted
from tests.bench.world import BugzillaProcess, World, environment_of
from tests.web.crowded import crowded_database

# A message must cost the same however many bugs there are; what lists all bugs may cost so much for each.
FLAT, LINEAR = 0.1, 1.1

# At the largest size, on a busy machine.
PATIENCE_S = 3600.0

# By what was done: at each size, how much processor time (ms) and memory (MiB) it took.
Costs = dict[str, dict[int, dict[str, float]]]


def measure(world: World, sizes: Sizes) -> list[Row]:
    """All sizes, the curves side by side."""
    costs: Costs = defaultdict(dict)
    for bug_count in sizes.grown_bugs:
        with world.bugzilla(bug_count) as bugzilla, world.database(bugzilla, synced=False) as database_url:
            for name, cost in _of_service(world, bugzilla, database_url, sizes):
                costs[name][bug_count] = cost
        with _crowd(world, bug_count) as environment:
            made = processes.run(
                "tests.bench.grown",
                "pages",
                str(sizes.grown_renderings),
                environment=environment,
                patience_s=PATIENCE_S,
            )
            for name, cost in made.items():
                costs[f"page, {name}"][bug_count] = cost
    return [row for name, curve in costs.items() for row in _rows(name, curve)]


def exponents(curve: Mapping[int, float]) -> tuple[float, float]:
    """The slope over all sizes, and that between the two largest."""
    points = sorted((log(size), log(value)) for size, value in curve.items())
    return _slope(points), _slope(points[-2:])


def _slope(points: Sequence[tuple[float, float]]) -> float:
    return linear_regression(*zip(*points, strict=True)).slope


def _of_service(
    world: World, bugzilla: BugzillaProcess, database_url: str, sizes: Sizes
) -> Iterator[tuple[str, dict[str, float]]]:
    environment = environment_of(database_url, bugzilla.url)
    for name in ("sync from nothing", "sync, nothing changed"):
        told = processes.run("tests.bench.measured", "sync", environment=environment, patience_s=PATIENCE_S)
        yield name, {"cpu_ms": 1000 * told["cpu_s"], "peak_mib": told["peak_mib"]}
    changed = bugzilla.bug_ids[: sizes.grown_messages]
    changed_at = bugzilla.edit(changed, version="46")
    plan = world.folder / "messages.json"
    plan.write_text(json.dumps(bus.updates(changed, len(changed), changed_at)))
    yield from processes.run(
        "tests.bench.grown", "messages", str(plan), environment=environment, patience_s=PATIENCE_S
    ).items()


@contextmanager
def _crowd(world: World, bug_count: int) -> Iterator[Mapping[str, str]]:
    """The environment of a web with so many bugs in one milestone, with tickets, updates and events to match."""
    url = world.postgres.create_database()
    crowded_database(url, bug_count).dispose()
    try:
        # Nothing listens where Bugzilla should be: pages ask nobody.
        yield {
            "DATABASE_URL": url,
            "BUGZILLA_URL": "http://127.0.0.1:1",
        }
    finally:
        world.postgres.drop_database(url)


def _rows(name: str, curve: Mapping[int, Mapping[str, float]]) -> Iterator[Row]:
    is_message = name in {"a message", "the work on its key"}
    for what, unit, label in (("cpu_ms", "ms", "CPU"), ("peak_mib", "MiB", "peak memory")):
        figures = {size: max(cost[what], 0.001) for size, cost in curve.items()}
        for size, figure in figures.items():
            yield counted(f"growth: {name}, {size} bugs: {label}", unit, figure)
        fitted, last = exponents(figures)
        aim = at_most(FLAT if is_message else LINEAR)
        yield counted(f"growth: {name}: {label}, exponent", "exponent", fitted, aim)
        yield counted(f"growth: {name}: {label}, exponent of the last step", "exponent", last)
