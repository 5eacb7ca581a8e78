"""Endpoints as Starlette takes them: functions, which run in a thread, and coroutines, which must not block."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import TypeAlias, cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

Coroutine: TypeAlias = Callable[[Request], Awaitable[Response]]
Endpoint: TypeAlias = Callable[[Request], Response] | Coroutine


def as_coroutine(endpoint: Endpoint) -> Coroutine:
    """The endpoint as a coroutine, for what must do something before it."""
    if inspect.iscoroutinefunction(endpoint):
        return cast("Coroutine", endpoint)

    async def threaded(request: Request) -> Response:
        return await run_in_threadpool(cast("Callable[[Request], Response]", endpoint), request)

    return threaded
