"""A Chromium that this machine has; Playwright's own browsers are not downloaded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.services.server import ServiceMissing

# As Debian and Fedora, Ubuntu, and machines of CI call it.
_NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_program() -> Path | None:
    """Chromium, or what is built from it."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    return Path(found) if found else None


@contextmanager
def launched() -> Iterator[Browser]:
    """A browser without a window. As long as it runs, this thread can run no event loop of its own.

    Raises ServiceMissing on a machine without Chromium.
    """
    program = find_program()
    if program is None:
        raise ServiceMissing("no Chromium (Debian and Fedora: chromium)")
    # Chromium's sandbox does not work for root; what is opened here is our own.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        try:
            yield browser
        finally:
            browser.close()
