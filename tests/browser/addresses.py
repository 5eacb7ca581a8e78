"""Every address of the application that shows a page, found in its routes, with an example for each parameter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import requests
from starlette.routing import BaseRoute, Mount, Route

from bbconsumer.config import Settings
from tests.browser.site import PREFIX, Site
from web.app import create_app

OVERVIEW = "/milestone/45/beta"
# What no route tells: another text at the same address, and that something is not there, or not set up.
_MORE = {"/login": 404, f"{OVERVIEW}/report?format=table": 200, "/nothing": 404, "/milestone/1/beta": 404}

# Without its provider these lead nowhere.
_SIGN_IN = {"/login", "/authorize"}
# Nobody is signed in here; test_admin.py looks at what administrators see.
_ADMIN = "/admin"


def pages(site: Site) -> dict[str, int]:
    """The paths of all pages, and the status with which each answers.

    What is no page (a text, a feed) is left out, and so is what only leads to a page or is the same as another.
    """
    paths_by_text: dict[str, str] = {}
    app = create_app(Settings.of(blockerbugs_url=f"http://127.0.0.1{PREFIX}"))
    for path in sorted(set(addresses(site, app.routes)) - _SIGN_IN):
        if text := _page_at(site.url + path):
            paths_by_text.setdefault(text, path)
    return dict.fromkeys(paths_by_text.values(), 200) | _MORE


def name_of(path: str) -> str:
    """A name for a file."""
    return re.sub(r"[^\w.]+", "-", path).strip("-") or "start"


def _examples(site: Site) -> Mapping[str, object]:
    """What to put for the parameters of routes."""
    of_bug = {"bug_id": site.bug_id, "component": site.component, "account": site.account}
    # A proposal is shown to who made it; others are told what proposing is.
    return {"proposal_id": "0" * 32} | {"release": "45", "name": "beta", "report": "meeting"} | of_bug


def addresses(site: Site, routes: Iterable[BaseRoute]) -> Iterator[str]:
    """The paths of all that can be read, an example of each; one that has no example fails the test that asked."""
    examples = _examples(site)
    for template, route in _routes("", routes):
        path = template.removeprefix(PREFIX)
        if path == template or "GET" not in (route.methods or ()) or path.startswith(_ADMIN):
            continue
        missing = " and ".join(sorted(route.param_convertors.keys() - examples.keys()))
        assert not missing, f"no browser looks at {path}: say in {__name__}._examples what to put for {missing}"
        yield path.format(**examples)


def _routes(prefix: str, routes: Iterable[BaseRoute]) -> Iterator[tuple[str, Route]]:
    for route in routes:
        if isinstance(route, Route):
            yield prefix + route.path_format, route
        elif isinstance(route, Mount):
            yield from _routes(prefix + route.path, route.routes)


def _page_at(url: str) -> str:
    """The HTML at an address, if it is there that it stands. Of all else only the head is read: a stream never ends."""
    with requests.get(url, timeout=30, stream=True, allow_redirects=False) as answer:
        assert answer.ok, f"{url}: {answer.status_code}"
        return answer.text if answer.headers.get("Content-Type", "").startswith("text/html") else ""
