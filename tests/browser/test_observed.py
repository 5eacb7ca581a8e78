"""What is wrong with a page is noticed: the tests of all pages are worth as much as this."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Route

from tests.browser.observed import DARK, NARROW, observing
from web.security import SECURITY_HEADERS

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

URL = "http://127.0.0.1:9/page"
_SOUND = '<!DOCTYPE html><html lang="en"><title>T</title><main><h1>H</h1>{}</main></html>'


def _problems(browser: Browser, body: str, *, status: int = 200, expected: int = 200) -> str:
    def answer(route: Route) -> None:
        if route.request.url == URL:
            page = _SOUND.format(body)
            route.fulfill(status=status, content_type="text/html", headers=SECURITY_HEADERS, body=page)
        else:
            route.fulfill(status=404)

    with observing(browser, NARROW) as observed:
        observed.page.route("**", answer)
        problems = observed.open(URL, expected)
        return "\n".join(problems + observed.examine())


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("<script>1</script>", "Content Security Policy"),
        ('<p style="color: red">P</p>', "Content Security Policy"),
        ('<p>P</p><script src="/none.js"></script>', "404: http://127.0.0.1:9/none.js"),
        ('<svg width="400" height="10" role="img" aria-label="S"></svg>', "reaches beyond the window"),
        ('<p><img src="/none.png"></p>', "axe image-alt"),
        ("<h4>H</h4>", "axe heading-order"),
    ],
)
def test_a_fault_is_noticed(browser: Browser, body: str, problem: str) -> None:
    assert problem in _problems(browser, body)


def test_a_sound_page_is_sound_also_when_it_says_what_is_wrong(browser: Browser) -> None:
    assert _problems(browser, "<p>P</p>") == ""
    assert _problems(browser, "<p>P</p>", status=404, expected=404) == ""
    assert "answered with 503 instead of 404" in _problems(browser, "<p>P</p>", status=503, expected=404)


def test_an_error_of_a_script_and_a_server_that_is_gone_are_noticed(browser: Browser) -> None:
    with observing(browser, DARK) as observed:
        observed.page.evaluate("setTimeout(() => { throw new Error('ours') })")
        observed.page.evaluate("fetch('http://127.0.0.1:9/').catch(() => 1)")
        assert any("ours" in problem for problem in observed.problems)
        assert any("not loaded" in problem for problem in observed.problems)
