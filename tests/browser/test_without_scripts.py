"""Everything can be done without scripts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.observed import DARK, NARROW, observing
from tests.browser.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """The start page on a small screen, scripts forbidden."""
    with observing(browser, NARROW, with_scripts=False) as observed:
        observed.page.goto(f"{site.url}/")
        yield observed.page


def test_a_bug_is_found_and_opened(page: Page, site: Site) -> None:
    page.get_by_role("link", name="Proposed blockers").click()
    expect(page.get_by_role("heading", name="Proposed blockers")).to_be_in_viewport()
    page.get_by_role("link", name=str(site.bug_id), exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Bug {site.bug_id}")
    expect(page.get_by_role("heading", name="Timeline")).to_be_visible()


def test_a_reason_opens_and_leads_to_the_row_that_it_counts(page: Page) -> None:
    reason = page.locator("#blocks details").first
    if reason.get_attribute("open") is None:
        reason.locator("summary").click()
    link = reason.get_by_role("link").first
    bug_id = link.inner_text()
    link.click()
    expect(page.locator(f"tr:target:has(a:text-is('{bug_id}'))")).to_be_in_viewport()


def test_a_list_is_filtered_sorted_and_whole_again(page: Page, site: Site) -> None:
    page.get_by_role("navigation", name="Fedora 45 Beta").get_by_role("link", name="Bugs").click()
    page.get_by_text("Filter and sort").click()
    page.get_by_label("Component", exact=True).select_option(site.component)
    page.get_by_label("Sort by").select_option("-activity")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#chosen")).to_contain_text(f"Component: {site.component}")
    expect(page.get_by_label("Sort by")).to_have_value("-activity")
    for component in page.locator("tbody td:first-of-type > a").all_inner_texts():
        assert component == site.component
    page.get_by_role("link", name=f"remove the filter Component: {site.component}").click()
    expect(page.locator("#chosen")).not_to_contain_text("Component")


def test_one_box_finds_a_bug_by_its_number(page: Page, site: Site) -> None:
    page.get_by_role("searchbox").fill(f"#{site.bug_id}")
    page.get_by_role("search").get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Bug {site.bug_id}")


def test_the_meeting_text_is_found_on_the_page_and_as_a_file(page: Page) -> None:
    page.get_by_role("navigation", name="Fedora 45 Beta").get_by_role("link", name="Meeting").click()
    expect(page.locator("#meeting pre").first).to_contain_text("!topic Fedora 45 Beta blocker review")
    page.get_by_role("link", name="As plain text").click()
    expect(page.locator("body")).to_contain_text("!topic Fedora 45 Beta blocker review")


def test_dark_is_dark_without_a_script(browser: Browser, site: Site) -> None:
    with observing(browser, DARK, with_scripts=False) as observed:
        observed.page.goto(f"{site.url}/status")
        expect(observed.page.locator("body")).to_have_css("background-color", "rgb(24, 27, 32)")
        expect(observed.page.locator("main td").first).to_have_css("color", "rgb(255, 255, 255)")
