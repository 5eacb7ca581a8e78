"""Says why a request was not answered, as `application/problem+json`, for everything under the API's address."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from http import HTTPStatus
from typing import cast

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ExceptionHandler, HTTPExceptionHandler

from web.errors import BROKEN, RETRY_AFTER_S, page_about_database
from web.lists import BadQuery
from web.problem import problem

_DETAILS = {
    HTTPStatus.NOT_FOUND: "There is nothing at this address. What there is, /api/v1/openapi.json tells. A bug is known "
    "here only while it is public and was proposed for a milestone, or is a prioritized bug.",
    HTTPStatus.METHOD_NOT_ALLOWED: "The methods that this address takes are in the header Allow.",
}


def below(path: str, of_pages: HTTPExceptionHandler) -> HTTPExceptionHandler:
    """A handler that answers HTTP errors below a path with a problem, and others as pages do.

    What the API's own application is asked it answers by itself. A path with a line feed in it does not get there: to
    Starlette it is below nothing.
    """

    def handle(request: Request, error: Exception) -> Response | Awaitable[Response]:
        is_below = request.scope["path"].startswith(path)
        return _http_error(request, error) if is_below else of_pages(request, error)

    return handle


def _http_error(_request: Request, error: Exception) -> Response:
    refusal = cast("HTTPException", error)
    status = HTTPStatus(refusal.status_code)
    # What only repeats the title says nothing.
    is_told = refusal.detail != status.phrase
    detail = refusal.detail if is_told else _DETAILS.get(status, status.description or status.phrase)
    return problem(status, detail, headers=refusal.headers)


def _bad_query(_request: Request, error: Exception) -> Response:
    return problem(HTTPStatus.BAD_REQUEST, str(error))


def _database_error(request: Request, error: Exception) -> Response:
    page = page_about_database(request, error)
    headers = {"Retry-After": str(RETRY_AFTER_S)}
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, page.sentence, headers=headers)


def _fault(_request: Request, _error: Exception) -> Response:
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, BROKEN.sentence)


HANDLERS: Mapping[int | type[Exception], ExceptionHandler] = {
    HTTPException: _http_error,
    BadQuery: _bad_query,
    DBAPIError: _database_error,
    PoolTimeout: _database_error,
    Exception: _fault,
}
