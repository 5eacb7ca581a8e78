"""One browser and one server of each site for all tests here, which therefore run on one worker.

For this folder and not for the whole session: as long as Playwright runs, no other test can run an event loop.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser

from tests.browser.site import LONGEST_WORD, Site, calm, simulated, troubled
from tests.services.chromium import launched
from tests.services.required import leave_out
from tests.services.server import ServiceMissing


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium; without one the test is left out."""
    with ExitStack() as stack:
        try:
            chromium = stack.enter_context(launched())
        except ServiceMissing as missing:
            leave_out(str(missing))
        yield chromium


@pytest.fixture(scope="package")
def site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The release of the simulator."""
    with simulated(tmp_path_factory.mktemp("site")) as served:
        yield served


@pytest.fixture(scope="package")
def endless_site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Words that do not end."""
    with troubled(tmp_path_factory.mktemp("site"), LONGEST_WORD) as served:
        yield served


@pytest.fixture(scope="package")
def troubled_site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Every warning that there is."""
    with troubled(tmp_path_factory.mktemp("site"), "word") as served:
        yield served


@pytest.fixture(scope="package")
def calm_site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Nothing to do."""
    with calm(tmp_path_factory.mktemp("site")) as served:
        yield served
