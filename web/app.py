"""Puts the web together: routes, middleware, the database's life."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from bbconsumer.config import ConfigurationError, Settings, openshift_config
from bbconsumer.db.session import Database
from bbconsumer.log import set_up_web_logging
from bbconsumer.monitoring.port import watched
from web.access import Access
from web.admin.desk import Desk
from web.admin.routes import list_admin_routes
from web.api import problems
from web.api.routes import WEBHOOK_PATH, mount_api
from web.api.v0 import V0
from web.api.v1 import V1
from web.assets import Assets
from web.body_limit import BodyLimit
from web.cache import Front, PageCache
from web.changes import Changes
from web.errors import Errors
from web.feeds import Feeds
from web.guard import Guard
from web.health import Readiness, live
from web.hosts import OwnHosts
from web.limits import Limiter, Limits
from web.list_pages import ListPages
from web.live import Live
from web.milestone_pages import MilestonePages
from web.observed import Observed
from web.pages import Pages
from web.people import Recognition
from web.propose import Propose
from web.refusals import Refusals
from web.security import SecurityHeaders, security_headers
from web.sessions import Sessions
from web.sign_in import SignIn
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
    v0: V0
    v1: V1
    webhook: Webhook
    readiness: Readiness
    live: Live
    sign_in: SignIn
    access: Access
    propose: Propose
    desk: Desk
    kept: PageCache
    limited: Limits


def create_app_from_environment() -> Starlette:
    """For ``uvicorn --factory``; ends the process with one line when the environment cannot be used."""
    try:
        settings = openshift_config(os.environ)
        set_up_web_logging(settings)
        return create_app(settings, with_port=True)
    except ConfigurationError as error:
        raise SystemExit(f"cannot start: {error}") from None


def create_app(
    settings: Settings,
    database: Database | None = None,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    with_port: bool = False,
) -> Starlette:
    """The web as an ASGI application. It closes the database at its end, also one that was handed over.

    `with_port` lets it tell its figures on a port of their own as well.

    What was rendered is kept only where the application's lifespan runs, since changes are followed there.
    """
    database = database or Database(settings.engine_url)
    assets = Assets()
    render = Renderer(settings, assets)
    headers = security_headers(settings.origin)
    errors = Errors(render, database, headers)
    refuse = Refusals(render)
    signed_paths = {f"{settings.path_prefix}/api{WEBHOOK_PATH}"}
    changes = Changes(database)
    sessions = Sessions(settings, clock)
    site = _Site(
        assets=assets,
        pages=Pages(settings, database, render, clock),
        of_milestone=MilestonePages(settings, database, render, clock),
        lists=ListPages(settings, database, render, clock),
        feeds=Feeds(settings, database, render, clock),
        v0=V0(settings, database, render.links, clock),
        v1=V1(settings, database, clock),
        webhook=Webhook(settings, database),
        readiness=Readiness(database),
        live=Live(changes),
        sign_in=SignIn(settings, sessions, render, clock),
        access=Access(settings, render, clock),
        propose=Propose(settings, database, render, clock),
        desk=Desk(settings, database, render, clock),
        kept=PageCache(changes, clock, render.aged),
        limited=Limits(refuse, proxies_in_front=settings.proxies_in_front),
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        following = asyncio.create_task(changes.follow())
        with watched(settings, database) if with_port else nullcontext():
            yield
        following.cancel()
        await asyncio.wait([following])
        database.dispose()

    return Starlette(
        routes=_routes(settings.path_prefix, site),
        middleware=[
            Middleware(Observed, prefix=settings.path_prefix),
            Middleware(SecurityHeaders, headers=headers),
            Middleware(OwnHosts, url=settings.blockerbugs_url),
            Middleware(Recognition, recognize=sessions.recognize),
            Middleware(Front, kept=site.kept, except_below=f"{settings.path_prefix}/api/"),
            Middleware(Guard, origin=settings.origin, signed_paths=signed_paths, refuse=refuse),
            # The webhook has a limit of its own: Pagure sends whole tickets.
            Middleware(BodyLimit, refuse=refuse, limited_paths=signed_paths),
        ],
        exception_handlers={
            **errors.handlers,
            HTTPException: problems.below(f"{settings.path_prefix}/api/", errors.http_error),
        },
        lifespan=lifespan,
    )


def _routes(prefix: str, site: _Site) -> list[BaseRoute]:
    """All that is served. Health is for the platform and stays outside of the prefix."""

    pages, of_milestone, lists = site.pages, site.of_milestone, site.lists
    feeds, kept, limited = site.feeds, site.kept, site.limited
    signing_in = Limiter(burst=20, interval_s=3.0)
    # Whoever edits many tickets makes as many calls.
    webhook = limited(Limiter(burst=300, interval_s=0.2), site.webhook.receive)
    propose, signed_in = site.propose, site.access.signed_in

    async def to_prefix(_request: Request) -> Response:
        return RedirectResponse(f"{prefix}/")

    return [
        Route("/healthz/live", live),
        Route("/healthz/ready", site.readiness.ready),
        *([Route("/", to_prefix)] if prefix else []),
        Mount(
            prefix,
            routes=[
                # Routes are tried in their order: what is asked for most comes first.
                Route("/milestone/{release}/{name}", kept(of_milestone.overview)),
                Route("/milestone/{release}/{name}/buglist", kept(lists.buglist)),
                Route("/milestone/{release}/{name}/updates", kept(lists.updates)),
                Route("/milestone/{release}/{name}/need_testing", kept(lists.need_testing)),
                Route("/milestone/{release}/{name}/decisions", kept(lists.decisions)),
                Route("/milestone/{release}/{name}/info", kept(of_milestone.info)),
                Route("/milestone/{release}/{name}/irc", kept(of_milestone.meeting)),
                Route("/milestone/{release}/{name}/meeting", kept(of_milestone.meeting)),
                Route("/milestone/{release}/{name}/report", kept(of_milestone.weekly)),
                Route("/milestone/{release}/{name}/requests", kept(of_milestone.requests)),
                Route("/milestone/{release}/{name}/go-no-go", kept(of_milestone.go_no_go)),
                Route("/milestone/{release}/{name}/{report}.txt", kept(of_milestone.text)),
                Route("/milestone/{release}/{name}/feed.atom", kept(feeds.milestone)),
                Route("/milestone/{release}/{name}/burndown.csv", kept(of_milestone.burndown)),
                Route("/", pages.start),
                Route("/current", pages.current),
                Route("/bug/{bug_id}", kept(pages.bug)),
                Route("/bug/{bug_id}/updates", pages.bug_updates),
                Route("/bug/{bug_id}/feed.atom", kept(feeds.bug)),
                Route("/user/{account:path}", kept(lists.user)),
                Route("/package/{component:path}", kept(lists.package)),
                # There is no end of words that people may search for: keeping what was found would drop what many ask.
                Route("/search", limited(Limiter(burst=60, interval_s=0.2), lists.search)),
                Route("/release/{release}/dates.ics", kept(feeds.dates)),
                Route("/badge/{release}/{name}.svg", kept(feeds.badge)),
                Route("/status", pages.status),
                Route("/live", site.live.stream),
                # What they are is shown to everybody.
                Route("/propose_bug", propose.form, methods=["GET"]),
                Route("/propose_bug", signed_in(propose.submit), methods=["POST"]),
                Route("/propose_bug/{proposal_id}", propose.proposal, methods=["GET"]),
                Route("/propose_bug/{proposal_id}", signed_in(propose.act), methods=["POST"]),
                Route("/my_proposals", propose.mine),
                *list_admin_routes(site.desk, site.access.admin),
                Route("/login", limited(signing_in, site.sign_in.begin)),
                Route("/authorize", limited(signing_in, site.sign_in.complete)),
                Route("/logout", site.sign_in.end, methods=["POST"]),
                mount_api(v0=site.v0, v1=site.v1, picture=pages.picture, webhook=webhook, kept=kept),
                Mount("/static", site.assets, name="static"),
            ],
        ),
    ]
