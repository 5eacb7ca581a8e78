"""One button copies a text, or one bug's part of it, exactly as it is at the text's own address."""

from __future__ import annotations

import pytest
import requests
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.addresses import OVERVIEW
from tests.browser.observed import observing
from tests.browser.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def _copied(page: Page, button: Locator) -> str:
    button.click()
    expect(page.locator("#copied")).to_contain_text("Copied")
    return str(page.evaluate("navigator.clipboard.readText()"))


def _forbid_to_copy(browser: Browser, page: Page) -> None:
    target = page.context.new_cdp_session(page).send("Target.getTargetInfo")["targetInfo"]
    browser.new_browser_cdp_session().send(
        "Browser.setPermission",
        {
            "permission": {"name": "clipboard-write"},
            "setting": "denied",
            "origin": page.evaluate("location.origin"),
            "browserContextId": target["browserContextId"],
        },
    )


@pytest.mark.parametrize(("path", "names"), [("meeting", ["meeting"]), ("requests", ["requests", "compose"])])
def test_a_button_copies_exactly_the_text(browser: Browser, site: Site, path: str, names: list[str]) -> None:
    with observing(browser) as observed:
        observed.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        assert observed.open(f"{site.url}{OVERVIEW}/{path}") == []
        for name in names:
            button = observed.page.locator(f"#{name}").get_by_role("button", name="Copy the whole text")
            assert _copied(observed.page, button) == requests.get(f"{site.url}{OVERVIEW}/{name}.txt", timeout=30).text
        assert observed.problems == []


def test_each_bug_of_a_meeting_can_be_copied_by_itself(browser: Browser, site: Site) -> None:
    text = requests.get(f"{site.url}{OVERVIEW}/meeting.txt", timeout=30).text
    topic = "!topic" + next(topic for topic in text.split("!topic") if topic.startswith(f" ({site.bug_id})"))
    with observing(browser) as observed:
        observed.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        observed.open(f"{site.url}{OVERVIEW}/meeting")
        button = observed.page.get_by_role("button", name=f"Copy bug {site.bug_id}").first
        assert _copied(observed.page, button) == topic


def test_when_the_browser_does_not_allow_it_the_page_says_what_to_do(browser: Browser, site: Site) -> None:
    with observing(browser) as observed:
        observed.open(f"{site.url}{OVERVIEW}/meeting")
        _forbid_to_copy(browser, observed.page)
        observed.page.get_by_role("button", name="Copy the whole text").click()
        expect(observed.page.locator("#copied")).to_contain_text("copy it by hand")
        assert observed.problems == []


def test_without_scripts_there_is_no_button_that_does_nothing(browser: Browser, site: Site) -> None:
    with observing(browser, with_scripts=False) as observed:
        observed.page.goto(f"{site.url}{OVERVIEW}/meeting")
        expect(observed.page.locator("main").get_by_role("button")).to_have_count(0)
        expect(observed.page.get_by_role("link", name="As plain text")).to_be_visible()
