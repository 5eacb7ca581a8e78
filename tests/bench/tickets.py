"""Row 5: a sync of many discussion tickets, from nothing and with nothing changed, beside a bare download of them.

Bugzilla is there with a handful of bugs: the figures hold what a sync costs at all, and beyond that only tickets.
"""

from __future__ import annotations

import json
from collections import defaultdict
from math import ceil
from statistics import median

from bbconsumer.simulator.pagure_cast import REVIEW_PROJECT
from bbconsumer.sources.pagure_answers import PAGE_SIZE
from tests.bench import processes
from tests.bench.sizes import Sizes
from tests.bench.syncing import FLAT, Measured, Request
from tests.bench.table import Row, at_most, compared, counted
from tests.bench.world import BugzillaProcess, PagureProcess, World, environment_of

# Every page is read twice: to learn which tickets there are, and once their keys are leased.
READINGS = 2
# Who may decide, what changed, and the tickets of the last minutes.
UNCHANGED_REQUESTS_AIM = 6


def measure(world: World, sizes: Sizes) -> list[Row]:
    """The middle size with all its figures; the others for their memory."""
    small, middle, large = sizes.read_tickets
    with world.bugzilla(sizes.bugs_beside_tickets) as bugzilla:
        measured: Measured = defaultdict(list)
        with world.pagure(middle, sizes.ticket_comments) as pagure:
            for _ in range(sizes.rounds):
                _measure_round(world, bugzilla, pagure, measured)
        rows = _rows(middle, sizes.ticket_comments, measured)
        peaks = [_peaks(world, bugzilla, sizes, count) for count in (small, large)]
    what = f"sync of tickets from nothing: peak memory, {large} tickets ÷ {small}"
    return [*rows, compared(what, "MiB", peaks[1], peaks[0], at_most(FLAT))]


def _measure_round(world: World, bugzilla: BugzillaProcess, pagure: PagureProcess, measured: Measured) -> None:
    with world.database(bugzilla, synced=False) as database_url:
        measured["download"].append(_download(world, pagure))
        measured["all"].append(_sync(database_url, bugzilla, pagure))
        measured["unchanged"].append(_sync(database_url, bugzilla, pagure))


def _peaks(world: World, bugzilla: BugzillaProcess, sizes: Sizes, ticket_count: int) -> list[float]:
    peaks = []
    with world.pagure(ticket_count, sizes.ticket_comments) as pagure:
        for _ in range(sizes.memory_rounds):
            with world.database(bugzilla, synced=False) as database_url:
                peaks.append(_sync(database_url, bugzilla, pagure)["peak_mib"])
    return peaks


def _sync(database_url: str, bugzilla: BugzillaProcess, pagure: PagureProcess) -> dict[str, float]:
    before = pagure.request_count()
    environment = environment_of(database_url, bugzilla.url) | pagure.environment
    result = processes.run("tests.bench.measured", "sync", environment=environment)
    return {**result, "requests": pagure.request_count() - before}


def _download(world: World, pagure: PagureProcess) -> dict[str, float]:
    url, plan = f"{pagure.api_url}/{REVIEW_PROJECT}/issues", world.folder / "plan.json"
    requests: list[Request] = [
        (url, {"status": "all", "order": "asc", "per_page": PAGE_SIZE, "page": number})
        for number in range(1, ceil(pagure.ticket_count / PAGE_SIZE) + 1)
    ]
    plan.write_text(json.dumps(requests))
    result: dict[str, float] = processes.run("tests.bench.measured", "download", str(plan), environment={})
    return result


def _rows(ticket_count: int, comment_count: int, measured: Measured) -> list[Row]:
    def values(name: str, what: str) -> list[float]:
        return [run[what] for run in measured[name]]

    label = f"sync of {ticket_count} tickets with {comment_count} comments"
    pages = ceil(ticket_count / PAGE_SIZE)
    own = [
        figure - READINGS * ceiling
        for figure, ceiling in zip(values("all", "seconds"), values("download", "seconds"), strict=True)
    ]
    return [
        counted(
            f"{label}, from nothing: requests",
            "requests",
            median(values("all", "requests")),
            at_most(READINGS * pages + 1),
        ),
        compared(f"{label}, from nothing ÷ one download", "s", values("all", "seconds"), values("download", "seconds")),
        counted(f"{label}, from nothing: beyond two downloads", "ms/ticket", 1000 * median(own) / ticket_count),
        counted(f"{label}, from nothing: peak memory", "MiB", median(values("all", "peak_mib"))),
        counted(f"{label}: peak memory of the download", "MiB", median(values("download", "peak_mib"))),
        counted(
            f"{label}, nothing changed: requests",
            "requests",
            median(values("unchanged", "requests")),
            at_most(UNCHANGED_REQUESTS_AIM),
        ),
        counted(f"{label}, nothing changed", "s", median(values("unchanged", "seconds"))),
    ]
