"""Puts the API together: its routes, its errors, and who else's scripts may read it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from web.api.problems import HANDLERS
from web.api.v0 import V0
from web.api.v1 import V1
from web.cache import Page, PageCache

WEBHOOK_PATH: Final = "/v0/webhook"


class PublicReads:
    """Lets scripts of any site read, without credentials; but not what takes calls."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._shared = CORSMiddleware(
            app,
            allow_origins=["*"],
            allow_methods=["GET", "HEAD", "OPTIONS"],
            allow_headers=["If-None-Match"],
            expose_headers=["ETag", "Retry-After"],
            max_age=86_400,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        await (self._app if path == WEBHOOK_PATH else self._shared)(scope, receive, send)


def mount_api(
    *, v0: V0, v1: V1, picture: Page, webhook: Callable[[Request], Awaitable[Response]], kept: PageCache
) -> Mount:
    """Everything under `/api`. It is an application of its own, so that all its errors are answered as problems."""
    application = Starlette(
        routes=[
            Route("/v0/milestones/{release}/{name}/bugs", kept(v0.bugs)),
            Route("/v0/milestones/{release}/{name}/updates", kept(v0.updates)),
            Route("/v0/bugimg/{bug_id}", kept(picture)),
            Route(WEBHOOK_PATH, webhook, methods=["POST"]),
            Route("/v1/openapi.json", v1.openapi),
            *(Route(f"/v1{operation.path}", kept(page)) for operation, page in v1.endpoints),
        ],
        exception_handlers=HANDLERS,
    )
    return Mount("/api", app=application, middleware=[Middleware(PublicReads)])
