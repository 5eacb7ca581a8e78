"""Puts the web together: routes, middleware, the database's life."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from bbconsumer.config import ConfigurationError, Settings, openshift_config
from bbconsumer.db.session import Database
from web.assets import Assets
from web.cache import PageCache
from web.changes import Changes
from web.errors import Errors
from web.feeds import Feeds
from web.health import Readiness, live
from web.list_pages import ListPages
from web.live import Live
from web.milestone_pages import MilestonePages
from web.pages import Pages
from web.security import SecurityHeaders
from web.templating import Renderer
from web.webhooks import Webhook


@dataclass(frozen=True, slots=True)
class _Site:
    """All that answers requests. `kept` makes endpoints of pages whose renderings may be kept."""

    assets: Assets
    pages: Pages
    of_milestone: MilestonePages
    lists: ListPages
    feeds: Feeds
    webhook: Webhook
    readiness: Readiness
    live: Live
    kept: PageCache


def create_app_from_environment() -> Starlette:
    """For ``uvicorn --factory``; ends the process with one line when the environment cannot be used."""
    try:
        return create_app(openshift_config(os.environ))
    except ConfigurationError as error:
        raise SystemExit(f"cannot start: {error}") from None


def create_app(
    settings: Settings, database: Database | None = None, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Starlette:
    """The web as an ASGI application. It closes the database at its end, also one that was handed over.

    What was rendered is kept only where the application's lifespan runs, since changes are followed there.
    """
    database = database or Database(settings.engine_url)
    assets = Assets()
    render = Renderer(settings, assets)
    changes = Changes(database)
    site = _Site(
        assets=assets,
        pages=Pages(settings, database, render, clock),
        of_milestone=MilestonePages(settings, database, render, clock),
        lists=ListPages(settings, database, render, clock),
        feeds=Feeds(settings, database, render, clock),
        webhook=Webhook(settings, database),
        readiness=Readiness(database),
        live=Live(changes),
        kept=PageCache(changes, clock, render.aged),
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        following = asyncio.create_task(changes.follow())
        yield
        following.cancel()
        await asyncio.wait([following])
        database.dispose()

    return Starlette(
        routes=_routes(settings.path_prefix, site),
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers=Errors(render).handlers,
        lifespan=lifespan,
    )


def _routes(prefix: str, site: _Site) -> list[BaseRoute]:
    """All that is served. Health is for the platform and stays outside of the prefix."""

    pages, of_milestone, lists = site.pages, site.of_milestone, site.lists
    feeds, kept = site.feeds, site.kept

    async def to_prefix(_request: Request) -> Response:
        return RedirectResponse(f"{prefix}/")

    return [
        Route("/healthz/live", live),
        Route("/healthz/ready", site.readiness.ready),
        *([Route("/", to_prefix)] if prefix else []),
        Mount(
            prefix,
            routes=[
                Route("/", pages.start),
                Route("/current", pages.current),
                Route("/milestone/{release}/{name}", kept(of_milestone.overview)),
                Route("/milestone/{release}/{name}/buglist", kept(lists.buglist)),
                Route("/milestone/{release}/{name}/updates", kept(lists.updates)),
                Route("/milestone/{release}/{name}/need_testing", kept(lists.need_testing)),
                Route("/milestone/{release}/{name}/info", kept(of_milestone.info)),
                Route("/milestone/{release}/{name}/irc", kept(of_milestone.meeting)),
                Route("/milestone/{release}/{name}/meeting", kept(of_milestone.meeting)),
                Route("/milestone/{release}/{name}/report", kept(of_milestone.weekly)),
                Route("/milestone/{release}/{name}/requests", kept(of_milestone.requests)),
                Route("/milestone/{release}/{name}/go-no-go", kept(of_milestone.go_no_go)),
                Route("/milestone/{release}/{name}/{report}.txt", kept(of_milestone.text)),
                Route("/milestone/{release}/{name}/feed.atom", kept(feeds.milestone)),
                Route("/milestone/{release}/{name}/burndown.csv", kept(of_milestone.burndown)),
                Route("/bug/{bug_id}", kept(pages.bug)),
                Route("/bug/{bug_id}/updates", pages.bug_updates),
                Route("/bug/{bug_id}/feed.atom", kept(feeds.bug)),
                Route("/user/{account:path}", kept(lists.user)),
                Route("/package/{component:path}", kept(lists.package)),
                # There is no end of words that people may search for: keeping what was found would drop what many ask.
                Route("/search", lists.search),
                Route("/release/{release}/dates.ics", kept(feeds.dates)),
                Route("/badge/{release}/{name}.svg", kept(feeds.badge)),
                Route("/status", pages.status),
                Route("/live", site.live.stream),
                Route("/api/v0/bugimg/{bug_id}", kept(pages.picture)),
                Route("/api/v0/webhook", site.webhook.receive, methods=["POST"]),
                Mount("/static", site.assets, name="static"),
            ],
        ),
    ]
