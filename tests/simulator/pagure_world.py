"""A simulated Pagure with some people, a project of a test's own, and a client that speaks plain REST.

One server lasts for many tests, since starting and ending one takes longer than what they do.
"""

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import requests

from bbconsumer.simulator.pagure import Pagure
from bbconsumer.simulator.pagure_server import SimulatedPagure
from tests.simulator.world import TIMEOUT_S, Clock, Json

# The bot may commit; dave may do so by a group; tina has only ticket access; frida has none.
BOT, OWNER, ALICE, DAVE, TINA, FRIDA = "blockerbot", "carol", "alice", "dave", "tina", "frida"
TOKENS = {name: f"{name}-token" for name in (BOT, OWNER, ALICE, DAVE, TINA, FRIDA)}

_numbers = itertools.count(1)


@dataclass
class PagureWorld:
    """The running server, its clock, two projects without tickets, and every message about them so far."""

    server: SimulatedPagure
    clock: Clock
    name: str = field(default_factory=lambda: f"review-{next(_numbers)}")
    messages: list[tuple[str, Json]] = field(default_factory=list)

    @property
    def project(self) -> str:
        """Its close statuses are `Accepted` and `Rejected`."""
        return f"fedora-qa/{self.name}"

    @property
    def other_project(self) -> str:
        """It is Alice's, and has no namespace and no close status."""
        return f"other-{self.name}"

    @property
    def state(self) -> Pagure:
        return self.server.state

    def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, object] | None = None,
        form: Mapping[str, str] | None = None,
        user: str = "",
        project: str = "",
        timeout_s: float = TIMEOUT_S,
    ) -> requests.Response:
        """One request about a project. `user` empty: not logged in."""
        return self.ask_at(
            f"{project or self.project}/{path}".rstrip("/"), method, query, form, TOKENS.get(user, user), timeout_s
        )

    def ask_at(
        self,
        path: str,
        method: str = "GET",
        query: Mapping[str, object] | None = None,
        form: Mapping[str, str] | None = None,
        token: str = "",
        timeout_s: float = TIMEOUT_S,
    ) -> requests.Response:
        """One request for a path below `/api/0/`."""
        return requests.request(
            method,
            f"{self.server.api_url}/{path}",
            params=dict(query or {}),  # type: ignore[arg-type]  # lists and numbers are fine
            data=form,
            headers={"Authorization": f"token {token}"} if token else {},
            timeout=timeout_s,
        )

    def get(self, path: str, user: str = "", **query: object) -> Json:
        """The JSON of a successful GET about the project."""
        response = self.ask("GET", path, query, user=user)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def post(self, path: str, user: str = BOT, **form: str) -> Json:
        """The JSON of a successful POST about the project."""
        response = self.ask("POST", path, form=form, user=user)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def listed(self, user: str = "", **query: object) -> list[int]:
        """The numbers on one page of the list, in its order."""
        return [issue["id"] for issue in self.get("issues", user, **query)["issues"]]

    def file(self, title: str = "It crashes", user: str = BOT, **more: Any) -> int:
        """Open a ticket, without HTTP."""
        return self.state.create_ticket(self.project, title, "Details", user, **more)

    def comment(self, ticket_id: int, text: str = "BetaBlocker +1", user: str = ALICE) -> int:
        """Comment, without HTTP."""
        return self.state.comment(self.project, ticket_id, text, user)

    def told(self) -> list[str]:
        """The ends of the topics of all messages since the last time, oldest first."""
        kinds = [topic.removeprefix("org.fedoraproject.prod.pagure.issue.") for topic, _ in self.messages]
        self.messages.clear()
        return kinds


def refusal(response: requests.Response) -> tuple[int, str]:
    """Status and code of an answer that says no."""
    return response.status_code, response.json()["error_code"]


@contextmanager
def pagure_server() -> Iterator[tuple[SimulatedPagure, Clock]]:
    """A server with people and without projects."""
    clock = Clock()
    state = Pagure(clock=clock)
    for name, token in TOKENS.items():
        state.add_user(name, name.title(), token=token)
    state.add_group("qa", [DAVE])
    with SimulatedPagure(state) as server:
        yield server, clock


def pagure_world(server: SimulatedPagure, clock: Clock) -> PagureWorld:
    """Two projects on that server, which behaves."""
    server.switches.reset()
    clock.now = clock.now.replace(microsecond=0) + timedelta(seconds=1)
    server.requests.clear()
    world = PagureWorld(server, clock)
    users = {"commit": [BOT], "ticket": [TINA]}
    statuses = ["Accepted", "Rejected"]
    server.state.add_project(world.project, OWNER, users=users, groups={"commit": ["qa"]}, close_statuses=statuses)
    server.state.add_project(world.other_project, ALICE)

    def note(topic: str, body: Json) -> None:
        if body["project"]["fullname"] in (world.project, world.other_project):
            world.messages.append((topic, body))

    server.on_message(note)
    return world
