"""A simulated Bugzilla with a tracker, the source that reads it, and servers that do what no Bugzilla does."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from bbconsumer.config import Secret
from bbconsumer.simulator.bug_json import RED_HAT, Flavour
from bbconsumer.simulator.bugzilla import EDIT_GROUP, Bugzilla
from bbconsumer.simulator.server import SimulatedBugzilla
from bbconsumer.sources.bugzilla import BugzillaSource
from bbconsumer.sources.bugzilla_client import BugzillaClient

# As long as a real one, and of the same alphabet.
KEY = "Th1s1sTheApiKeyThatMustNeverBeShown12345"
PRIVATE_GROUP = "fedora_private"
READER, REPORTER = "service@example.test", "reporter@example.test"
ALIAS = "F45BetaBlocker"
MISSING_ID = 99_999
# Every request that `World.read_all` makes, in its order, as the simulator's switches match it.
PATHS = ("GET /rest/version$", "GET /rest/bug$", f"GET /rest/bug/{MISSING_ID}$", "GET /rest/bug/[0-9]+/history$")
TIMEOUT_S = 20.0

Json = dict[str, Any]
Answer = Callable[[BaseHTTPRequestHandler], None]
Change = Callable[[str, Json], Json | None]


@dataclass
class World:
    """The simulated server and the number of its one tracker."""

    server: SimulatedBugzilla
    tracker: int

    def file(self, summary: str = "It crashes", **fields: Any) -> int:
        """File a bug in product Fedora."""
        plain = {"product": "Fedora", "component": "kernel", "version": "45", "summary": summary}
        return self.server.state.create_bug({**plain, **fields}, REPORTER)

    def file_many(self, count: int, **fields: Any) -> list[int]:
        return [self.file(**fields) for _ in range(count)]

    def edit(self, bug_id: int, **changes: Any) -> None:
        self.server.state.update_bug([bug_id], changes, REPORTER)

    def source(self, **options: Any) -> BugzillaSource:
        """What reads this server; by default it does not try twice."""
        return source_of(self.server.url, **options)

    def read_all(self, **options: Any) -> None:
        """Make every kind of request once."""
        source = self.source(**options)
        source.fetch_bugs([MISSING_ID], [self.tracker], {})
        source.fetch_histories([self.tracker])
        source.rest()

    def asked(self) -> dict[str, int]:
        """How many requests of each kind there were, apart from the one that connects."""
        counts = self.server.requests.by_kind()
        counts.pop("version", None)
        return counts


def source_of(url: str, *, key: str = KEY, timeout_s: float = 30.0, tries: int = 1, **options: Any) -> BugzillaSource:
    """A source as `wiring` builds it, with time-outs below a second where a test wants them."""
    batch_size = options.pop("batch_size", 300)
    client = BugzillaClient(url, Secret(key), timeout_s=timeout_s, tries=tries, **options)
    return BugzillaSource(client, batch_size=batch_size)


@contextmanager
def world_of(flavour: Flavour = RED_HAT) -> Iterator[World]:
    """A server with a tracker and nothing else."""
    state = Bugzilla()
    state.add_user(REPORTER, groups=[EDIT_GROUP])
    state.add_user(READER, api_key=KEY)
    state.add_user("insider@example.test", api_key="insider-key", groups=[PRIVATE_GROUP])
    with SimulatedBugzilla(state, flavour=flavour) as server:
        world = World(server, 0)
        world.tracker = world.file("Blockers", alias=[ALIAS])
        yield world


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """A server on this machine that answers each GET and POST with `answer`; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer(self)

        def do_POST(self) -> None:
            # A body that is not read would be taken for the next request.
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer(self)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        # A handler may still wait for a client that has gone.
        block_on_close = False

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that hangs up is what many tests are about."""

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            # One that is closed and not shut down would ask for connections without end.
            server.shutdown()
            thread.join()


@contextmanager
def nobody() -> Iterator[str]:
    """An address on this machine at which nobody listens, nor will."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    """Answer with this body; header names are written with underscores."""
    handler.send_response(status)
    for name, value in {"Content_Length": str(len(body)), "Content_Type": "application/json", **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def send_json(handler: BaseHTTPRequestHandler, content: object, status: int = 200) -> None:
    send(handler, json.dumps(content).encode(), status)


def get(url: str, headers: Mapping[str, str] | None = None) -> requests.Response:
    """Ask as a server between does: not through the proxies of a test's environment."""
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, headers=dict(headers or {}), timeout=TIMEOUT_S)


@contextmanager
def tampered(world: World, change: Change) -> Iterator[str]:
    """A server between: `change(path with query, answer)` gives the answer to send instead."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        response = get(world.server.url + handler.path)
        content = response.json()
        send_json(handler, change(handler.path, content) or content, response.status_code)

    with serving(answer) as url:
        yield url
