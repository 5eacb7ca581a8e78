"""Says what went wrong and what to do, as a page or in the format for programs that was asked for.

Only the page about an address at which there is nothing asks the database, and does without it should it be away.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import cast
from urllib.parse import quote

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ExceptionHandler

from bbconsumer.db.session import Database
from web.lists import BadQuery
from web.problem import asked_format, refuse
from web.queries.navigation import load_navigation
from web.read_models import Navigation
from web.templating import Renderer

_log = logging.getLogger(__name__)

RETRY_AFTER_S = 30
# PostgreSQL: undefined table, undefined column. SQLite has no code for that.
_NO_SCHEMA_STATES = {"42P01", "42703"}


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What went wrong and what to do; `navigation` is empty where the milestones were not asked for."""

    title: str
    advice: str
    navigation: Navigation = Navigation(())

    @property
    def sentence(self) -> str:
        """All of it, for programs."""
        return f"{self.title}. {self.advice}"


@dataclass(frozen=True, slots=True)
class BadQueryPage(ErrorPage):
    """What a list cannot be asked, and where the whole list is."""

    path: str = ""

    @property
    def sentence(self) -> str:
        """What cannot be asked, which says it all."""
        return self.advice


_NOT_FOUND = ErrorPage(
    "Page not found",
    "There is nothing at this address. A bug is listed here only while it is public and was proposed for a milestone, "
    "or is a prioritized bug.",
)
TOO_LARGE = ErrorPage(
    "This is too much at once", "Nothing was changed. What was sent is larger than anything that is taken here."
)
_AWAY = ErrorPage(
    "The database cannot be reached; try again",
    "Nothing is lost: what was stored cannot be read at the moment. Reload this page in half a minute.",
)
_NO_SCHEMA = ErrorPage(
    "The database is not set up",
    "Its tables are missing or older than this program. Whoever operates this service runs: bbconsumer upgrade_db",
)
BROKEN = ErrorPage(
    "Something went wrong here",
    "This is a fault of this service, and it was written to its log. Other pages may still work.",
)


class Errors:
    """The handlers of everything that a page may raise."""

    def __init__(self, render: Renderer, database: Database, headers: Mapping[str, str]) -> None:
        """`headers` are those that every answer carries."""
        self._render = render
        self._headers = headers
        self._database = database

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

    def http_error(self, request: Request, error: Exception) -> Response:
        """What the routing, or a page, refused."""
        refusal = cast("HTTPException", error)
        status = HTTPStatus(refusal.status_code)
        is_known = status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        page = TOO_LARGE if is_known else ErrorPage(status.phrase, status.description)
        if status is HTTPStatus.NOT_FOUND:
            page = replace(_NOT_FOUND, navigation=self._navigation())
        return self._answer(request, page, status, headers=refusal.headers)

    def bad_query(self, request: Request, error: Exception) -> Response:
        """A list was asked for something that it does not have."""
        page = BadQueryPage("This cannot be asked of the list", str(error), path=quote(request.scope["path"]))
        return self._answer(request, page, HTTPStatus.BAD_REQUEST, template="bad_query.html")

    def database_error(self, request: Request, error: Exception) -> Response:
        """The database is away, or has not the tables that it should have."""
        page = page_about_database(request, error)
        headers = {"Retry-After": str(RETRY_AFTER_S)}
        return self._answer(request, page, HTTPStatus.SERVICE_UNAVAILABLE, headers=headers)

    def fault(self, request: Request, _error: Exception) -> Response:
        """A fault of ours. This answer does not pass the middleware, so it brings the headers along."""
        return self._answer(request, BROKEN, HTTPStatus.INTERNAL_SERVER_ERROR, headers=self._headers)

    def _answer(
        self,
        request: Request,
        page: ErrorPage,
        status: HTTPStatus,
        *,
        headers: Mapping[str, str] | None = None,
        template: str = "error.html",
    ) -> Response:
        if form := asked_format(request):
            return refuse(form, status, page.sentence, headers=headers)
        return self._render(template, page, status=status, headers=headers)

    def _navigation(self) -> Navigation:
        """The milestones that there are, as a help for who went astray; none while the database cannot tell."""
        try:
            with self._database.reading() as session:
                return load_navigation(session)
        except (DBAPIError, PoolTimeout) as error:
            _log.warning("a page that is not found cannot name the milestones: %s", _kind(error))
            return Navigation(())


def page_about_database(request: Request, error: Exception) -> ErrorPage:
    """What to say of an error of the database, which is logged; one that is none of its own is raised again."""
    # Not by its address: that may be a person's, or the number of what they propose.
    _log.error("%s cannot be served: %s", getattr(request.scope.get("route"), "path", "a page"), _kind(error))
    if _is_schema_missing(error):
        return _NO_SCHEMA
    if is_database_away(error):
        return _AWAY
    raise error


def is_database_away(error: Exception) -> bool:
    """Whether an error says that the database cannot be used, and not that it lacks tables."""
    return isinstance(error, (OperationalError, InterfaceError, PoolTimeout)) and not _is_schema_missing(error)


def _kind(error: Exception) -> str:
    return type(error.orig).__name__ if isinstance(error, DBAPIError) else type(error).__name__


def _is_schema_missing(error: Exception) -> bool:
    if not isinstance(error, DBAPIError):
        return False
    return getattr(error.orig, "sqlstate", None) in _NO_SCHEMA_STATES or str(error.orig).startswith("no such ")
