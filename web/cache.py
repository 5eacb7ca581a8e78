"""Keeps what was rendered until something changes, so that a page that many look at is made once.

A rendering stands for one state of the database and one minute, the grain of the clock that pages show. It is
everybody's: for who has signed in each page is made anew, and never kept. While the database is away the last rendering
is shown, and says that it is old.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from web.changes import Changes, State
from web.conditional import whole_minute
from web.errors import is_database_away
from web.people import is_somebody, person_of

MAX_BYTES = 64 * 2**20
# Pages that are made at the same time. More would only make each of them slower: Python runs one at a time.
MAKERS = 2

Page: TypeAlias = Callable[[Request], Response]
_Address: TypeAlias = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class _Kept:
    state: State
    minute: datetime
    response: Response
    # What routing had found out when the page was made.
    route: dict[str, Any]


class PageCache:
    """Turns pages into endpoints that make each page once for each state and minute. It lives in one event loop."""

    def __init__(
        self,
        changes: Changes,
        clock: Callable[[], datetime],
        age: Callable[[Response, datetime], Response | None],
        *,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        """`age` gives back a rendering marked as being of that time, None for what cannot be marked."""
        self._changes = changes
        self._clock = clock
        self._age = age
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[_Address, _Kept] = OrderedDict()
        self._being_made: dict[_Address, asyncio.Event] = {}
        self._makers = anyio.CapacityLimiter(MAKERS)

    def __call__(self, page: Page) -> Callable[[Request], Awaitable[Response]]:
        """The endpoint of a page that answers GET and HEAD."""

        async def endpoint(request: Request) -> Response:
            address = _address_of(request.scope)
            if person_of(request) is not None:
                # What is made for a person is never kept.
                if self._changes.is_lost and (old := self._old(address)):
                    return old
                return await anyio.to_thread.run_sync(page, request, limiter=self._makers)
            while (kept := self._fresh(address)) is None:
                if self._changes.is_lost and (old := self._old(address)):
                    return old
                being_made = self._being_made.get(address)
                if being_made is None:
                    return await self._make_alone(page, request, address)
                await being_made.wait()
            return kept.response

        return endpoint

    def find(self, scope: Scope) -> Response | None:
        """For a reader who is nobody: the page, if it still stands. The scope is left as routing would leave it."""
        if (kept := self._fresh(_address_of(scope))) is None:
            return None
        scope.update(kept.route)
        return kept.response

    def _fresh(self, address: _Address) -> _Kept | None:
        kept = self._kept.get(address)
        if kept is None or kept.state != self._changes.state or kept.minute != whole_minute(self._clock()):
            return None
        self._kept.move_to_end(address)
        return kept

    async def _make_alone(self, page: Page, request: Request, address: _Address) -> Response:
        """Make the page while others who ask for it wait. However it ends, each of them then looks anew.

        All are woken at once: if one woke the next, the last would wait for all who were answered and asked again.
        """
        self._being_made[address] = made = asyncio.Event()
        try:
            return await self._make(page, request, address)
        finally:
            del self._being_made[address]
            made.set()

    async def _make(self, page: Page, request: Request, address: _Address) -> Response:
        # Taken before the page reads: what changes meanwhile has it made again, even if it was seen already.
        state, minute = self._changes.state, whole_minute(self._clock())
        try:
            response = await anyio.to_thread.run_sync(page, request, limiter=self._makers)
        except Exception as error:
            if is_database_away(error) and (old := self._old(address)):
                return old
            raise
        if state is not None and response.status_code == 200:
            route = {name: request.scope[name] for name in ("route", "root_path")}
            self._keep(address, _Kept(state, minute, response, route))
        return response

    def _keep(self, address: _Address, kept: _Kept) -> None:
        self._drop(address)
        self._kept[address] = kept
        self._bytes += len(kept.response.body)
        while self._bytes > self._max_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, address: _Address) -> None:
        if kept := self._kept.pop(address, None):
            self._bytes -= len(kept.response.body)

    def _old(self, address: _Address) -> Response | None:
        """The last rendering. Never one of an earlier state: a bug that it shows may have become private since."""
        kept = self._kept.get(address)
        if kept is None or kept.state != self._changes.last_state:
            return None
        return self._age(kept.response, kept.minute)


class Front:
    """Gives a page that still stands to whoever is nobody, without routing: most of what is asked for is that.

    It must come after what refuses readers. What an application below adds on its way out, as the API does for scripts
    of other sites, it would miss: `except_below` names the paths of such.
    """

    def __init__(self, app: ASGIApp, *, kept: PageCache, except_below: str) -> None:
        self._app = app
        self._kept = kept
        self._except_below = except_below

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer at once, or pass the request on."""
        is_open = scope["type"] == "http" and scope["method"] in {"GET", "HEAD"} and not is_somebody(scope)
        if is_open and not scope["path"].startswith(self._except_below) and (response := self._kept.find(scope)):
            await response(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _address_of(scope: Scope) -> _Address:
    return scope["path"], scope["query_string"]
