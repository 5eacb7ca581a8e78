"""Every page, however it is looked at, is whole, usable for everybody, and as wide as its window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.addresses import OVERVIEW, pages
from tests.browser.observed import DARK, LIGHT, NARROW, PAPER, ZOOMED, Look, observing
from tests.browser.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def _wrong(browser: Browser, look: Look, site: Site, paths: Mapping[str, int], *, examined: bool) -> Iterator[str]:
    with observing(browser, look) as observed:
        for path, status in paths.items():
            problems = observed.open(site.url + path, status)
            yield from (f"{path}: {problem}" for problem in problems + (observed.examine() if examined else []))


@pytest.mark.parametrize("look", [LIGHT, DARK, NARROW], ids=lambda look: look.name)
def test_no_page_has_an_error_a_barrier_or_a_sideways_scrollbar(browser: Browser, site: Site, look: Look) -> None:
    assert "\n".join(_wrong(browser, look, site, pages(site), examined=True)) == ""


@pytest.mark.parametrize("look", [ZOOMED, PAPER], ids=lambda look: look.name)
def test_every_page_fits_at_200_percent_and_on_paper(browser: Browser, site: Site, look: Look) -> None:
    assert "\n".join(_wrong(browser, look, site, pages(site), examined=False)) == ""


def test_paper_is_white_and_shows_what_is_folded_away(browser: Browser, site: Site) -> None:
    with observing(browser, PAPER) as observed:
        observed.open(site.url + OVERVIEW)
        expect(observed.page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
        folded = observed.page.locator("#blocks details:not([open])").first
        expect(folded.get_by_role("listitem").first).to_be_visible()


@pytest.mark.parametrize("look", [LIGHT, NARROW], ids=lambda look: look.name)
def test_the_longest_words_break_no_page(browser: Browser, endless_site: Site, look: Look) -> None:
    assert "\n".join(_wrong(browser, look, endless_site, pages(endless_site), examined=False)) == ""


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
def test_warnings_are_as_sound(browser: Browser, troubled_site: Site, look: Look) -> None:
    paths = [OVERVIEW, "/milestone/45/final", f"{OVERVIEW}/buglist", f"/bug/{troubled_site.bug_id}", "/status"]
    assert "\n".join(_wrong(browser, look, troubled_site, dict.fromkeys(paths, 200), examined=True)) == ""


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
def test_pages_without_anything_to_do_are_as_sound(browser: Browser, calm_site: Site, look: Look) -> None:
    paths = [OVERVIEW, f"{OVERVIEW}/buglist"]
    assert "\n".join(_wrong(browser, look, calm_site, dict.fromkeys(paths, 200), examined=True)) == ""
