"""The operations of `/api/v1`: read what is asked, load what the page loads, tell it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from bbconsumer.reporting import load_sources
from web.api.answers.bugs import EventsAnswer
from web.api.answers.milestones import BugsAnswer, MilestonesAnswer, UpdatesAnswer
from web.api.openapi import make_document
from web.api.operations import (
    LIST_BUGS,
    LIST_EVENTS,
    LIST_MILESTONES,
    LIST_UPDATES,
    READ_BUG,
    READ_MILESTONE,
    Operation,
)
from web.api.parameters import SINCE, Asked, read_parameters
from web.api.schemas import as_json
from web.api.telling.bugs import tell_bug, tell_event
from web.api.telling.milestones import tell_listed_bug, tell_listed_update, tell_overview
from web.api.telling.parts import Site, tell_milestone, tell_trust
from web.bug_ids import parse_bug_id
from web.cache import Page
from web.conditional import TaggedPage, whole_minute
from web.queries.bug import load_bug
from web.queries.buglist import load_buglist
from web.queries.events import load_change_feed
from web.queries.freshness import with_sources
from web.queries.milestones import load_milestones
from web.queries.overview import load_overview
from web.queries.update_lists import ALL_UPDATES, load_updates_page
from web.read_models import Freshness, UnknownMilestonePage

_Known = TypeVar("_Known")


class V1:
    """One method per operation. Each reads one snapshot of the database, and the clock once, to the minute.

    No answer has a time that depends on when it is made, so that it stays the same, and is confirmed, until something
    happened, was checked or became too old.
    """

    def __init__(self, settings: Settings, database: Database, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._database = database
        self._exact_clock = clock
        self._site = Site(settings.blockerbugs_url)
        self._origin = settings.blockerbugs_url.removesuffix(settings.path_prefix)
        self._document = make_document(f"{settings.blockerbugs_url}/api/v1")

    @property
    def endpoints(self) -> tuple[tuple[Operation, Page], ...]:
        """What answers each operation."""
        return (
            (LIST_MILESTONES, self.milestones),
            (READ_MILESTONE, self.milestone),
            (LIST_BUGS, self.bugs),
            (LIST_UPDATES, self.updates),
            (READ_BUG, self.bug),
            (LIST_EVENTS, self.events),
        )

    def openapi(self, request: Request) -> Response:
        """The OpenAPI document."""
        read_parameters(request.query_params.multi_items(), (), None)
        return answer(self._document)

    def milestones(self, request: Request) -> Response:
        """All milestones."""
        asked = LIST_MILESTONES.read(request)
        with self._database.reading() as session:
            navigation, freshness = load_milestones(session, now=self._now(), settings=self._settings)
        found = navigation.milestones
        told = MilestonesAnswer(
            **tell_trust(freshness),
            total=len(found),
            next=self._next_page(request, asked, len(found)),
            milestones=tuple(tell_milestone(milestone, self._site) for milestone in asked.part(found)),
        )
        return answer(as_json(told))

    def milestone(self, request: Request) -> Response:
        """The verdict on a milestone."""
        READ_MILESTONE.read(request)
        with self._database.reading() as session:
            found = load_overview(session, **request.path_params, now=self._now(), settings=self._settings)
        return answer(as_json(tell_overview(known(found), self._site)))

    def bugs(self, request: Request) -> Response:
        """The rows of a milestone's buglist that are asked for."""
        asked = LIST_BUGS.read(request)
        with self._database.reading() as session:
            found = load_buglist(
                session, **request.path_params, now=self._now(), settings=self._settings, query=asked.query
            )
        page = known(found)
        # Each section is sorted by itself, as on the page.
        lines = [line for section in page.sections for line in section.lines]
        told = BugsAnswer(
            **tell_trust(page.freshness),
            milestone=tell_milestone(page.milestone, self._site),
            total=len(lines),
            next=self._next_page(request, asked, len(lines)),
            bugs=tuple(tell_listed_bug(line, self._site) for line in asked.part(lines)),
        )
        return answer(as_json(told))

    def updates(self, request: Request) -> Response:
        """The updates of a milestone that are asked for."""
        asked = LIST_UPDATES.read(request)
        with self._database.reading() as session:
            found = load_updates_page(
                session,
                **request.path_params,
                which=ALL_UPDATES,
                now=self._now(),
                settings=self._settings,
                query=asked.query,
            )
        page = known(found)
        told = UpdatesAnswer(
            **tell_trust(page.freshness),
            milestone=tell_milestone(page.milestone, self._site),
            are_known=page.are_known,
            total=len(page.lines),
            next=self._next_page(request, asked, len(page.lines)),
            updates=tuple(tell_listed_update(line, self._site) for line in asked.part(page.lines)),
        )
        return answer(as_json(told))

    def bug(self, request: Request) -> Response:
        """One bug. What is unknown, private or no number at all is answered alike."""
        READ_BUG.read(request)
        now = self._now()
        bug_id = parse_bug_id(request.path_params["bug_id"])
        if bug_id is None:
            raise HTTPException(404)
        with self._database.reading() as session:
            page = load_bug(session, bug_id, now=now, settings=self._settings)
            sources = load_sources(session, self._settings)
        if page is None:
            raise HTTPException(404)
        freshness = with_sources(Freshness(page.checked_at, None, page.notices), sources, now)
        return answer(as_json(tell_bug(page, freshness, self._site)))

    def events(self, request: Request) -> Response:
        """What happened after a number."""
        asked = LIST_EVENTS.read(request)
        since, limit = asked.numbers["since"], asked.numbers["limit"]
        with self._database.reading() as session:
            feed = load_change_feed(session, since, limit, now=self._now(), settings=self._settings)
        told = EventsAnswer(
            **tell_trust(feed.freshness),
            next=self._address(request, asked.with_number(SINCE, feed.next_since)),
            has_more=feed.has_more,
            last=feed.last,
            events=tuple(tell_event(event, self._site) for event in feed.events),
        )
        return answer(as_json(told))

    def _next_page(self, request: Request, asked: Asked, total: int) -> str | None:
        return self._address(request, asked.next_page()) if asked.has_next(total) else None

    def _address(self, request: Request, parameters: str) -> str:
        return f"{self._origin}{quote(request.scope['path'])}?{parameters}"

    def _now(self) -> datetime:
        return whole_minute(self._exact_clock())


def answer(document: object) -> Response:
    """An answer with its tag."""
    return TaggedPage(json.dumps(document, separators=(",", ":")) + "\n", media_type="application/json")


def known(found: _Known | UnknownMilestonePage) -> _Known:
    """What was found of a milestone; one that is not known is answered with those that are."""
    if not isinstance(found, UnknownMilestonePage):
        return found
    names = ", ".join(f"{milestone.release}/{milestone.name}" for milestone in found.navigation.milestones)
    raise HTTPException(404, f"There is no such milestone here. Known are: {names or 'none'}.")
