"""A Bodhi whose updates the tests read: simulated, or a real one that the environment names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bbconsumer.domain.snapshots import UpdateSnapshot
from bbconsumer.simulator.bodhi_bulk import build_updates
from bbconsumer.simulator.bodhi_server import SimulatedBodhi
from bbconsumer.sources.bodhi import BodhiSource
from bbconsumer.sources.bodhi_answers import parse_update
from bbconsumer.sources.bodhi_client import BodhiClient

# As many as Bodhi gives without being asked for a number.
_RECENT = 20
_SIMULATED_BUGS = range(2_400_001, 2_400_061)


@dataclass
class BodhiSite:
    """One server, which goes on living while it is read."""

    url: str

    def client(self) -> BodhiClient:
        return BodhiClient(self.url, timeout_s=60.0, tries=3)

    def source(self, *, page_size: int = 100) -> BodhiSource:
        """What the service would read this server with."""
        return BodhiSource(self.client(), page_size=page_size)

    def ask(self, path: str, **params: str | int) -> Mapping[str, Any]:
        """Past the source: what it would not ask."""
        return self.client().ask(path, params)

    @cached_property
    def recent_raw(self) -> list[Mapping[str, Any]]:
        """Updates that name a bug, the latest first; read once."""
        updates = self.ask("updates/", rows_per_page=5 * _RECENT)["updates"]
        return [raw for raw in updates if raw["bugs"]][:_RECENT]

    @property
    def recent(self) -> list[UpdateSnapshot]:
        return [parse_update(raw) for raw in self.recent_raw]


@contextmanager
def simulated_bodhi() -> Iterator[BodhiSite]:
    """The simulator, with some updates of the last hour, of which one was edited."""
    state = build_updates(_SIMULATED_BUGS)
    state.edit_update(list(state.updates.known_keys())[-1], "alice", notes="Fixes more")
    with SimulatedBodhi(state) as server:
        yield BodhiSite(server.url)


@contextmanager
def real_bodhi(environ: Mapping[str, str]) -> Iterator[BodhiSite]:
    """The server that the environment names."""
    yield BodhiSite(environ["BODHI_URL"])
