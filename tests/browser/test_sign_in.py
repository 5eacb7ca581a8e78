"""Signing in and out without a mouse, and that no page of others can do anything in somebody's name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp

from bbconsumer.simulator.loopback import LoopbackServer
from bbconsumer.simulator.openid import CLIENT_SECRET
from bbconsumer.simulator.openid_server import SimulatedOpenID
from tests.browser.observed import DARK, LIGHT, NARROW, Look, Observed, observing
from tests.openid.site import Web, reserved_url, serving

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module")
def web(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """The service, and a provider that asks who one is."""
    port, url = reserved_url()
    with SimulatedOpenID() as provider:
        provider.state.redirect_uris.add(f"{url}/authorize")
        with serving(tmp_path_factory.mktemp("web"), port, provider.issuer, CLIENT_SECRET) as web:
            yield web


def _press(page: Page, name: str) -> None:
    """Go with the tabulator to what has this name, and press it."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == name:
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"the tabulator does not reach {name}")


def _signed_in(observed: Observed, web: Web) -> Page:
    page = observed.page
    observed.open(f"{web.settings.blockerbugs_url}/status")
    _press(page, "Sign in")
    expect(page.get_by_role("heading")).to_contain_text("who are you?")
    _press(page, "bob")
    expect(page.get_by_role("banner").get_by_role("link", name="bob")).to_be_visible()
    return page


@pytest.mark.parametrize("look", [LIGHT, DARK, NARROW], ids=lambda look: look.name)
def test_one_signs_in_and_out_by_keyboard_on_pages_that_all_can_use(browser: Browser, web: Web, look: Look) -> None:
    with observing(browser, look) as observed:
        page = _signed_in(observed, web)
        assert page.url == f"{web.settings.blockerbugs_url}/status"
        assert observed.examine() == []
        _press(page, "Sign out")
        expect(page.get_by_role("link", name="Sign in")).to_be_visible()
        assert observed.problems == []
        assert observed.open(f"{web.settings.blockerbugs_url}/authorize", 400) == []
        assert observed.examine() == []


class _Trap(LoopbackServer):
    """A page of others, with a form that signs people out of the service."""

    def __init__(self, action: str) -> None:
        super().__init__("trap")
        self._action = action

    def app(self) -> ASGIApp:
        form = f'<form method="post" action="{self._action}"><button>Win a prize</button></form>'
        return HTMLResponse(f"<!DOCTYPE html><title>Trap</title>{form}")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"], ids=["another port, the same site", "another site"])
def test_a_form_that_others_send_is_refused(browser: Browser, web: Web, host: str) -> None:
    action = f"{web.settings.blockerbugs_url}/logout"
    with observing(browser) as observed, _Trap(action) as trap:
        page = _signed_in(observed, web)
        page.goto(trap.url.replace("127.0.0.1", host))
        with page.expect_response(action) as answered:
            page.get_by_role("button").click()
        sent = answered.value.request.all_headers()
        # The browser itself says so; to the same site it even sends the session along.
        is_same_site = host == "127.0.0.1"
        assert sent["sec-fetch-site"] == ("same-site" if is_same_site else "cross-site")
        assert ("blockerbugs-session" in sent.get("cookie", "")) == is_same_site
        assert answered.value.status == 403
        expect(page.get_by_role("heading")).to_have_text("This request does not come from this site")
        page.goto(f"{web.settings.blockerbugs_url}/status")
        expect(page.get_by_role("banner").get_by_role("link", name="bob")).to_be_visible()
