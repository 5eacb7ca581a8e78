"""A Pagure project in which the tests may open tickets: simulated, or a real one that the environment names."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from bbconsumer.config import Secret
from bbconsumer.domain.snapshots import TicketSnapshot
from bbconsumer.simulator.pagure import Pagure
from bbconsumer.simulator.pagure_server import SimulatedPagure
from bbconsumer.sources.pagure import PagureSource
from bbconsumer.sources.pagure_client import PagureClient

_BOT, _TOKEN, _REPO = "blockerbot", "CONTRACTTOKEN", "fedora-qa/blocker-review"
# More than fit on a page.
_CROWD = 105


@dataclass
class PagureSite:
    """One project. `pause` lets its server's clock move on by at least a second, which is the grain of `since`."""

    api_url: str
    repo: str
    token: str
    pause: Callable[[], None]
    # Titles must be new in a project that has seen this suite before.
    run: str = field(default_factory=lambda: secrets.token_hex(4))
    opened: list[int] = field(default_factory=list)

    def client(self, token: str | None = None) -> PagureClient:
        return PagureClient(self.api_url, Secret(self.token if token is None else token), timeout_s=60.0, tries=3)

    def source(self, *, token: str | None = None, repo: str = "") -> PagureSource:
        """What the service would read and write this project with."""
        return PagureSource(self.client(token), repo=repo or self.repo)

    def need_token(self) -> None:
        """Leave the test out where nothing may be written."""
        if not self.token:
            pytest.skip("nothing is written to Pagure: PAGURE_REPO_TOKEN is not set")

    def open(self, name: str = "A test", content: str = "By a test", tags: tuple[str, ...] = ()) -> TicketSnapshot:
        """Open a ticket, which is closed in the end."""
        self.need_token()
        ticket = self.source().create_ticket(f"bbconsumer {self.run}: {name}", content, tags)
        self.opened.append(ticket.id)
        return ticket

    def open_private(self) -> int:
        """Open a ticket that the public may not see; gives its number."""
        self.need_token()
        form = {"title": f"bbconsumer {self.run}", "issue_content": "Of no concern to the public.", "private": "true"}
        issue = self.write("new_issue", **form)["issue"]
        assert isinstance(issue, dict)
        self.opened.append(int(issue["id"]))
        return self.opened[-1]

    def comment(self, ticket_id: int, text: str) -> None:
        """The service itself never comments."""
        self.write(f"issue/{ticket_id}/comment", comment=text)

    def write(self, path: str, **form: str) -> Mapping[str, object]:
        """Past the source: what it would not send."""
        return self.client().write(f"{quote(self.repo)}/{path}", form)

    def read(self, ticket_id: int) -> TicketSnapshot:
        (ticket,) = self.source().fetch_tickets([ticket_id]).values()
        assert isinstance(ticket, TicketSnapshot)
        return ticket

    def close(self) -> None:
        """Close what was opened, each ticket even if another cannot be closed."""
        source = self.source()
        with ExitStack() as stack:
            stack.callback(source.rest)
            for ticket_id in self.opened:
                stack.callback(source.set_ticket_status, ticket_id, False, "")


class _Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 9, 14, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self) -> None:
        self.now += timedelta(seconds=1)


@contextmanager
def simulated_project() -> Iterator[PagureSite]:
    """The simulator, whose clock stands still between pauses; a project with two pages of tickets."""
    clock = _Clock()
    state = Pagure(clock=clock)
    state.add_user("carol")
    state.add_user(_BOT, token=_TOKEN)
    state.add_project(_REPO, "carol", users={"commit": [_BOT]}, close_statuses=["Accepted", "Rejected"])
    for number in range(_CROWD):
        state.create_ticket(_REPO, f"One of many, number {number}", "Details", "carol")
    clock.advance()
    with SimulatedPagure(state) as server:
        site = PagureSite(server.api_url, _REPO, _TOKEN, clock.advance)
        yield site
        site.close()


@contextmanager
def real_project(environ: Mapping[str, str]) -> Iterator[PagureSite]:
    """The project that the environment names."""
    site = PagureSite(
        environ.get("PAGURE_API") or f"{environ['PAGURE_URL'].rstrip('/')}/api/0",
        environ["PAGURE_REPO"],
        environ.get("PAGURE_REPO_TOKEN", ""),
        lambda: time.sleep(1.1),
    )
    yield site
    site.close()
