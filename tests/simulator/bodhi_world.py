"""A simulated Bodhi with two releases, and a client that speaks plain HTTP."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests

from bbconsumer.simulator.bodhi import Bodhi
from bbconsumer.simulator.bodhi_records import Update
from bbconsumer.simulator.bodhi_server import SimulatedBodhi
from tests.simulator.world import TIMEOUT_S, Clock, Json

KERNEL = "kernel-6.18.1-300.fc45"
KARMA = 2


@dataclass
class BodhiWorld:
    """The state, its clock, every message so far, and, where a test asks over HTTP, the server."""

    state: Bodhi
    clock: Clock
    messages: list[tuple[str, Json]] = field(default_factory=list)
    running: SimulatedBodhi | None = None

    @property
    def server(self) -> SimulatedBodhi:
        assert self.running, "the fixture `bodhi` serves nothing"
        return self.running

    def submit(self, *builds: str, release: str = "F45", **fields: Any) -> str:
        """Submit an update as Alice."""
        return self.state.create_update(release, builds or [KERNEL], "alice", **fields)

    def submit_tested(self, *builds: str, **fields: Any) -> str:
        """Submit an update, and push it to testing."""
        alias = self.submit(*builds, **fields)
        self.state.push_to_testing(alias)
        return alias

    def vote(self, alias: str, karma: int, *people: str) -> None:
        for name in people:
            self.state.comment(alias, name, karma=karma)

    def update(self, alias: str) -> Update:
        return self.state.update(alias)

    def is_ready(self, alias: str) -> bool:
        update = self.update(alias)
        return update.is_ready(self.state.release(update.release), self.clock.now)

    def kinds(self) -> list[str]:
        """The topics of the messages so far, without what all have in common; they are forgotten by that."""
        kinds = [topic.removeprefix("org.fedoraproject.prod.bodhi.update.") for topic, _ in self.messages]
        self.messages.clear()
        return kinds

    def ask(
        self, path: str, query: Mapping[str, Any] | None = None, accept: str = "application/json"
    ) -> requests.Response:
        return requests.get(
            f"{self.server.url}/{path}",
            params=query,
            headers={"Accept": accept},
            allow_redirects=False,
            timeout=TIMEOUT_S,
        )

    def get(self, path: str, **query: object) -> Json:
        """The JSON of a successful request."""
        response = self.ask(path, query)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def found(self, **query: object) -> list[str]:
        """The updates that a list gives, in its order."""
        return [update["alias"] for update in self.get("updates/", **query)["updates"]]

    def refusals(self, path: str, **query: object) -> Iterable[tuple[str, str]]:
        """What is wrong with a request: name and description."""
        response = self.ask(path, query)
        assert (response.status_code, response.json()["status"]) == (400, "error")
        return [(error["name"], error["description"]) for error in response.json()["errors"]]


def new_world() -> BodhiWorld:
    """A release that is current, one that may be frozen, and Rawhide. Nothing serves it."""
    clock = Clock()
    state = Bodhi(clock=clock)
    state.add_release("F44")
    state.add_release("F45", state="pending", min_karma=KARMA)
    state.add_release("F46", state="pending", branch="rawhide", composed_by_bodhi=False, mandatory_days=0)
    return BodhiWorld(state, clock)


@contextmanager
def served_world() -> Iterator[BodhiWorld]:
    """The same with a server."""
    world = new_world()
    with SimulatedBodhi(world.state) as world.running:
        world.running.on_message(lambda topic, body: world.messages.append((topic, body)))
        yield world
