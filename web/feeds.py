"""What other programs read: feeds, calendars, and the badge that other sites show. GET and HEAD are all that they take.

An answer stays the same, and is confirmed, until something happened or was checked: no time in it depends on the
clock, except that data which are too old are said to be.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from web import atom, ical
from web.bug_ids import parse_bug_id
from web.conditional import TaggedPage, whole_minute
from web.queries.bug import load_bug
from web.queries.feeds import feed_of_bug, load_badge, load_milestone_feed, load_release_dates
from web.read_models import BugPage, UnknownMilestonePage
from web.read_models.feed import Feed
from web.templating import Renderer


class Feeds:
    """One method per document. Each reads one snapshot of the database, and the clock once, to the minute."""

    def __init__(self, settings: Settings, database: Database, render: Renderer, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._database = database
        self._render = render
        self._exact_clock = clock
        self._site = settings.blockerbugs_url.removesuffix(settings.path_prefix)
        self._atom = atom.AtomWriter(self._site, render.links)

    def milestone(self, request: Request) -> Response:
        """What happened lately in a milestone."""
        release, name = (request.path_params[key] for key in ("release", "name"))
        with self._database.reading() as session:
            feed = load_milestone_feed(session, release, name, now=self._now(), settings=self._settings)
        if isinstance(feed, UnknownMilestonePage):
            return self._render("unknown_milestone.html", feed, status=404)
        links = self._render.links
        return self._answer(feed, page=links.milestone(release, name), own=links.milestone_feed(release, name))

    def bug(self, request: Request) -> Response:
        """What happened lately to a bug. What is unknown, private or no number at all is answered alike."""
        page = None
        if (bug_id := parse_bug_id(request.path_params["bug_id"])) is not None:
            page = self._load_bug(bug_id)
        if page is None:
            raise HTTPException(404)
        links = self._render.links
        return self._answer(feed_of_bug(page), page=links.bug(page.id), own=links.bug_feed(page.id))

    def dates(self, request: Request) -> Response:
        """The dates of a release. As long as none is set there is nothing to subscribe to."""
        with self._database.reading() as session:
            dates = load_release_dates(session, request.path_params["release"], now=self._now())
        if isinstance(dates, UnknownMilestonePage):
            return self._render("unknown_milestone.html", dates, status=404)
        if not dates.dates:
            raise HTTPException(404)
        calendar = ical.render_calendar(dates, site=self._site, links=self._render.links)
        return TaggedPage(calendar, media_type=ical.MEDIA_TYPE)

    def badge(self, request: Request) -> Response:
        """The verdict on a milestone as a small picture."""
        params = request.path_params
        with self._database.reading() as session:
            badge = load_badge(session, params["release"], params["name"], now=self._now(), settings=self._settings)
        if isinstance(badge, UnknownMilestonePage):
            return self._render("unknown_milestone.html", badge, status=404)
        return self._render.picture("badge.svg", badge)

    def _load_bug(self, bug_id: int) -> BugPage | None:
        with self._database.reading() as session:
            return load_bug(session, bug_id, now=self._now(), settings=self._settings)

    def _answer(self, feed: Feed, *, page: str, own: str) -> Response:
        return TaggedPage(self._atom.render(feed, page=page, own=own), media_type=f"{atom.MEDIA_TYPE}; charset=utf-8")

    def _now(self) -> datetime:
        return whole_minute(self._exact_clock())
