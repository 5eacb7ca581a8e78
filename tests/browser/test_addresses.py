"""No page is forgotten by those who look at all of them."""

from __future__ import annotations

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from tests.browser.addresses import addresses, name_of
from tests.browser.site import PREFIX, Site

SITE = Site("http://127.0.0.1:9", 7)


def _answer(_request: Request) -> Response:
    return PlainTextResponse("")


def test_every_route_under_the_prefix_that_can_be_read_is_an_address() -> None:
    routes = [
        Route("/healthz", _answer),
        Mount(
            PREFIX,
            routes=[
                Route("/bug/{bug_id}", _answer),
                Route("/user/{account:path}", _answer),
                Route("/hook", _answer, methods=["POST"]),
                Mount("/static", StaticFiles(check_dir=False)),
            ],
        ),
    ]
    assert list(addresses(SITE, routes)) == ["/bug/7", "/user/maintainer"]


def test_a_route_without_an_example_fails_with_a_sentence() -> None:
    with pytest.raises(AssertionError, match=r"looks at /a/\{new\}/\{kind\}: say in .* what to put for kind and new"):
        list(addresses(SITE, [Mount(PREFIX, routes=[Route("/a/{new}/{kind}", _answer)])]))


@pytest.mark.parametrize(
    ("path", "name"),
    [("/", "start"), ("/status", "status"), ("/a/b", "a-b"), ("/a/b?format=table&x=1", "a-b-format-table-x-1")],
)
def test_every_path_has_a_name_for_its_picture(path: str, name: str) -> None:
    assert name_of(path) == name
