"""Stands in front of the simulated server: counts requests and does the damage.

Below HTTP as applications see it, so that it can drop connections and cut answers.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bbconsumer.simulator.records import Json
from bbconsumer.simulator.switches import Failure, RequestLog, Switches

# What a web server of that kind accepts as a request line by default: 4,000 ids are too
# many, 300 are not.
LONGEST_REQUEST_LINE = 8190
CONTROL_PATH = "/_control"

_ERROR_PAGE = (
    "<!DOCTYPE html><html><head><title>{title}</title></head>"
    "<body><h1>{title}</h1><p>The server could not answer.</p></body></html>"
)


SpellFailure = Callable[[Failure], Json]


class Gate:
    """An ASGI application around another one; the control page passes untouched.

    `spell` gives the body of an answer that says that the server failed, as a server of that kind words it.
    """

    def __init__(self, app: ASGIApp, switches: Switches, requests: RequestLog, spell: SpellFailure) -> None:
        self._app = app
        self._switches = switches
        self._requests = requests
        self._spell = spell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == CONTROL_PATH:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        self._requests.add(request.method, scope["path"], scope["query_string"].decode("latin-1"))
        if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_REQUEST_LINE:
            await error_page(414, "Request-URI Too Long")(scope, receive, send)
        elif self._switches.apply_to(f"{request.method} {scope['path']}"):
            await self._misbehave(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _misbehave(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._switches.slow_s:
            await asyncio.sleep(self._switches.slow_s)
        if throttle := self._switches.take_throttle():
            wait = {"Retry-After": str(throttle.retry_after_s)}
            await error_page(429, "Too Many Requests", wait)(scope, receive, send)
            return
        failure = self._switches.take_failure()
        if failure is None:
            await self._app(scope, receive, send)
            return
        if failure.kind == "truncated":
            await self._app(scope, receive, _halved(send))
            return
        if failure.kind == "late":
            await self._app(scope, receive, _delayed(send, failure.late_s))
            return
        if failure.carried_out:
            await self._app(scope, receive, _swallow)
        if failure.kind == "closed":
            await _drop_connection(receive, send)
        else:
            await self._answer(failure)(scope, receive, send)

    def _answer(self, failure: Failure) -> Response:
        if failure.kind == "empty":
            return Response(b"", 200, media_type="application/json")
        if failure.kind == "html":
            return error_page(failure.status, "Server Error")
        return JSONResponse(self._spell(failure), 200 if failure.kind == "100500" else failure.status)


def error_page(status: int, title: str, headers: dict[str, str] | None = None) -> Response:
    """The page that the web server, not the application, answers with."""
    return HTMLResponse(_ERROR_PAGE.format(title=f"{status} {title}"), status, headers)


async def _swallow(message: Message) -> None:
    """Take an answer that nobody is to get."""


def _halved(send: Send) -> Send:
    """Cut the body in half and announce the short length: no client notices from HTTP alone."""
    start: list[Message] = []

    async def send_half(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.append(message)
            return
        body = message.get("body", b"")
        half = body[: len(body) // 2]
        kept = [(name, value) for name, value in start[0]["headers"] if name != b"content-length"]
        await send({**start[0], "headers": [*kept, (b"content-length", b"%d" % len(half))]})
        await send({**message, "body": half})

    return send_half


def _delayed(send: Send, seconds: float) -> Send:
    """Answer, but only after so many seconds."""

    async def send_late(message: Message) -> None:
        if message["type"] == "http.response.start":
            await asyncio.sleep(seconds)
        await send(message)

    return send_late


async def _drop_connection(receive: Receive, send: Send) -> None:
    # ASGI knows no way to hang up; `send` is a method of the server's object that has the
    # socket. Whatever the server, an answer that never comes is the next best.
    cycle: Any = getattr(send, "__self__", None)
    if cycle is not None:
        cycle.transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass
