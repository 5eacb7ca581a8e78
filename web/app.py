"""Puts the web together: routes, middleware, the database's life."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from bbconsumer.config import ConfigurationError, Settings, openshift_config
from bbconsumer.db.session import Database
from web.assets import Assets
from web.errors import Errors
from web.health import Readiness, live
from web.list_pages import ListPages
from web.milestone_pages import MilestonePages
from web.pages import Pages
from web.security import SecurityHeaders
from web.templating import Renderer
from web.webhooks import Webhook


def create_app_from_environment() -> Starlette:
    """For ``uvicorn --factory``; ends the process with one line when the environment cannot be used."""
    try:
        return create_app(openshift_config(os.environ))
    except ConfigurationError as error:
        raise SystemExit(f"cannot start: {error}") from None


def create_app(
    settings: Settings, database: Database | None = None, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Starlette:
    """The web as an ASGI application. It closes the database at its end, also one that was handed over."""
    database = database or Database(settings.engine_url)
    assets = Assets()
    render = Renderer(settings, assets)
    pages = Pages(settings, database, render, clock)
    milestone_pages = MilestonePages(settings, database, render, clock)
    lists = ListPages(settings, database, render, clock)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        database.dispose()

    return Starlette(
        routes=_routes(
            settings.path_prefix,
            pages,
            milestone_pages,
            lists,
            Webhook(settings, database),
            Readiness(database),
            assets,
        ),
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers=Errors(render).handlers,
        lifespan=lifespan,
    )


def _routes(
    prefix: str,
    pages: Pages,
    of_milestone: MilestonePages,
    lists: ListPages,
    webhook: Webhook,
    readiness: Readiness,
    assets: Assets,
) -> list[BaseRoute]:
    """All that is served. Health is for the platform and stays outside of the prefix."""

    async def to_prefix(_request: Request) -> Response:
        return RedirectResponse(f"{prefix}/")

    return [
        Route("/healthz/live", live),
        Route("/healthz/ready", readiness.ready),
        *([Route("/", to_prefix)] if prefix else []),
        Mount(
            prefix,
            routes=[
                Route("/", pages.start),
                Route("/current", pages.current),
                Route("/milestone/{release}/{name}", of_milestone.overview),
                Route("/milestone/{release}/{name}/buglist", lists.buglist),
                Route("/milestone/{release}/{name}/updates", lists.updates),
                Route("/milestone/{release}/{name}/need_testing", lists.need_testing),
                Route("/milestone/{release}/{name}/info", of_milestone.info),
                Route("/milestone/{release}/{name}/irc", of_milestone.meeting),
                Route("/milestone/{release}/{name}/meeting", of_milestone.meeting),
                Route("/milestone/{release}/{name}/report", of_milestone.weekly),
                Route("/milestone/{release}/{name}/requests", of_milestone.requests),
                Route("/milestone/{release}/{name}/go-no-go", of_milestone.go_no_go),
                Route("/milestone/{release}/{name}/{report}.txt", of_milestone.text),
                Route("/bug/{bug_id}", pages.bug),
                Route("/bug/{bug_id}/updates", pages.bug_updates),
                Route("/user/{account:path}", lists.user),
                Route("/package/{component:path}", lists.package),
                Route("/search", lists.search),
                Route("/status", pages.status),
                Route("/api/v0/bugimg/{bug_id}", pages.picture),
                Route("/api/v0/webhook", webhook.receive, methods=["POST"]),
                Mount("/static", assets, name="static"),
            ],
        ),
    ]
