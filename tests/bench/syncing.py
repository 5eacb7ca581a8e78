"""Row 4: a full sync of many bugs, from nothing and with nothing changed, beside a bare download of the same."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from math import ceil
from statistics import median
from typing import Any

from bbconsumer.config import Settings
from bbconsumer.sources.bugzilla import HISTORY_BATCH_SIZE
from bbconsumer.sources.bugzilla_answers import BUG_FIELDS, TRACKER_FIELDS
from tests.bench import processes
from tests.bench.sizes import Sizes
from tests.bench.table import Aim, Row, at_most, compared, counted
from tests.bench.world import BugzillaProcess, World, environment_of

# "Flat": so much more memory for five times as many bugs is noise, and not something that grows with them.
FLAT = 1.15

Request = tuple[str, dict[str, Any]]
Measured = dict[str, list[dict[str, float]]]


def measure(world: World, sizes: Sizes) -> list[Row]:
    """Every size; the last two are compared by their memory."""
    rows, peaks = list[Row](), list[float]()
    for bug_count in sizes.synced_bugs:
        with world.bugzilla(bug_count, request_s=sizes.request_s, bug_s=sizes.bug_s) as bugzilla:
            measured: Measured = defaultdict(list)
            for _ in range(sizes.large_sync_rounds if bug_count == sizes.synced_bugs[-1] else sizes.rounds):
                _measure_round(world, bugzilla, measured)
        rows += _rows(bug_count, measured)
        peaks.append(median(run["peak_mib"] for run in measured["all"]))
    small, large = sizes.synced_bugs[-2:]
    what = f"sync from nothing: peak memory, {large} bugs ÷ {small}"
    return [*rows, compared(what, "MiB", [peaks[-1]], [peaks[-2]], at_most(FLAT))]


def _measure_round(world: World, bugzilla: BugzillaProcess, measured: Measured) -> None:
    bugs, histories = _downloads(bugzilla)
    with world.database(bugzilla, synced=False) as database_url:
        measured["download all"].append(_download(world, [*bugs, *histories]))
        measured["all"].append(_sync(database_url, bugzilla))
        measured["download"].append(_download(world, bugs))
        measured["unchanged"].append(_sync(database_url, bugzilla))


def _sync(database_url: str, bugzilla: BugzillaProcess) -> dict[str, float]:
    before = bugzilla.request_count()
    environment = environment_of(database_url, bugzilla.url)
    result = processes.run("tests.bench.measured", "sync", environment=environment)
    return {**result, "requests": bugzilla.request_count() - before}


def _download(world: World, requests: Sequence[Request]) -> dict[str, float]:
    plan = world.folder / "plan.json"
    plan.write_text(json.dumps(requests))
    result: dict[str, float] = processes.run("tests.bench.measured", "download", str(plan), environment={})
    return result


def _downloads(bugzilla: BugzillaProcess) -> tuple[list[Request], list[Request]]:
    """The requests for the trackers and all bugs, and for all histories, in the batches of the service."""
    ids, size = bugzilla.bug_ids, Settings.of().bugzilla_batch_size
    searches: list[Request] = [
        (f"{bugzilla.url}/rest/bug", {"id": ",".join(map(str, batch)), "include_fields": fields, "limit": size})
        for batch, fields in [
            (bugzilla.tracker_ids, TRACKER_FIELDS),
            *((batch, BUG_FIELDS) for batch in _batches(ids, size)),
        ]
    ]
    histories: list[Request] = [
        (f"{bugzilla.url}/rest/bug/{batch[0]}/history", {"ids": list(batch[1:])})
        for batch in _batches(ids, HISTORY_BATCH_SIZE)
    ]
    return searches, histories


def _batches(ids: Sequence[int], size: int) -> list[Sequence[int]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def _rows(bug_count: int, measured: Measured) -> list[Row]:
    def seconds(name: str) -> list[float]:
        return [run["seconds"] for run in measured[name]]

    def median_of(name: str, what: str) -> float:
        return median(run[what] for run in measured[name])

    label = f"sync of {bug_count} bugs"
    requests_aim = at_most(5 + max(0, ceil((bug_count - 600) / 200)))
    return [
        compared(f"{label}, from nothing", "s", seconds("all"), seconds("download all"), at_most(1.3)),
        counted(f"{label}, from nothing: requests", "requests", median_of("all", "requests")),
        counted(f"{label}, from nothing: peak memory", "MiB", median_of("all", "peak_mib")),
        compared(f"{label}, nothing changed", "s", seconds("unchanged"), seconds("download"), at_most(1.3)),
        _own_share(label, seconds("unchanged"), seconds("download"), bug_count),
        _requests_row(label, median_of("unchanged", "requests"), requests_aim),
        counted(f"{label}, nothing changed: peak memory", "MiB", median_of("unchanged", "peak_mib")),
    ]


def _own_share(label: str, figures: Sequence[float], ceilings: Sequence[float], bug_count: int) -> Row:
    """What is not the download: the other requests, and reading, deciding and storing."""
    own = median(figure - ceiling for figure, ceiling in zip(figures, ceilings, strict=True))
    return counted(f"{label}, nothing changed: beyond the download", "ms/bug", 1000 * own / bug_count)


def _requests_row(label: str, count: float, aim: Aim) -> Row:
    return counted(f"{label}, nothing changed: requests", "requests", count, aim)
