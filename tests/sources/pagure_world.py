"""A simulated Pagure with a project of a test's own, the source that reads it, and a server between the two."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bbconsumer.simulator.pagure import Pagure
from bbconsumer.simulator.pagure_server import SimulatedPagure
from bbconsumer.sources.pagure import PagureSource
from tests.sources.pagure_faults import TOKEN, source_of
from tests.sources.world import Json, get, send_json, serving

BOT, REPORTER, OUTSIDER = "blockerbot", "alice", "frida"
OUTSIDER_TOKEN = "TOKENOFSOMEBODYELSE"
START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)

Meddle = Callable[[str, Json], Json | None]

_numbers = itertools.count(1)


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float = 1.0) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class World:
    """The server, and a project on it in which nothing has happened yet."""

    server: SimulatedPagure
    clock: Clock
    repo: str = field(default_factory=lambda: f"fedora-qa/review-{next(_numbers)}")

    @property
    def state(self) -> Pagure:
        return self.server.state

    def file(self, title: str = "It crashes", content: str = "Details", user: str = BOT, **fields: Any) -> int:
        return self.state.create_ticket(self.repo, title, content, user, **fields)

    def file_many(self, count: int, **fields: Any) -> list[int]:
        return [self.file(**fields) for _ in range(count)]

    def comment(self, ticket_id: int, text: str = "BetaBlocker +1", user: str = REPORTER) -> int:
        return self.state.comment(self.repo, ticket_id, text, user)

    def close(self, ticket_id: int, reason: str = "") -> None:
        self.state.set_status(self.repo, ticket_id, "Closed", BOT, close_status=reason)

    def source(self, **options: Any) -> PagureSource:
        """What reads this project; by default it does not try twice."""
        return source_of(self.server.url, **{"repo": self.repo, **options})

    def asked(self) -> dict[str, int]:
        """How many requests of each kind there were."""
        return self.server.requests.by_kind()


@contextmanager
def simulated() -> Iterator[tuple[SimulatedPagure, Clock]]:
    """A server with some people and no project."""
    clock = Clock()
    state = Pagure(clock=clock)
    state.add_user("carol")
    state.add_user(REPORTER)
    state.add_user(BOT, token=TOKEN)
    state.add_user(OUTSIDER, token=OUTSIDER_TOKEN)
    with SimulatedPagure(state) as server:
        yield server, clock


@contextmanager
def between(world: World, meddle: Meddle) -> Iterator[str]:
    """A server between: `meddle(path with query, answer)` gives the answer to send instead of the true one."""

    def answer(handler: Any) -> None:
        response = get(world.server.url + handler.path, {"Authorization": handler.headers["Authorization"]})
        content = response.json()
        send_json(handler, meddle(handler.path, content) or content, response.status_code)

    with serving(answer) as url:
        yield url
