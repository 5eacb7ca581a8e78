"""Who is asking. Pages that everybody sees the same know nobody; what is made for a person is never kept anywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import TypeAlias, cast

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_KEY = "bbconsumer.person"
# What templates see. It is set together with what `person_of` reads, so that neither can know more than the other.
_viewer: ContextVar[Person | None] = ContextVar("viewer", default=None)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signed in. `groups` are those of the account that mean something here, as of `known_at`."""

    name: str
    groups: frozenset[str]
    is_admin: bool
    known_at: datetime


# Who a request's cookies name.
Recognize: TypeAlias = Callable[[Mapping[str, str]], Person | None]


def person_of(request: HTTPConnection) -> Person | None:
    """Who sent a request; None for everybody who is not signed in."""
    return cast("Person | None", request.scope.get(_KEY))


def is_somebody(scope: Scope) -> bool:
    """Whether the sender of a request is signed in."""
    return _KEY in scope


def name_of(request: HTTPConnection) -> str:
    """Who sent a request, by name, where only people who signed in get to.

    Raises:
        HTTPException: nobody did.
    """
    person = person_of(request)
    if person is None:
        raise HTTPException(HTTPStatus.FORBIDDEN)
    return person.name


def viewer() -> Person | None:
    """For templates: the person for whom a page is being made."""
    return _viewer.get()


class Recognition:
    """Finds out who is asking, before anything else does, and lets nobody hold what was made for a person."""

    def __init__(self, app: ASGIApp, recognize: Recognize) -> None:
        self._app = app
        self._recognize = recognize

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, together with who sent it."""
        has_cookies = scope["type"] == "http" and b"cookie" in [name for name, _ in scope["headers"]]
        person = self._recognize(Request(scope).cookies) if has_cookies else None
        if person is None:
            await self._app(scope, receive, send)
            return

        async def send_privately(message: Message) -> None:
            if message["type"] == "http.response.start":
                _make_private(MutableHeaders(scope=message))
            await send(message)

        scope[_KEY] = person
        token = _viewer.set(person)
        try:
            await self._app(scope, receive, send_privately)
        finally:
            _viewer.reset(token)


def _make_private(headers: MutableHeaders) -> None:
    # Static files under their version are the same for everybody, and for ever.
    if headers.get("Cache-Control", "").startswith("public"):
        return
    headers["Cache-Control"] = "private, no-store"
    del headers["ETag"]
