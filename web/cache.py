"""Keeps what was rendered until something changes, so that a page that many look at is made once.

A rendering stands for one state of the database and one minute, the grain of the clock that pages show. Pages that know
who is asking must never come here. While the database is away the last rendering is shown, and says that it is old.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from weakref import WeakValueDictionary

import anyio
from starlette.requests import Request
from starlette.responses import Response

from web.changes import Changes, State
from web.conditional import whole_minute
from web.errors import is_database_away

MAX_BYTES = 64 * 2**20
# Pages that are made at the same time. More would only make each of them slower: Python runs one at a time.
MAKERS = 4

Page: TypeAlias = Callable[[Request], Response]
_Address: TypeAlias = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class _Kept:
    state: State
    minute: datetime
    response: Response


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
        self._locks: WeakValueDictionary[_Address, asyncio.Lock] = WeakValueDictionary()
        self._makers = anyio.CapacityLimiter(MAKERS)

    def __call__(self, page: Page) -> Callable[[Request], Awaitable[Response]]:
        """The endpoint of a page that answers GET and HEAD."""

        async def endpoint(request: Request) -> Response:
            address = request.scope["path"], request.scope["query_string"]
            if kept := self._fresh(address):
                return kept
            if self._changes.is_lost and (old := self._old(address)):
                return old
            # However many ask, one of them makes the page; who waited for that finds it.
            lock = self._locks.setdefault(address, asyncio.Lock())
            async with lock:
                return self._fresh(address) or await self._make(page, request, address)

        return endpoint

    def _fresh(self, address: _Address) -> Response | None:
        kept = self._kept.get(address)
        if kept is None or kept.state != self._changes.state or kept.minute != whole_minute(self._clock()):
            return None
        self._kept.move_to_end(address)
        return kept.response

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
            self._keep(address, _Kept(state, minute, response))
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
