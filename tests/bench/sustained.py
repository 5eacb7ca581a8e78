"""A steady rate of messages while people read, then the day on which a release reaches its end of life.

The ceiling is the same rate, and as many readers, at a consumer that does nothing and a web that answers bare.
"""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from statistics import median, quantiles
from typing import Any

import requests

from tests.bench import bus, clients, comparison, footprint, processes, serving
from tests.bench.pages import PAGES, PREFIX, bare_server, web_server
from tests.bench.sizes import Sizes
from tests.bench.table import Row, at_most, compared, counted
from tests.bench.tail import ECHO, OURS, Probe, Times
from tests.bench.traffic import LONG_AGO, Traffic
from tests.bench.world import BugzillaProcess, World, environment_of

# The ceiling takes a part of the time, which is enough for medians.
CEILING_SHARE = 5
GROWTH_AIM, DELAY_AIM = 1.0, 3.0
FIRST_ENDED_ID = 1_800_001
PROBE_PAUSE_S = 0.3
_PATIENCE_S, _LOOK_S = 60.0, 0.01


@dataclass(frozen=True, slots=True)
class Met:
    """What came of one stretch: by how many messages a second the queue grew and how many waited at most, processor
    time of the consumer for each message, and what the audience met."""

    sent_count: int
    seconds: float
    growth: float
    depth: int
    cpu_ms: float
    audience: dict[str, Any]

    @property
    def per_s(self) -> float:
        """How many messages were sent a second."""
        return self.sent_count / self.seconds


@dataclass(frozen=True, slots=True)
class Place:
    """A queue with its consumer, and a web with what people do there."""

    queue: bus.Queue
    consumer: subprocess.Popen[str]
    url: str
    live: str
    pages: Sequence[str]


def measure(world: World, bugzilla: BugzillaProcess, sizes: Sizes) -> list[Row]:
    """Both stretches, the delay of a marked change, and the burst; what is stored in the end is compared."""
    # Each bug is changed by one of them only, so that no two changes come within a second.
    marked, ordinary_ids = replace(bugzilla, bug_ids=bugzilla.bug_ids[::2]), bugzilla.bug_ids[1::2]
    times = Times()
    with _served(world, bugzilla) as (place, database_url):
        headers = asyncio.run(clients.headers_of(place.url + PAGES["buglist"]))
        with _probe(world, marked, place) as probe:
            # The first message finds everything cold.
            probe.measure(Times())
            read_before = bugzilla.read_count()
            traffic = Traffic(place.queue, bugzilla, ordinary_ids, sizes.load_per_s)
            met = _meet(world, place, traffic, sizes, partial(_measure_for, sizes.load_s, probe, times))
        # The probe itself asks for the bug and for its history each time.
        reads = bugzilla.read_count() - read_before - 2 * len(times.arrived)
        comparison.check(world, bugzilla, database_url)
        ended = _end_of_life(world, bugzilla, place, database_url, sizes)
    with _bare(world, headers) as place:
        traffic = Traffic(place.queue, bugzilla, ordinary_ids, sizes.load_per_s)
        ceiling = _meet(world, place, traffic, sizes, partial(time.sleep, sizes.load_s / CEILING_SHARE))
    return [
        *_rows(sizes, met, ceiling),
        *_rows_of_delay(times),
        _row_of_reads(reads, met.sent_count + len(times.arrived)),
        *ended,
    ]


@contextmanager
def _served(world: World, bugzilla: BugzillaProcess) -> Iterator[tuple[Place, str]]:
    with (
        world.database(bugzilla, synced=True) as database_url,
        bus.open_queue(world.rabbitmq, OURS) as queue,
        web_server(world, environment_of(database_url, bugzilla.url)) as url,
        serving.consuming(world, queue, environment_of(database_url, bugzilla.url)) as consumer,
    ):
        yield Place(queue, consumer, url, f"{PREFIX}/live", list(PAGES.values())), database_url


@contextmanager
def _bare(world: World, headers: Mapping[str, str]) -> Iterator[Place]:
    with (
        bus.open_queue(world.rabbitmq, OURS) as queue,
        bare_server(world, headers) as url,
        serving.consuming(world, queue, {}, callback="nothing") as consumer,
    ):
        yield Place(queue, consumer, url, "/live", ["/page"])


@contextmanager
def _probe(world: World, marked: BugzillaProcess, place: Place) -> Iterator[Probe]:
    with (
        bus.open_queue(world.rabbitmq, ECHO) as echoed,
        serving.consuming(world, echoed, {}, callback="echo") as echo,
        requests.Session() as reader,
    ):
        yield Probe(marked, echoed, echo, partial(_await_page, reader, place.url))


def _await_page(reader: requests.Session, url: str, bug_id: int, summary: str) -> None:
    """Ask for the page of a bug until it has this summary."""
    give_up_at = time.monotonic() + _PATIENCE_S
    while summary not in reader.get(f"{url}{PREFIX}/bug/{bug_id}", timeout=_PATIENCE_S).text:
        if time.monotonic() > give_up_at:
            raise processes.BenchFailed(f"{summary!r} is not on the page after {_PATIENCE_S:g} s")
        time.sleep(_LOOK_S)


def _measure_for(seconds: float, probe: Probe, times: Times) -> None:
    over_at = time.monotonic() + seconds
    while time.monotonic() < over_at:
        probe.measure(times)
        time.sleep(PROBE_PAUSE_S)


def _meet(world: World, place: Place, traffic: Traffic, sizes: Sizes, meanwhile: Callable[[], object]) -> Met:
    """Traffic and audience while the one given last runs, and until the queue is empty."""
    cpu_before = footprint.cpu_s(place.consumer.pid)
    with _watched_by(world, place, sizes) as audience:
        with traffic:
            meanwhile()
        processes.wait_for(lambda: place.queue.depth() == 0, "the queue is empty")
    cpu_ms = 1000 * (footprint.cpu_s(place.consumer.pid) - cpu_before) / traffic.sent_count
    return Met(traffic.sent_count, traffic.seconds, traffic.growth(), traffic.greatest_depth, cpu_ms, audience)


@contextmanager
def _watched_by(world: World, place: Place, sizes: Sizes) -> Iterator[dict[str, Any]]:
    """An audience while the block runs; the dictionary tells afterwards what it met."""
    met: dict[str, Any] = {}
    arguments = (place.url, place.live, str(sizes.load_streams), str(sizes.pages_per_s), *place.pages)
    log = world.folder / "audience.log"
    with processes.running("tests.bench.audience", *arguments, environment={}, log=log) as process:
        processes.read_json(process)
        yield met
        process.terminate()
        met |= processes.read_json(process)
    if met["broken"]:
        raise processes.BenchFailed(f"people met {met['broken']}")


def _end_of_life(world: World, bugzilla: BugzillaProcess, place: Place, database_url: str, sizes: Sizes) -> list[Row]:
    """Thousands of bugs are closed at once, with a comment and a change each; those on our lists are among them."""
    others = list(range(FIRST_ENDED_ID, FIRST_ENDED_ID + sizes.ended_bugs - len(bugzilla.bug_ids)))
    closed_at = bugzilla.edit(bugzilla.bug_ids, status="CLOSED", resolution="EOL")
    messages = [
        message
        for ids, at in ((others, LONG_AGO), (bugzilla.bug_ids, closed_at))
        for is_comment in (True, False)
        for message in bus.updates(ids, len(ids), at, is_comment=is_comment)
    ]
    Random(1).shuffle(messages)
    read_before = bugzilla.read_count()
    with _watched_by(world, place, sizes) as audience:
        began = time.perf_counter()
        place.queue.publish(messages)
        processes.wait_for(lambda: place.queue.depth() == 0, "the burst is consumed")
        consumed_s = time.perf_counter() - began
        comparison.wait_until_stored(database_url, len(bugzilla.bug_ids), "CLOSED")
        stored_s = time.perf_counter() - began
    reads = bugzilla.read_count() - read_before
    comparison.check(world, bugzilla, database_url)
    what = f"load: end of life of {sizes.ended_bugs} bugs, {len(bugzilla.bug_ids)} of them ours"
    return [
        counted(f"{what}: until the bus's queue is empty", "s", consumed_s),
        counted(f"{what}: until everything is stored", "s", stored_s),
        counted(f"{what}: requests to Bugzilla", "requests", reads),
        counted(f"{what}: pages meanwhile, p50", "ms", audience["p50_ms"]),
        counted(f"{what}: pages meanwhile, p99", "ms", audience["p99_ms"]),
    ]


def _rows(sizes: Sizes, met: Met, ceiling: Met) -> list[Row]:
    if not met.audience["told_least"]:
        raise processes.BenchFailed("an open stream was told of no change")
    what = f"load: {met.sent_count} messages in {met.seconds:.0f} s"
    pages = f"load: {sizes.pages_per_s:g} pages a second beside {sizes.load_streams} open streams"
    return [
        compared(f"{what}: a second ÷ no-op", "msg/s", [met.per_s], [ceiling.per_s]),
        counted(f"{what}: growth of the queue", "waiting/s", met.growth, at_most(GROWTH_AIM), ceiling=ceiling.growth),
        counted(f"{what}: most that waited", "waiting", met.depth, ceiling=ceiling.depth),
        compared(f"{what}: CPU of the consumer a message ÷ no-op", "ms", [met.cpu_ms], [ceiling.cpu_ms]),
        counted(f"{pages}: answered", "1/s", met.audience["pages_per_s"]),
        *(
            compared(f"{pages}: {name} ÷ bare", "ms", [met.audience[f"{name}_ms"]], [ceiling.audience[f"{name}_ms"]])
            for name in ("p50", "p95", "p99")
        ),
    ]


def _rows_of_delay(times: Times) -> list[Row]:
    cuts = quantiles(times.arrived, n=100, method="inclusive")
    label, ceiling = "load: message → page", [times.ceiling()]
    return [
        compared(
            f"{label}, p50 of {len(times.arrived)} ÷ (bus + one answer)", "ms", [cuts[49]], ceiling, at_most(DELAY_AIM)
        ),
        compared(f"{label}, p95 ÷ the same", "ms", [cuts[94]], ceiling),
        compared(f"{label}, p99 ÷ the same", "ms", [cuts[98]], ceiling),
        counted(f"{label}: bus alone, median", "ms", median(times.bus)),
    ]


def _row_of_reads(reads: int, message_count: int) -> Row:
    return counted("load: requests to Bugzilla for 1,000 messages", "requests", 1000 * reads / message_count)
