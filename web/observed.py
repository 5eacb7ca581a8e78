"""Gives each request an id, one line in the log, and its place in the figures, by the route and never by the address.

The health of the process is asked for every few seconds and is left out.
"""

from __future__ import annotations

import logging
import random
import re
import time
from functools import lru_cache

from prometheus_client import Histogram
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bbconsumer import metrics
from bbconsumer.log import request_id

_log = logging.getLogger(__name__)

# What a proxy before us may call a request. Anything else could forge a line in the log.
_WELL_FORMED = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
_HEALTH = "/healthz/"
# The client went away before there was an answer, as nginx calls it.
_NO_ANSWER = 499


class Observed:
    """Around everything else, so that errors are seen as well."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and note what came of it."""
        if scope["type"] != "http" or scope["path"].startswith(_HEALTH):
            await self._app(scope, receive, send)
            return
        given = [value for name, value in scope["headers"] if name == b"x-request-id"]
        number = given[0] if given and _WELL_FORMED.fullmatch(given[0]) else _new_number()
        outer_path = scope.get("root_path", "")
        started = time.perf_counter()
        status, first_s = _NO_ANSWER, 0.0

        async def send_named(message: Message) -> None:
            nonlocal status, first_s
            if message["type"] == "http.response.start":
                status, first_s = message["status"], time.perf_counter() - started
                # A new list: that of a kept page is sent again and again.
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", number)]
            await send(message)

        token = request_id.set(number.decode())
        try:
            await self._app(scope, receive, send_named)
        finally:
            route = self._route(scope, outer_path)
            method = scope["method"] if scope["method"] in _METHODS else metrics.OTHER
            _figure_of(route, method, status).observe(first_s)
            seconds = time.perf_counter() - started
            fields = {"method": method, "route": route, "status": status, "seconds": round(seconds, 4)}
            _log.info("%s %s: %d in %.1f ms", method, route, status, 1000 * seconds, extra={"fields": fields})
            request_id.reset(token)

    def _route(self, scope: Scope, outer_path: str) -> str:
        """The template of the address, below our prefix; empty for one that leads nowhere."""
        route = scope.get("route")
        if route is None:
            return ""
        mounted = str(scope.get("root_path", "")).removeprefix(outer_path)
        if isinstance(route, Mount):
            # An application without routes, or one of ours that has none for this address.
            return mounted.removeprefix(self._prefix)
        return f"{mounted}{route.path}".removeprefix(self._prefix) or "/"


def _new_number() -> bytes:
    # Names a request, and is no secret: the system need not be asked for it.
    return b"%016x" % random.getrandbits(64)


# Of routes and methods there are only so many. Looking for the figure costs more than adding to it.
@lru_cache(maxsize=4096)
def _figure_of(route: str, method: str, status: int) -> Histogram:
    return metrics.HTTP_SECONDS.labels(route, method, str(status))
