"""An open page follows what happens, disturbs nobody, and says so when it cannot."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import make_url

from bbconsumer.config import Settings
from bbconsumer.db.schema import upgrade
from bbconsumer.db.session import Database
from tests.browser.addresses import OVERVIEW
from tests.browser.observed import Observed, observing
from tests.browser.site import PREFIX
from tests.services.server import find_free_port
from tests.web.reading import BETA
from tests.web.world import NOW, World, comments
from web.app import create_app

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

FOLLOWING, LOST = "Following changes.", "Connection lost"
# Waiting costs nothing when what is waited for happens at once.
PATIENCE_MS = 20_000


class _Web:
    """The application as a real server, which follows its database, and can be ended and begun again."""

    def __init__(self, path: Path) -> None:
        self.database_url = make_url(f"sqlite:///{path}")
        self.port = find_free_port()
        self.url = f"http://127.0.0.1:{self.port}{PREFIX}"

    def start(self) -> None:
        app = create_app(Settings.of(), Database(self.database_url), clock=_now)
        # The browser's connections are not waited for at the end.
        config = uvicorn.Config(app, host="127.0.0.1", port=self.port, log_config=None, timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive()
            time.sleep(0.01)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()


def _now() -> datetime:
    return NOW


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """One proposed bug with a ticket, on a current milestone."""
    database = Database(make_url(f"sqlite:///{tmp_path / 'live.sqlite'}"))
    upgrade(database)
    world = World(database)
    world.milestone(is_current=True)
    world.nominated(7, summary="The first bug")
    world.ticket(3, 7)
    world.synced()
    yield world
    database.dispose()


@pytest.fixture
def web(world: World, tmp_path: Path) -> Iterator[_Web]:
    """A server of that world."""
    web = _Web(tmp_path / "live.sqlite")
    web.start()
    yield web
    web.stop()


@pytest.fixture
def observed(browser: Browser, web: _Web) -> Iterator[Observed]:
    """A visitor's browser."""
    with observing(browser) as observed:
        observed.page.set_default_timeout(PATIENCE_MS)
        yield observed


def _says(page: Page, text: str) -> None:
    expect(page.locator("#live [role=status]")).to_contain_text(text, timeout=PATIENCE_MS)


def _follow(observed: Observed, url: str) -> Page:
    assert observed.open(url) == []
    _says(observed.page, FOLLOWING)
    return observed.page


def test_a_vote_appears_by_itself(observed: Observed, web: _Web, world: World) -> None:
    page = _follow(observed, web.url + BETA)
    world.ticket(3, 7, comments(("alice", "BetaBlocker +1")))
    expect(page.locator("main")).to_contain_text("+alice", timeout=PATIENCE_MS)
    _says(page, "Updated at")
    assert observed.problems == []


def test_title_and_navigation_follow_too(observed: Observed, web: _Web, world: World) -> None:
    page = _follow(observed, web.url + BETA)
    world.nominated(8, summary="The second bug")
    expect(page).to_have_title("Fedora 45 Beta: 2 proposed, 0 accepted blockers – Blocker Bugs", timeout=PATIENCE_MS)
    expect(page.locator("#navigation")).to_contain_text("2 open blockers", timeout=PATIENCE_MS)


def test_nobody_is_disturbed(observed: Observed, web: _Web, world: World) -> None:
    """The focus stays where it is, and what was opened stays open."""
    page = _follow(observed, web.url + OVERVIEW)
    page.locator("#burndown summary").click()
    link = page.locator("main a[href$='#bug-7'], main a[href$='/bug/7']").first
    link.focus()
    focused = page.evaluate("document.activeElement.href")
    world.nominated(8, summary="The second bug")
    expect(page.locator("main")).to_contain_text("The second bug", timeout=PATIENCE_MS)
    assert page.evaluate("document.activeElement.href") == focused
    expect(page.locator("#burndown details")).to_have_attribute("open", "")
    # Politely: what is being read aloud is finished first.
    expect(page.get_by_role("status").locator("visible=true").last).not_to_have_attribute("aria-live", "assertive")


def test_it_can_be_paused(observed: Observed, web: _Web, world: World) -> None:
    page = _follow(observed, web.url + BETA)
    pause = page.get_by_role("button", name="Pause live updates")
    pause.click()
    expect(pause).to_have_attribute("aria-pressed", "true")
    world.nominated(8, summary="The second bug")
    _says(page, "Paused. Something has changed since.")
    expect(page.locator("main")).not_to_contain_text("The second bug")
    pause.click()
    expect(page.locator("main")).to_contain_text("The second bug", timeout=PATIENCE_MS)


def test_a_lost_connection_is_told_and_made_up_for(observed: Observed, web: _Web, world: World) -> None:
    page = _follow(observed, web.url + BETA)
    web.stop()
    _says(page, LOST)
    world.nominated(8, summary="The second bug")
    expect(page.locator("main")).not_to_contain_text("The second bug")
    web.start()
    # It comes back by itself, with the number of the last change that it was told of.
    expect(page.locator("main")).to_contain_text("The second bug", timeout=PATIENCE_MS)


def test_a_text_is_what_is_copied_also_after_it_has_changed(observed: Observed, web: _Web, world: World) -> None:
    observed.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = _follow(observed, f"{web.url}{OVERVIEW}/meeting")
    world.nominated(8, summary="The second bug")
    expect(page.locator("#meeting")).to_contain_text("The second bug", timeout=PATIENCE_MS)
    page.get_by_role("button", name="Copy the whole text").click()
    expect(page.locator("#copied")).to_contain_text("Copied")
    assert "The second bug" in page.evaluate("navigator.clipboard.readText()")
