"""The pages: load, render. They read; GET and HEAD are all that they take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from web.bug_ids import parse_bug_id
from web.conditional import whole_minute
from web.queries.bug import load_bug
from web.queries.navigation import load_navigation
from web.queries.picture import load_picture
from web.queries.status import load_status
from web.read_models import NOT_TRACKED, NoMilestonePage
from web.templating import Renderer


class Pages:
    """One method per page. Each reads one snapshot of the database, and the clock once, to the minute."""

    def __init__(self, settings: Settings, database: Database, render: Renderer, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._database = database
        self._render = render
        self._exact_clock = clock

    def start(self, _request: Request) -> Response:
        """Leads to the milestone that people work on, or says how to set one up."""
        return self._to_current_milestone(status_without=200)

    def current(self, _request: Request) -> Response:
        """The same at an address that other sites link to: without a milestone there is nothing at it."""
        return self._to_current_milestone(status_without=404)

    def bug(self, request: Request) -> Response:
        """One bug. What is unknown, private or no number at all is answered alike."""
        page = None
        if (bug_id := parse_bug_id(request.path_params["bug_id"])) is not None:
            with self._database.reading() as session:
                page = load_bug(session, bug_id, now=self._clock(), settings=self._settings)
        if page is None:
            raise HTTPException(404)
        return self._render("bug.html", page)

    def bug_updates(self, request: Request) -> Response:
        """An old address: the updates are a part of the bug's page. Whether there is such a page is not said here."""
        if (bug_id := parse_bug_id(request.path_params["bug_id"])) is None:
            raise HTTPException(404)
        return RedirectResponse(f"{self._render.links.bug(bug_id)}#updates")

    def picture(self, request: Request) -> Response:
        """The picture of a bug. It answers alike for what is unknown, private or no number at all."""
        page = NOT_TRACKED
        if (bug_id := parse_bug_id(request.path_params["bug_id"])) is not None:
            with self._database.reading() as session:
                page = load_picture(session, bug_id, now=self._clock(), sync_interval_s=self._settings.sync_interval_s)
        return self._render.picture("bugimg.svg", page)

    def status(self, _request: Request) -> Response:
        """The state of the service itself: to the second, since what is due now must not look as if it could wait."""
        with self._database.reading() as session:
            page = load_status(session, now=self._exact_clock(), settings=self._settings)
        return self._render("status.html", replace(page, now=whole_minute(page.now)))

    def _clock(self) -> datetime:
        return whole_minute(self._exact_clock())

    def _to_current_milestone(self, *, status_without: int) -> Response:
        with self._database.reading() as session:
            navigation = load_navigation(session)
        if milestone := navigation.start:
            return RedirectResponse(self._render.links.milestone(milestone.release, milestone.name))
        return self._render("no_milestone.html", NoMilestonePage(self._clock(), navigation), status=status_without)
