"""Opens pages and notes all that is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, ViewportSize

_AXE_RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}


@dataclass(frozen=True)
class Look:
    """How somebody looks at pages; at 200 % a window of 1280 pixels has room for 640."""

    name: str
    width: int = 1280
    height: int = 800
    is_dark: bool = False
    is_paper: bool = False
    scale: float = 1


LIGHT = Look("light")
DARK = Look("dark", is_dark=True)
NARROW = Look("narrow", 320, 640)
ZOOMED = Look("zoomed", 640, 400, scale=2)
# A4 upright, by somebody who otherwise reads in the dark.
PAPER = Look("paper", 794, 1123, is_dark=True, is_paper=True)


@dataclass
class Observed:
    """A page in a browser, and what has been wrong since it was last asked for."""

    page: Page
    problems: list[str] = field(default_factory=list)

    def open(self, url: str, status: int = 200) -> list[str]:
        """Open an address; gives what is wrong with it, as sentences."""
        self.problems.clear()
        answer = self.page.goto(url)
        if answer is None or answer.status != status:
            self.problems.append(f"answered with {answer and answer.status} instead of {status}")
        if status != 200:
            # The browser reports the answer that was expected.
            self.problems[:] = [each for each in self.problems if f"status of {status} " not in each]
        self.problems += [f"{overflow} reaches beyond the window" for overflow in self.overflowing()]
        return self.problems

    def examine(self) -> list[str]:
        """What axe-core finds on the page as it is now."""
        found = Axe().run(self.page, options=_AXE_RULES).response["violations"]
        return [
            f"axe {violation['id']}: {node['html'][:200]}: {node['failureSummary'][:300]}"
            for violation in found
            for node in violation["nodes"][:3]
        ]

    def overflowing(self) -> list[str]:
        """Elements because of which the whole page can be scrolled sideways."""
        found: list[str] = self.page.evaluate(
            """() => {
                const width = document.documentElement.clientWidth;
                if (document.documentElement.scrollWidth <= width) return [];
                return [...document.body.querySelectorAll('*')]
                    .filter(e => e.getBoundingClientRect().right > width + 1 && !e.closest('.scroll > *'))
                    .map(e => e.outerHTML.slice(0, 120)).slice(0, 3);
            }"""
        )
        return found

    def _on_console(self, message: ConsoleMessage) -> None:
        self.problems.append(f"console {message.type}: {message.text}")

    def _on_error(self, error: object) -> None:
        self.problems.append(f"uncaught: {error}")

    def _on_failed(self, request: Request) -> None:
        # What is under way when the next page is opened is given up by the browser itself.
        if request.failure != "net::ERR_ABORTED":
            self.problems.append(f"not loaded ({request.failure}): {request.url}")

    def _on_answer(self, answer: Response) -> None:
        if answer.status >= 400 and answer.url != self.page.url and not answer.request.is_navigation_request():
            self.problems.append(f"{answer.status}: {answer.url}")

    def watch(self) -> None:
        """From now on, note what goes wrong."""
        self.page.on("console", self._on_console)
        self.page.on("pageerror", self._on_error)
        self.page.on("requestfailed", self._on_failed)
        self.page.on("response", self._on_answer)


@contextmanager
def observing(browser: Browser, look: Look = LIGHT, *, with_scripts: bool = True) -> Iterator[Observed]:
    """A page of a visitor who was never here before."""
    context = browser.new_context(
        viewport=ViewportSize(width=look.width, height=look.height),
        device_scale_factor=look.scale,
        color_scheme="dark" if look.is_dark else "light",
        java_script_enabled=with_scripts,
    )
    try:
        observed = Observed(context.new_page())
        if look.is_paper:
            observed.page.emulate_media(media="print")
        observed.watch()
        yield observed
    finally:
        context.close()
