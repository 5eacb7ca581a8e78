"""Lists are searched, filtered, sorted and left again by links and forms, with scripts and without."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.addresses import OVERVIEW
from tests.browser.observed import NARROW, observing
from tests.browser.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

BUGLIST = f"{OVERVIEW}/buglist"


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def page(browser: Browser, site: Site, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The overview; whatever the test then does must have caused no error."""
    with observing(browser, with_scripts=request.param) as observed:
        assert observed.open(site.url + OVERVIEW) == []
        yield observed.page
        assert observed.problems == []


def _rows(page: Page) -> Locator:
    return page.locator("main tbody tr[id]")


def _components(page: Page) -> set[str]:
    return set(page.locator("main tbody td.word > a").all_inner_texts())


def _show(page: Page) -> None:
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#chosen")).to_be_visible()


def test_the_search_box_finds_a_bug_by_component_and_then_by_number(page: Page, site: Site) -> None:
    box = page.get_by_role("search")
    box.get_by_role("searchbox").fill(site.component)
    box.get_by_role("searchbox").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Search")
    page.get_by_role("rowheader").get_by_role("link", name=str(site.bug_id)).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Bug {site.bug_id}")
    page.get_by_role("search").get_by_role("searchbox").fill(f"#{site.bug_id}")
    page.get_by_role("search").get_by_role("button").click()
    expect(page).to_have_url(re.compile(f"/bug/{site.bug_id}$"))


def test_filters_narrow_a_list_and_each_is_removed_by_itself(page: Page, site: Site) -> None:
    page.goto(site.url + BUGLIST)
    whole = _rows(page).count()
    page.get_by_text("Filter and sort").click()
    page.get_by_label("Component", exact=True).select_option(site.component)
    _show(page)
    of_component = _rows(page).count()
    assert 0 < of_component < whole
    assert _components(page) == {site.component}
    page.get_by_text("Filter and sort").click()
    page.get_by_role("group", name="To be done").get_by_label("Vote").check()
    _show(page)
    assert 0 < _rows(page).count() <= of_component
    expect(page.locator("#chosen li")).to_have_count(2)
    page.get_by_role("link", name=f"remove the filter Component: {site.component}").click()
    expect(page.locator("#chosen li")).to_have_count(1)
    expect(page.locator("#chosen")).to_contain_text("To be done: Vote")
    assert len(_components(page)) > 1
    page.get_by_role("link", name="remove the filter To be done: Vote").click()
    expect(page.locator("#chosen")).to_have_count(0)
    expect(_rows(page)).to_have_count(whole)


def test_a_head_sorts_its_table_one_way_and_then_the_other(page: Page, site: Site) -> None:
    page.goto(site.url + BUGLIST)
    table = page.get_by_role("group", name="Accepted blockers")
    head = table.get_by_role("columnheader", name="Bug", exact=True)
    numbers = table.locator("tbody th > a:first-child")
    expect(head).not_to_have_attribute("aria-sort", re.compile(""))
    for order in ("ascending", "descending"):
        head.get_by_role("link").click()
        expect(head).to_have_attribute("aria-sort", order)
        found = numbers.all_inner_texts()
        assert len(found) > 1
        assert found == sorted(found, reverse=order == "descending")
        expect(page.get_by_role("heading", name="Accepted blockers")).to_be_in_viewport()


@pytest.mark.parametrize("todo", ["Vote", "Fix", "Make an update"])
def test_a_count_of_what_is_to_be_done_leads_to_exactly_its_rows(page: Page, todo: str) -> None:
    link = page.get_by_role("navigation", name="The way to GO").get_by_role("link", name=todo)
    count = int(link.locator(".count").inner_text())
    link.click()
    expect(page.locator("#chosen")).to_contain_text(f"To be done: {todo}")
    expect(_rows(page)).to_have_count(count)


def test_the_count_of_a_section_is_that_of_its_rows(page: Page) -> None:
    link = page.get_by_role("navigation", name="Bugs", exact=True).get_by_role("link", name="Accepted blockers")
    count = int(link.locator(".count").inner_text())
    link.click()
    expect(page.locator("#accepted-blockers tbody tr")).to_have_count(count)


def test_back_and_forward_lead_through_what_was_asked_for(page: Page, site: Site) -> None:
    page.goto(site.url + BUGLIST)
    whole = _rows(page).count()
    page.get_by_role("navigation", name="To be done").get_by_role("link", name="Vote").click()
    expect(page.locator("#chosen")).to_be_visible()
    chosen = _rows(page).count()
    page.get_by_role("columnheader", name="Title").first.get_by_role("link").click()
    expect(page.get_by_role("columnheader", name="Title").first).to_have_attribute("aria-sort", "ascending")
    expect(_rows(page)).to_have_count(chosen)
    page.go_back()
    expect(page.get_by_role("columnheader", name="Title").first).not_to_have_attribute("aria-sort", "ascending")
    expect(_rows(page)).to_have_count(chosen)
    page.go_back()
    expect(page.locator("#chosen")).to_have_count(0)
    expect(_rows(page)).to_have_count(whole)
    page.go_forward()
    expect(_rows(page)).to_have_count(chosen)


@pytest.mark.parametrize("path", [BUGLIST, f"{OVERVIEW}/updates", "/search?q=a", "/package/{component}"])
def test_on_a_small_screen_what_a_row_is_about_is_seen_without_scrolling(
    browser: Browser, site: Site, path: str
) -> None:
    with observing(browser, NARROW) as observed:
        observed.page.goto(site.url + path.format(component=site.component))
        row = observed.page.locator("main tbody tr").first
        for cell in (row.locator("th"), row.locator("td.title")):
            box = cell.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= NARROW.width


@pytest.mark.parametrize("path", [BUGLIST, f"{OVERVIEW}/decisions"])
def test_on_a_phone_a_row_is_a_card_that_is_read_without_scrolling_sideways(
    browser: Browser, site: Site, path: str
) -> None:
    with observing(browser, NARROW) as observed:
        observed.page.goto(site.url + path)
        table = observed.page.get_by_role("table").first
        row = table.get_by_role("row").first
        cells = row.get_by_role("cell")
        assert cells.count() >= 7
        for place, cell in enumerate(cells.all()):
            if (box := cell.bounding_box()) is not None:
                assert 0 <= box["x"] <= box["x"] + box["width"] <= NARROW.width, place
        label = cells.nth(1).evaluate("cell => getComputedStyle(cell, '::before').content")
        assert label == '"Component"'
        wide = "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth).length"
        assert observed.page.evaluate(wide) == 0
