"""The ceiling of the pages: Starlette and nothing else, answering with as many bytes, or with a plain stream."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator

from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def create_app() -> Starlette:
    """For ``uvicorn --factory``; the environment says which headers the answers have (`BARE_HEADERS`, a JSON object),
    and with them how many bytes."""
    headers = json.loads(os.environ["BARE_HEADERS"])
    body = b"x" * int(headers.pop("content-length"))
    # An answer without a body has none of what tells of it.
    headers_of_nothing = {name: value for name, value in headers.items() if name != "content-type"}
    rung = asyncio.Event()

    async def page(_request: Request) -> Response:
        return Response(body, headers=headers)

    async def not_modified(_request: Request) -> Response:
        return Response(status_code=304, headers=headers_of_nothing)

    async def messages() -> AsyncIterator[dict[str, str]]:
        yield {"event": "hello", "data": ""}
        await rung.wait()
        yield {"event": "change", "data": ""}

    async def stream(_request: Request) -> Response:
        return EventSourceResponse(messages())

    async def ring(_request: Request) -> Response:
        rung.set()
        return Response()

    return Starlette(
        routes=[
            Route("/page", page),
            Route("/304", not_modified),
            Route("/live", stream),
            Route("/ring", ring),
            Route("/healthz/ready", page),
        ]
    )
