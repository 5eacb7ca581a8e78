"""The lists: read what is asked for, load, answer as a page or for programs. GET and HEAD are all that they take."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from web.conditional import TaggedPage, whole_minute
from web.lists import ListQuery, ListSpec
from web.lists.bugs import BUGS
from web.lists.formats import Head, render_csv, render_json
from web.lists.spec import Row
from web.queries.buglist import load_buglist
from web.read_models import UnknownMilestonePage
from web.templating import Renderer


class ListPages:
    """One method per list. Each reads one snapshot of the database, and the clock once, to the minute."""

    def __init__(self, settings: Settings, database: Database, render: Renderer, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._database = database
        self._render = render
        self._exact_clock = clock

    def buglist(self, request: Request) -> Response:
        """The bugs of a milestone."""
        query = BUGS.parse(request.query_params.multi_items())
        with self._database.reading() as session:
            page = load_buglist(session, **request.path_params, now=self._now(), settings=self._settings, query=query)
        if isinstance(page, UnknownMilestonePage):
            return self._render("unknown_milestone.html", page, status=404)
        if query.format:
            lines = [line for section in page.sections for line in section.lines]
            head = Head(f"{page.milestone.title} bugs", page.now, page.freshness, page.listing)
            return _export(BUGS, query, lines, head, f"{page.milestone.label}-buglist")
        return self._render("buglist.html", page)

    def _now(self) -> datetime:
        return whole_minute(self._exact_clock())


def _export(spec: ListSpec[Row], query: ListQuery, rows: Iterable[Row], head: Head, name: str) -> Response:
    """A list for programs; `name` is what a browser calls the file."""
    if query.format == "json":
        return TaggedPage(render_json(spec, rows, head), media_type="application/json")
    headers = {"Content-Disposition": f'inline; filename="{name}.csv"'}
    return TaggedPage(render_csv(spec, rows, head), headers, media_type="text/csv")
