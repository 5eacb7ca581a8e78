"""Answers only to names that are ours: a page that was asked for under another one is not ours to give.

No link here is made of the header Host, so this is a second wall: against caches and proxies that could be led astray,
and against pages of others whose name was turned to our address.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

# For who works on this machine, or in the pod.
_LOOPBACK = ("127.0.0.1", "localhost")


class OwnHosts:
    """Refuses with 400 what is asked of another host. Health is asked of the pod's address, and is no secret."""

    def __init__(self, app: ASGIApp, *, url: str) -> None:
        """`url` is what people call us."""
        own = urlsplit(url)
        self._app = app
        self._scheme, self._host = own.scheme, own.hostname or ""
        self._checked = TrustedHostMiddleware(app, allowed_hosts=[self._host, *_LOOPBACK], www_redirect=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        is_request = scope["type"] == "http"
        is_ours = is_request and Headers(scope=scope).get("Host", "").partition(":")[0] == self._host
        if is_ours:
            # The proxy before us takes TLS off. Where Starlette leads to an address with one slash less or more, it
            # would lead people out of it.
            scope["scheme"] = self._scheme
        is_health = is_request and scope["path"].startswith("/healthz/")
        await (self._app if is_ours or is_health else self._checked)(scope, receive, send)
