"""Who has no mouse gets everywhere, and always sees where they are."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.addresses import OVERVIEW
from tests.browser.observed import LIGHT, NARROW, Look, observing
from tests.browser.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

# What has the focus, what is drawn around it, whether it is in the window and not behind something else.
_FOCUS = """() => {
    const focused = document.activeElement;
    if (focused === document.body) return null;
    const box = focused.getClientRects()[0], style = getComputedStyle(focused);
    const x = Math.min(Math.max(box.x + box.width / 2, 0), innerWidth - 1);
    const y = Math.min(Math.max(box.y + Math.min(box.height / 2, 12), 0), innerHeight - 1);
    const top = document.elementFromPoint(x, y);
    return {
        what: focused.outerHTML.slice(0, 100),
        outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
        inside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
        uncovered: !!top && (focused.contains(top) || top.contains(focused)),
    };
}"""


def _walk(page: Page, most: int) -> list[dict[str, Any]]:
    """Press Tab until the end of the page, or so many times; gives what was met."""
    met = []
    for _ in range(most):
        page.keyboard.press("Tab")
        if (stop := page.evaluate(_FOCUS)) is None:
            break
        met.append(stop)
    return met


@pytest.mark.parametrize("look", [LIGHT, NARROW], ids=lambda look: look.name)
@pytest.mark.parametrize("path", [OVERVIEW, f"{OVERVIEW}/buglist", f"{OVERVIEW}/meeting", "/status"])
def test_every_stop_can_be_seen(browser: Browser, site: Site, path: str, look: Look) -> None:
    with observing(browser, look) as observed:
        observed.open(site.url + path)
        # The pages' way is told from the style, not from where a moving page is.
        observed.page.emulate_media(reduced_motion="reduce")
        met = _walk(observed.page, 50)
    assert len(met) > 5
    assert "Skip to content" in met[0]["what"]
    assert [stop for stop in met if not (stop["outline"] >= 2 and stop["inside"] and stop["uncovered"])] == []


def test_the_skip_link_leads_past_the_navigation(browser: Browser, site: Site) -> None:
    with observing(browser) as observed:
        page = observed.page
        observed.open(site.url + OVERVIEW)
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to content")).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_a_table_that_is_too_wide_is_scrolled_with_the_arrow_keys(browser: Browser, site: Site) -> None:
    with observing(browser, Look("small", 500, 640)) as observed:
        observed.open(f"{site.url}{OVERVIEW}/buglist")
        table = observed.page.get_by_role("group", name="Proposed blockers")
        table.focus()
        observed.page.keyboard.press("ArrowRight")
        observed.page.wait_for_function("table => table.scrollLeft > 0", arg=table.element_handle())
        first = table.get_by_role("link").first
        assert (first.bounding_box() or {"x": -1})["x"] >= 0, "what a row is about stays in sight"


def test_a_bug_is_found_by_keyboard_alone(browser: Browser, site: Site) -> None:
    with observing(browser) as observed:
        page = observed.page
        observed.open(site.url + OVERVIEW)
        page.get_by_role("link", name="Proposed blockers").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/buglist#proposed-blockers")
        page.keyboard.press("Tab")
        expect(page.get_by_role("group", name="Proposed blockers")).to_be_focused()
        # Past the heads of the columns, which sort.
        rows = page.get_by_role("group", name="Proposed blockers").locator("tbody")
        for _ in range(rows.locator("xpath=../thead").get_by_role("link").count() + 1):
            page.keyboard.press("Tab")
        expect(rows.get_by_role("link").first).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Bug ")
