"""The lists: read what is asked for, load, answer as a page or for programs. GET and HEAD are all that they take."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from bbconsumer.domain.texts import local_part
from web.conditional import TaggedPage, whole_minute
from web.lists import ListQuery, ListSpec
from web.lists.bugs import BUGS
from web.lists.decisions import DECISIONS
from web.lists.formats import Head, render_csv, render_json
from web.lists.spec import Row
from web.lists.updates import UPDATES
from web.lists.waiting import FOUND, WAITING
from web.problem import refuse
from web.queries.buglist import load_buglist
from web.queries.decisions import load_decisions
from web.queries.search import find_bug_id, load_search
from web.queries.update_lists import ALL_UPDATES, NEED_TESTING, UpdateList, load_updates_page
from web.queries.waiting import load_waiting_for_package, load_waiting_for_person
from web.read_models import UnknownMilestonePage
from web.read_models.waiting import WaitingPage
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
            return self._unknown(page, query)
        if not query.format:
            return self._render("buglist.html", page)
        lines = [line for section in page.sections for line in section.lines]
        head = Head(f"{page.milestone.title} bugs", page.now, page.freshness, page.listing)
        return _export(BUGS, query, lines, head, f"{page.milestone.label}-buglist")

    def decisions(self, request: Request) -> Response:
        """What was decided about the bugs of a milestone."""
        query = DECISIONS.parse(request.query_params.multi_items())
        with self._database.reading() as session:
            page = load_decisions(session, **request.path_params, now=self._now(), settings=self._settings, query=query)
        if isinstance(page, UnknownMilestonePage):
            return self._unknown(page, query)
        if not query.format:
            return self._render("decisions.html", page)
        head = Head(f"{page.milestone.title}: decisions", page.now, page.freshness, page.listing)
        return _export(DECISIONS, query, page.lines, head, f"{page.milestone.label}-decisions")

    def updates(self, request: Request) -> Response:
        """The updates that fix bugs of a milestone."""
        return self._updates(request, ALL_UPDATES)

    def need_testing(self, request: Request) -> Response:
        """Those of them that somebody must test."""
        return self._updates(request, NEED_TESTING)

    def user(self, request: Request) -> Response:
        """What waits for a person. Only what stands before the ``@`` of an account is in addresses of ours."""
        asked = request.path_params["account"]
        account = local_part(asked)
        if not account:
            raise HTTPException(404)
        query = WAITING.parse(request.query_params.multi_items())
        if account != asked:
            return RedirectResponse(f"{self._render.links.user(account)}{query.address}")
        with self._database.reading() as session:
            page = load_waiting_for_person(session, account, now=self._now(), settings=self._settings, query=query)
        return self._waiting(page, query)

    def package(self, request: Request) -> Response:
        """What waits for a package."""
        if not (component := request.path_params["component"]):
            raise HTTPException(404)
        query = WAITING.parse(request.query_params.multi_items())
        with self._database.reading() as session:
            page = load_waiting_for_package(session, component, now=self._now(), settings=self._settings, query=query)
        return self._waiting(page, query)

    def search(self, request: Request) -> Response:
        """Leads to the bug whose number was given, or shows the bugs in which all words are."""
        query = FOUND.parse(request.query_params.multi_items())
        text = " ".join(query.of("q"))
        with self._database.reading() as session:
            if not query.format and (bug_id := find_bug_id(session, text)) is not None:
                return RedirectResponse(self._render.links.bug(bug_id))
            page = load_search(session, text, now=self._now(), settings=self._settings, query=query)
        if not query.format:
            return self._render("search.html", page)
        head = Head(f"Search for “{page.text}”", page.now, page.freshness, page.listing)
        return _export(FOUND, query, page.lines, head, "search")

    def _updates(self, request: Request, which: UpdateList) -> Response:
        query = UPDATES.parse(request.query_params.multi_items())
        with self._database.reading() as session:
            page = load_updates_page(
                session, **request.path_params, which=which, now=self._now(), settings=self._settings, query=query
            )
        if isinstance(page, UnknownMilestonePage):
            return self._unknown(page, query)
        if not query.format:
            return self._render("updates.html", page)
        head = Head(f"{page.milestone.title}: {page.title.lower()}", page.now, page.freshness, page.listing)
        return _export(UPDATES, query, page.lines, head, f"{page.milestone.label}-{which.name}")

    def _waiting(self, page: WaitingPage, query: ListQuery) -> Response:
        if not query.format:
            return self._render("waiting.html", page)
        lines = [line for section in page.sections for line in section.lines]
        head = Head(f"What waits for {page.name}", page.now, page.freshness, page.listing)
        return _export(WAITING, query, lines, head, page.path)

    def _unknown(self, page: UnknownMilestonePage, query: ListQuery) -> Response:
        if not query.format:
            return self._render("unknown_milestone.html", page, status=404)
        known = ", ".join(milestone.label for milestone in page.navigation.milestones) or "none"
        return refuse(query.format, 404, f"There is no such milestone. Known here: {known}.")

    def _now(self) -> datetime:
        return whole_minute(self._exact_clock())


def _export(spec: ListSpec[Row], query: ListQuery, rows: Iterable[Row], head: Head, name: str) -> Response:
    """A list for programs; `name` is what a browser calls the file."""
    if query.format == "json":
        return TaggedPage(render_json(spec, rows, head), media_type="application/json")
    headers = {"Content-Disposition": f'inline; filename="{name}.csv"'}
    return TaggedPage(render_csv(spec, rows, head), headers, media_type="text/csv")
