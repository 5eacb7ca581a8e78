"""Refuses a request with a sentence: as a page, and under the API's address as a problem."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import Response

from web.errors import ErrorPage
from web.problem import problem
from web.templating import Renderer


class Refusals:
    """Makes the answers."""

    def __init__(self, render: Renderer) -> None:
        self._render = render

    def __call__(
        self, path: str, status: HTTPStatus, page: ErrorPage, *, headers: Mapping[str, str] | None = None
    ) -> Response:
        """The answer to a request for that path."""
        if path.startswith(f"{self._render.links.prefix}/api/"):
            return problem(status, page.sentence, headers=headers)
        return self._render("error.html", page, status=status, headers=headers)
