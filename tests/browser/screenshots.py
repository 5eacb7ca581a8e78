"""Takes a picture of every page in light, in dark and on a small screen: `make screenshots`.

Beside the release of the simulator, the first pages of a site in trouble and of a calm one are shown.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Collection
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, FloatRect

from tests.browser.addresses import OVERVIEW, name_of, pages
from tests.browser.observed import DARK, LIGHT, NARROW, observing
from tests.browser.site import Site, calm, simulated, troubled
from tests.services.chromium import launched
from tests.services.server import ServiceMissing

_FIRST_PAGES = (OVERVIEW, f"{OVERVIEW}/buglist", "/status")
_TROUBLED_PAGES = (*_FIRST_PAGES, "/milestone/45/final")
# The texture size beyond which Chromium repeats what it has painted.
_HIGHEST = 16_000


def main(folder: Path) -> int:
    """Write all pictures into the folder, which is emptied first; 1 without a browser."""
    with ExitStack() as stack:
        try:
            browser = stack.enter_context(launched())
        except ServiceMissing as missing:
            print(f"make screenshots: {missing}", file=sys.stderr)
            return 1
        shutil.rmtree(folder, ignore_errors=True)
        data = [Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(3)]
        full = stack.enter_context(simulated(data[0]))
        count = _take(browser, full, pages(full), folder)
        count += _take(browser, stack.enter_context(troubled(data[1], "word")), _TROUBLED_PAGES, folder / "troubled")
        count += _take(browser, stack.enter_context(calm(data[2])), _FIRST_PAGES, folder / "calm")
    print(f"{count} pictures are in {folder}")
    return 0


def _take(browser: Browser, site: Site, paths: Collection[str], folder: Path) -> int:
    """The number of pictures taken."""
    looks = (LIGHT, DARK, NARROW)
    for look in looks:
        with observing(browser, look) as observed:
            for path in paths:
                observed.page.goto(site.url + path)
                height = min(int(observed.page.evaluate("document.documentElement.scrollHeight")), _HIGHEST)
                clip = FloatRect(x=0, y=0, width=look.width, height=height)
                target = folder / look.name / f"{name_of(path)}.png"
                observed.page.screenshot(path=target, full_page=True, clip=clip)
    return len(looks) * len(paths)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
