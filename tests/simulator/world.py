"""A handful of bugs on a simulated server, and a client that speaks plain REST."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from bbconsumer.simulator.bug_json import RED_HAT, Flavour
from bbconsumer.simulator.bugzilla import EDIT_GROUP, Bugzilla
from bbconsumer.simulator.messages import BusForm
from bbconsumer.simulator.server import SimulatedBugzilla

START = datetime(2026, 9, 14, 12, 0, 0, tzinfo=UTC)
ALICE, INSIDER, VISITOR = "alice@example.test", "insider@example.test", "visitor@example.test"
KEYS = {ALICE: "alice-key", INSIDER: "insider-key", VISITOR: "visitor-key"}
TRACKER, OTHER_TRACKER = 1, 2
TIMEOUT_S = 20.0

Json = dict[str, Any]


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
    """The running server, its clock, and every message so far."""

    server: SimulatedBugzilla
    clock: Clock
    messages: list[tuple[str, Json]] = field(default_factory=list)

    @property
    def state(self) -> Bugzilla:
        return self.server.state

    def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, object] | None = None,
        body: Json | None = None,
        key: str = KEYS[ALICE],
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """One request; `query` values may be lists. `key` empty: not logged in."""
        return requests.request(
            method,
            f"{self.server.url}/{path}",
            params=dict(query or {}),  # type: ignore[arg-type]  # lists and numbers are fine
            json=body,
            headers={**({"X-BUGZILLA-API-KEY": key} if key else {}), **(headers or {})},
            timeout=TIMEOUT_S,
        )

    def get(self, path: str, **query: object) -> Json:
        """The JSON of a successful GET below `rest/`, as Alice."""
        response = self.ask("GET", f"rest/{path}", query)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def found(self, **query: object) -> list[int]:
        """The ids that a search gives, in its order."""
        return [bug["id"] for bug in self.get("bug", include_fields="id", **query)["bugs"]]

    def history(self, bug_id: int) -> list[Json]:
        return list(self.get(f"bug/{bug_id}/history")["bugs"][0]["history"])

    def file(self, summary: str = "A bug", **fields: object) -> int:
        """File a bug as Alice, without HTTP."""
        bug = {"product": "Fedora", "component": "anaconda", "version": "45", "summary": summary}
        return self.state.create_bug({**bug, **fields}, ALICE)

    def file_private(self) -> int:
        """File a bug that Alice may not see."""
        bug = {"product": "Fedora", "component": "gdm", "version": "45", "summary": "Secret", "groups": ["private"]}
        return self.state.create_bug(bug, INSIDER)

    def edit(self, *bug_ids: int, **changes: object) -> None:
        """Edit bugs as Alice, without HTTP."""
        self.state.update_bug(bug_ids, changes, ALICE)


@contextmanager
def world_of(flavour: Flavour = RED_HAT, bus_form: BusForm = "bz4") -> Iterator[World]:
    """A server with two trackers and nothing else."""
    clock = Clock()
    state = Bugzilla(clock=clock, bus_form=bus_form)
    state.add_user(ALICE, "Alice Example", api_key=KEYS[ALICE], groups=[EDIT_GROUP])
    state.add_user(INSIDER, "Insider Example", api_key=KEYS[INSIDER], groups=[EDIT_GROUP, "private"])
    state.add_user(VISITOR, "Visitor Example", api_key=KEYS[VISITOR])
    with SimulatedBugzilla(state, flavour=flavour) as server:
        world = World(server, clock)
        for alias in ("F45BetaBlocker", "F45BetaFreezeException"):
            world.file(alias, component="distribution", alias=[alias])
        server.on_message(lambda topic, body: world.messages.append((topic, body)))
        clock.advance(60)
        yield world
