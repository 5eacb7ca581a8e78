"""Every page, however it is looked at, is whole, usable for everybody, and as wide as its window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import Browser

from tests.browser.addresses import OVERVIEW, pages
from tests.browser.observed import DARK, LIGHT, NARROW, ZOOMED, Look, observing
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


def test_no_page_scrolls_sideways_at_200_percent(browser: Browser, site: Site) -> None:
    assert "\n".join(_wrong(browser, ZOOMED, site, pages(site), examined=False)) == ""


@pytest.mark.parametrize("look", [LIGHT, NARROW], ids=lambda look: look.name)
def test_the_longest_words_break_no_page(browser: Browser, endless_site: Site, look: Look) -> None:
    assert "\n".join(_wrong(browser, look, endless_site, pages(endless_site), examined=False)) == ""


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
def test_warnings_are_as_sound(browser: Browser, troubled_site: Site, look: Look) -> None:
    paths = [OVERVIEW, f"{OVERVIEW}/buglist", f"/bug/{troubled_site.bug_id}", "/status"]
    assert "\n".join(_wrong(browser, look, troubled_site, dict.fromkeys(paths, 200), examined=True)) == ""


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
def test_pages_without_anything_to_do_are_as_sound(browser: Browser, calm_site: Site, look: Look) -> None:
    paths = [OVERVIEW, f"{OVERVIEW}/buglist"]
    assert "\n".join(_wrong(browser, look, calm_site, dict.fromkeys(paths, 200), examined=True)) == ""
