"""Sites at which alice is signed in: the web in front of a world that changes, and the cookie that names her."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from playwright.sync_api import Browser

from bbconsumer.config import Settings
from tests.browser.observed import LIGHT, Look, Observed, observing
from tests.browser.site import PREFIX, Web
from tests.flow.world import World
from tests.services.server import find_free_port
from tests.web.signed_in import settings_with_sign_in
from web.sessions import Sessions

AnyWorld = TypeVar("AnyWorld")


@dataclass(frozen=True)
class PersonalSite(Generic[AnyWorld]):
    """What runs: the world, the settings of the web in front of it, and the address at which alice begins."""

    world: AnyWorld
    settings: Settings
    url: str
    groups: tuple[str, ...]

    @contextmanager
    def visit(self, browser: Browser, look: Look = LIGHT, *, with_scripts: bool = True) -> Iterator[Observed]:
        """A browser in which alice is signed in."""
        sessions = Sessions(self.settings, _now)
        with observing(browser, look, with_scripts=with_scripts) as observed:
            value = sessions.seal("alice", self.groups)
            observed.page.context.add_cookies([{"name": sessions.cookie.name, "value": value, "url": self.url}])
            yield observed


@contextmanager
def serving(
    world: AnyWorld, bugs: World, path: str, groups: tuple[str, ...] = (), **settings: Any
) -> Iterator[PersonalSite[AnyWorld]]:
    """A site that is there as long as the block runs. `bugs` is what the web reads; `path` is where alice begins."""
    origin = f"http://127.0.0.1:{(port := find_free_port())}"
    plain = {
        "blockerbugs_url": f"{origin}{PREFIX}",
        "bugzilla_url": bugs.settings.bugzilla_url,
        "bugzilla_api_key": bugs.settings.bugzilla_api_key,
        "bugzilla_tries": 1,
    }
    site = PersonalSite(world, settings_with_sign_in(**plain, **settings), f"{origin}{PREFIX}{path}", groups)
    with Web(site.settings, bugs.database, _now, port=port):
        yield site


def _now() -> datetime:
    return datetime.now(UTC)
