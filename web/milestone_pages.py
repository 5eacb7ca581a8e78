"""The overview of a milestone and the texts about it. They read; GET and HEAD are all that they take."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from bbconsumer.reporting import REPORTS
from web.conditional import TaggedPage, whole_minute
from web.queries.burndown import load_burndown_table
from web.queries.info import load_info
from web.queries.overview import load_overview
from web.queries.reports import load_reports
from web.read_models import UnknownMilestonePage
from web.read_models.milestone import ReportPage
from web.templating import Renderer


class MilestonePages:
    """One method per page. Each reads one snapshot of the database, and the clock once, to the minute."""

    def __init__(self, settings: Settings, database: Database, render: Renderer, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._database = database
        self._render = render
        self._exact_clock = clock

    def overview(self, request: Request) -> Response:
        """Whether the milestone can ship, and why."""
        with self._database.reading() as session:
            page = load_overview(
                session,
                **request.path_params,
                now=whole_minute(self._exact_clock()),
                settings=self._settings,
            )
        if isinstance(page, UnknownMilestonePage):
            return self._render("unknown_milestone.html", page, status=404)
        return self._render("overview.html", page)

    def info(self, request: Request) -> Response:
        """What the milestone is made of."""
        now = whole_minute(self._exact_clock())
        with self._database.reading() as session:
            page = load_info(session, **request.path_params, now=now, settings=self._settings)
        if isinstance(page, UnknownMilestonePage):
            return self._render("unknown_milestone.html", page, status=404)
        return self._render("info.html", page)

    def meeting(self, request: Request) -> Response:
        """The text of the review meeting."""
        return self._page(request, "meeting")

    def weekly(self, request: Request) -> Response:
        """The weekly e-mail, or with ``?format=table`` the table."""
        return self._page(request, "table" if request.query_params.get("format") == "table" else "weekly")

    def requests(self, request: Request) -> Response:
        """What release engineering is asked for."""
        return self._page(request, "requests", "compose")

    def go_no_go(self, request: Request) -> Response:
        """The section for the Go/No-Go meeting."""
        return self._page(request, "go-no-go")

    def text(self, request: Request) -> Response:
        """One report as plain text: byte by byte what the command line prints."""
        name = request.path_params["report"]
        if name not in REPORTS:
            raise HTTPException(404)
        page = self._load(request, name)
        if isinstance(page, UnknownMilestonePage):
            return self._render("unknown_milestone.html", page, status=404)
        return TaggedPage(page.reports[0].text, media_type="text/plain")

    def burndown(self, request: Request) -> Response:
        """What was left to do day by day, for spreadsheets."""
        now = whole_minute(self._exact_clock())
        with self._database.reading() as session:
            table = load_burndown_table(session, **request.path_params, now=now)
        if isinstance(table, UnknownMilestonePage):
            return self._render("unknown_milestone.html", table, status=404)
        return TaggedPage(table, media_type="text/csv")

    def _page(self, request: Request, *names: str) -> Response:
        page = self._load(request, *names)
        if isinstance(page, UnknownMilestonePage):
            return self._render("unknown_milestone.html", page, status=404)
        return self._render("report.html", page)

    def _load(self, request: Request, *names: str) -> ReportPage | UnknownMilestonePage:
        release, name = (request.path_params[key] for key in ("release", "name"))
        now = whole_minute(self._exact_clock())
        with self._database.reading() as session:
            return load_reports(session, release, name, names, now=now, settings=self._settings)
