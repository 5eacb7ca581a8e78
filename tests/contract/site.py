"""A Bugzilla in which the tests may file bugs: simulated, or a real one that the environment names."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bugzilla import Bugzilla
from bugzilla.exceptions import BugzillaError

from bbconsumer.config import Secret, Settings
from bbconsumer.simulator import bugzilla as simulated
from bbconsumer.simulator.bug_json import Flavour
from bbconsumer.simulator.server import SimulatedBugzilla
from bbconsumer.sources.bugzilla import BugzillaSource
from bbconsumer.wiring import build_source

_SIMULATED_KEY, _SIMULATED_GROUP = "contract-key", "fedora_private"


@dataclass
class Site:
    """One server. `pause` lets its clock move on by at least a second, which is the grain of all its times."""

    url: str
    key: str
    pause: Callable[[], None]
    component: str = "distribution"
    version: str = "rawhide"
    resolution: str = "WORKSFORME"
    private_group: str = ""
    outsider_key: str = ""
    is_real: bool = False
    # Aliases must be new on a server that has seen this suite before.
    run: str = field(default_factory=lambda: secrets.token_hex(4))

    def __post_init__(self) -> None:
        self.writer = Bugzilla(self.url, api_key=self.key, force_rest=True, use_creds=False)

    def source(self, *, key: str | None = None, **settings: Any) -> BugzillaSource:
        """What the service would read this server with."""
        secret = Secret(self.key if key is None else key)
        return build_source(Settings.of(bugzilla_url=self.url, bugzilla_api_key=secret, **settings))

    def file(self, summary: str = "A test of bbconsumer", **fields: Any) -> int:
        """File a bug in product Fedora; gives its number."""
        plain = {
            "product": "Fedora",
            "component": self.component,
            "version": self.version,
            "summary": summary,
            "description": "Filed by the contract tests of bbconsumer; nobody needs to do anything.",
            "op_sys": "Linux",
            "platform": "x86_64",
        }
        return int(self.writer.createbug({**plain, **fields}).id)

    def edit(self, bug_id: int, **changes: Any) -> None:
        self.writer.update_bugs([bug_id], changes)

    def flag(self, bug_id: int, name: str, **fields: str) -> None:
        """Set a flag, or leave the test out where the server has none of that name."""
        try:
            self.edit(bug_id, flags=[{"name": name, "status": "?", "new": True, **fields}])
        except BugzillaError as error:
            if self.is_real:
                pytest.skip(f"the server does not let us set the flag {name}: {error}")
            raise

    def tracker(self, name: str) -> tuple[int, str]:
        """File a tracker; gives its number and alias."""
        alias = f"bbc{self.run}{name}"
        return self.file(f"Tracker {alias}", alias=alias), alias

    def close(self) -> None:
        self.writer.get_requests_session().close()


class _Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 9, 14, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self) -> None:
        self.now += timedelta(seconds=1)


@contextmanager
def simulated_site(flavour: Flavour) -> Iterator[Site]:
    """The simulator, whose clock stands still between pauses."""
    clock = _Clock()
    state = simulated.Bugzilla(clock=clock)
    groups = [simulated.EDIT_GROUP, _SIMULATED_GROUP]
    state.add_user("service@example.test", "Service", api_key=_SIMULATED_KEY, groups=groups)
    with SimulatedBugzilla(state, flavour=flavour) as server:
        site = Site(server.url, _SIMULATED_KEY, clock.advance, private_group=_SIMULATED_GROUP)
        yield site
        site.close()


@contextmanager
def real_site(environ: Mapping[str, str]) -> Iterator[Site]:
    """The server that the environment names; optional variables keep their defaults."""
    names = ("component", "version", "resolution", "private_group", "outsider_key")
    given = {name: environ.get(f"BUGZILLA_{name.upper()}", "") for name in names}
    site = Site(
        environ["BUGZILLA_URL"],
        environ["BUGZILLA_API_KEY"],
        lambda: time.sleep(1.1),
        is_real=True,
        **{name: value for name, value in given.items() if value},
    )
    yield site
    site.close()
