"""Pages that browsers and proxies may hold: they ask with the page's tag whether it still stands.

A page is made anew for every request and its tag is a hash of the very bytes that would be sent, so what was taken from
a page, as the texts of a bug that became private, is never confirmed. A tag must never be made of anything else.

There is no `Last-Modified`. It has a grain of a second, within which much may change; pages also change by the clock,
as data become old; and processes learn of a change at different times: one would confirm what another had not seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property

from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import NotModifiedResponse
from starlette.types import Receive, Scope, Send


class TaggedPage(HTMLResponse):
    """A page, or a picture, with its tag. Who already holds these very bytes is sent only the tag."""

    def __init__(self, text: str, headers: Mapping[str, str] | None = None, *, media_type: str = "text/html") -> None:
        super().__init__(text, headers=headers, media_type=media_type)
        self.tag = f'"{hashlib.sha256(self.body).hexdigest()}"'
        self.headers["ETag"] = self.tag

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the page, or 304 without a body."""
        held = [value.decode("latin-1") for name, value in scope["headers"] if name == b"if-none-match"]
        if held and scope["method"] in {"GET", "HEAD"} and is_named(self.tag, held):
            await self._confirmation(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    @cached_property
    def _confirmation(self) -> Response:
        """The answer 304, which a kept page sends many times."""
        return NotModifiedResponse(self.headers)


def whole_minute(at: datetime) -> datetime:
    """The time that a page is relative to: with its seconds the page would never be the same twice."""
    return at.replace(second=0, microsecond=0)


def is_named(tag: str, fields: Iterable[str]) -> bool:
    """Whether the If-None-Match fields of a request name this strong tag, compared weakly; ``*`` names every tag.

    Source: https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
    """
    value = ", ".join(fields).strip()
    # Tags of others may contain commas. Parts of such a tag never look like a whole one: it has no quote inside.
    return value == "*" or tag in (part.strip().removeprefix("W/") for part in value.split(","))
