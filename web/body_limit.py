"""Takes no body that is larger than what people write into a form."""

from __future__ import annotations

from collections.abc import Collection
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.errors import TOO_LARGE
from web.refusals import Refusals

# The largest form has a justification, as long as a comment in Bugzilla may be (65,535 characters), written for a form.
MAX_BODY_BYTES: Final = 256 * 1024


class BodyLimit:
    """Refuses bodies that are larger than anything that is taken here."""

    def __init__(
        self, app: ASGIApp, *, refuse: Refusals, limited_paths: Collection[str], max_bytes: int = MAX_BODY_BYTES
    ) -> None:
        """`limited_paths` have limits of their own."""
        self._app = app
        self._refuse = refuse
        self._limited_paths = frozenset(limited_paths)
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, refuse it by what it announces, or break it off."""
        if scope["type"] != "http" or scope["path"] in self._limited_paths:
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("Content-Length", "0")
        if not announced.isdecimal() or len(announced) > 18 or int(announced) > self._max_bytes:
            await self._refuse(scope["path"], HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LARGE)(scope, receive, send)
            return
        received = 0

        async def receive_some() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_bytes:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LARGE.advice)
            return message

        await self._app(scope, receive_some, send)
