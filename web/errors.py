"""Pages that say what went wrong and what to do. They ask no database: it may be what went wrong."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast
from urllib.parse import quote

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ExceptionHandler

from web.lists import BadQuery
from web.security import SECURITY_HEADERS
from web.templating import Renderer

_log = logging.getLogger(__name__)

RETRY_AFTER_S = 30
# PostgreSQL: undefined table, undefined column. SQLite has no code for that.
_NO_SCHEMA_STATES = {"42P01", "42703"}


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What went wrong and what to do."""

    title: str
    advice: str


@dataclass(frozen=True, slots=True)
class BadQueryPage(ErrorPage):
    """What a list cannot be asked, and where the whole list is."""

    path: str


_NOT_FOUND = ErrorPage(
    "Page not found",
    "There is nothing at this address. A bug is listed here only while it is public and was proposed for a milestone, "
    "or is a prioritized bug.",
)
_AWAY = ErrorPage(
    "The database cannot be reached; try again",
    "Nothing is lost: what was stored cannot be read at the moment. Reload this page in half a minute.",
)
_NO_SCHEMA = ErrorPage(
    "The database is not set up",
    "Its tables are missing or older than this program. Whoever operates this service runs: bbconsumer upgrade_db",
)
_BROKEN = ErrorPage(
    "Something went wrong here",
    "This is a fault of this service, and it was written to its log. Other pages may still work.",
)


class Errors:
    """The handlers of everything that a page may raise."""

    def __init__(self, render: Renderer) -> None:
        self._render = render

    @property
    def handlers(self) -> dict[int | type[Exception], ExceptionHandler]:
        """For Starlette."""
        return {
            HTTPException: self.http_error,
            BadQuery: self.bad_query,
            DBAPIError: self.database_error,
            PoolTimeout: self.database_error,
            Exception: self.fault,
        }

    def http_error(self, _request: Request, error: Exception) -> Response:
        """What the routing, or a page, refused."""
        refusal = cast("HTTPException", error)
        status = HTTPStatus(refusal.status_code)
        page = _NOT_FOUND if status is HTTPStatus.NOT_FOUND else ErrorPage(status.phrase, status.description)
        return self._render("error.html", page, status=status, headers=refusal.headers)

    def bad_query(self, request: Request, error: Exception) -> Response:
        """A list was asked for something that it does not have."""
        page = BadQueryPage("This cannot be asked of the list", str(error), quote(request.scope["path"]))
        return self._render("bad_query.html", page, status=400)

    def database_error(self, request: Request, error: Exception) -> Response:
        """The database is away, or has not the tables that it should have."""
        _log.error("%s cannot be served: %s", request.url.path, _kind(error))
        if _is_schema_missing(error):
            page = _NO_SCHEMA
        elif is_database_away(error):
            page = _AWAY
        else:
            raise error
        return self._render("error.html", page, status=503, headers={"Retry-After": str(RETRY_AFTER_S)})

    def fault(self, _request: Request, _error: Exception) -> Response:
        """A fault of ours. This answer does not pass the middleware, so it brings the headers along."""
        return self._render("error.html", _BROKEN, status=500, headers=SECURITY_HEADERS)


def is_database_away(error: Exception) -> bool:
    """Whether an error says that the database cannot be used, and not that it lacks tables."""
    return isinstance(error, (OperationalError, InterfaceError, PoolTimeout)) and not _is_schema_missing(error)


def _kind(error: Exception) -> str:
    return type(error.orig).__name__ if isinstance(error, DBAPIError) else type(error).__name__


def _is_schema_missing(error: Exception) -> bool:
    if not isinstance(error, DBAPIError):
        return False
    return getattr(error.orig, "sqlstate", None) in _NO_SCHEMA_STATES or str(error.orig).startswith("no such ")
