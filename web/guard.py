"""Takes what changes something only from our own pages.

A browser may send a person's cookies along with requests that pages of others make, and our host's siblings are of the
same site. It also says where a request comes from, which no script can change: in `Sec-Fetch-Site`, and in `Origin`.

Source: https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from web.errors import ErrorPage
from web.refusals import Refusals

_log = logging.getLogger(__name__)

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
# The second: from the person, as by loading a page again, and from no page at all.
_OURS = frozenset({"same-origin", "none"})


class Guard:
    """Refuses requests that may change something and do not come from our own pages."""

    def __init__(self, app: ASGIApp, *, origin: str, signed_paths: Collection[str], refuse: Refusals) -> None:
        """`signed_paths` are exempt: what is called there proves by itself who sent it, and no cookie counts."""
        self._app = app
        self._origin = origin
        self._signed_paths = frozenset(signed_paths)
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it before anything is read of it."""
        is_open = scope["type"] != "http" or scope["method"] in _READING or scope["path"] in self._signed_paths
        if is_open or self._is_ours(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        where = headers.get("Origin") or headers.get("Sec-Fetch-Site") or "nowhere"
        _log.warning("refused: a request that may change something came from %.200s", where)
        page = ErrorPage(
            "This request does not come from this site",
            "Nothing was changed. Whatever changes something is taken only from pages of this service, at "
            f"{self._origin}, and from browsers that say where a request comes from.",
        )
        await self._refuse(scope["path"], HTTPStatus.FORBIDDEN, page)(scope, receive, send)

    def _is_ours(self, headers: Headers) -> bool:
        site, origin = headers.get("Sec-Fetch-Site"), headers.get("Origin")
        if origin is not None and origin != self._origin:
            return False
        return origin is not None if site is None else site in _OURS
