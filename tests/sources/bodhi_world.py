"""A simulated Bodhi, the source that reads it, and a server between the two."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler
from typing import Any

from bbconsumer.domain.snapshots import UpdateSnapshot
from bbconsumer.simulator.bodhi import Bodhi
from bbconsumer.simulator.bodhi_server import SimulatedBodhi
from bbconsumer.sources import UpdateSource
from bbconsumer.sources.bodhi import BodhiSource
from bbconsumer.sources.bodhi_client import BodhiClient
from tests.sources.pagure_world import START, Clock
from tests.sources.world import Json, get, send_json, serving

ALIAS, MISSING = "FEDORA-2026-1234567890", "FEDORA-2026-0000000000"
DAY_S = 86_400

Ask = Callable[[UpdateSource], object]
Meddle = Callable[[str, Json], Json | None]

ASKS: dict[str, Ask] = {
    "updates": lambda source: source.fetch_updates([ALIAS]),
    "by bugs": lambda source: source.find_aliases_by_bugs([1]),
    "changed": lambda source: source.find_aliases_changed(START),
}

_numbers = itertools.count(1)


@dataclass
class World:
    """The server. Its time is later than all that other tests did, and its numbers are new."""

    server: SimulatedBodhi
    clock: Clock

    @property
    def state(self) -> Bodhi:
        return self.server.state

    def bug(self) -> int:
        """The number of a bug that no update names yet."""
        return 2_400_000 + next(_numbers)

    def submit(self, *bugs: int, **fields: Any) -> str:
        """Submit an update of a package of its own."""
        return self.state.create_update("F45", [f"package{next(_numbers)}-1-1.fc45"], "alice", bugs=bugs, **fields)

    def submit_many(self, count: int, *bugs: int) -> list[str]:
        return [self.submit(*bugs) for _ in range(count)]

    def submit_newer(self, alias: str) -> str:
        """Submit an update of the same packages, which makes this one obsolete."""
        version = next(_numbers)
        nvrs = [f"{build.package}-{version}-2.fc45" for build in self.state.update(alias).builds]
        return self.state.create_update("F45", nvrs, "alice")

    def read(self, alias: str) -> UpdateSnapshot:
        (update,) = self.source().fetch_updates([alias]).values()
        assert update is not None
        return update

    def source(self, **options: Any) -> BodhiSource:
        """What reads this server; by default it does not try twice."""
        return source_of(self.server.url, **options)

    def asked(self) -> dict[str, int]:
        """How many requests of each kind there were; they are forgotten by that."""
        counts = self.server.requests.by_kind()
        self.server.requests.clear()
        return counts

    def longest_address(self) -> int:
        return max(len(f"{self.server.url}{each.path}?{each.query}") for each in self.server.requests.all())

    def now(self) -> datetime:
        return self.clock.now


def source_of(url: str, *, page_size: int = 100, **options: Any) -> BodhiSource:
    """A source as the service builds it, with time-outs below a second where a test wants them."""
    return BodhiSource(BodhiClient(url, **{"timeout_s": 30.0, "tries": 1, **options}), page_size=page_size)


@contextmanager
def simulated() -> Iterator[tuple[SimulatedBodhi, Clock]]:
    """A server with a release and no update."""
    clock = Clock()
    state = Bodhi(clock=clock)
    state.add_release("F45", state="frozen")
    with SimulatedBodhi(state) as server:
        yield server, clock


@contextmanager
def between(world: World, meddle: Meddle) -> Iterator[str]:
    """A server between: `meddle(path with query, answer)` gives the answer to send instead of the true one."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        response = get(world.server.url + handler.path)
        content = response.json()
        send_json(handler, meddle(handler.path, content) or content, response.status_code)

    with serving(answer) as url:
        yield url
