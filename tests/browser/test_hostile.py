"""In a real browser: pages full of nasty texts execute nothing, load nothing from elsewhere, and report no error."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Request

from tests.browser.observed import observing
from tests.browser.site import PREFIX, Web
from tests.hostile.corpus import TEXTS_BY_KIND
from tests.hostile.world import read_release
from tests.web.world import NOW

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

OVERVIEW = "/milestone/45/beta"
LISTS = ("", "/buglist", "/updates", "/need_testing", "/decisions", "/irc", "/report", "/requests", "/go-no-go")
KINDS = ("markup", "attributes", "addresses", "XML")


def test_nothing_executes_and_nothing_is_loaded_from_elsewhere(browser: Browser, tmp_path: Path) -> None:
    dialogs: list[str] = []
    elsewhere: list[str] = []
    problems: list[str] = []

    def note_dialog(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    def note_request(request: Request) -> None:
        if not request.url.startswith(web.url):
            elsewhere.append(request.url)

    with (
        read_release(tmp_path / "release.sqlite") as release,
        Web(release.settings, release.database, lambda: NOW) as web,
    ):
        about = {text for kind in KINDS for text in TEXTS_BY_KIND[kind][::4]}
        bugs = [f"/bug/{number}" for number, text in release.text_by_bug.items() if text in about]
        paths = [*(OVERVIEW + each for each in LISTS), *bugs, "/status", "/search?q=alert"]
        with observing(browser) as observed:
            observed.page.on("dialog", note_dialog)
            observed.page.on("request", note_request)
            for path in paths:
                problems += [f"{path}: {problem}" for problem in observed.open(web.url + PREFIX + path)]
    assert (dialogs, elsewhere, problems) == ([], [], [])
