"""Tells open pages that something changed; what it is they read from the page itself, with its tag.

The stream says nothing about bugs, so it has nothing to hide, and a reader that missed all of it has lost nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bbconsumer import metrics
from web.changes import Changes

# Streams of one process: each holds a connection, and a change has each of them ask for its page.
MAX_STREAMS = 2000
# Seconds between two messages of a stream, so that a sync does not make every reader ask for each of its steps.
GAP_S = 1.0
PING_S = 20
# Seconds that a reader may take to accept a message.
SEND_TIMEOUT_S = 10
# Milliseconds after which a browser connects again.
RETRY_MS = 3000


class Live:
    """The stream of changes. A message's id is the number of the change; ``Last-Event-ID`` resumes from there."""

    def __init__(self, changes: Changes, *, max_streams: int = MAX_STREAMS, gap_s: float = GAP_S) -> None:
        self._changes = changes
        self._max_streams = max_streams
        self._gap_s = gap_s
        self.open_streams = 0

    async def stream(self, request: Request) -> Response:
        """A stream, or 503 when there are enough."""
        if self.open_streams >= self._max_streams:
            return PlainTextResponse("too many open streams: this page does not follow changes", 503)
        seen = request.headers.get("last-event-id", "")
        if not seen.isdecimal():
            seen = ""
        return EventSourceResponse(self._messages(seen), ping=PING_S, send_timeout=SEND_TIMEOUT_S)

    async def _messages(self, seen: str) -> AsyncIterator[ServerSentEvent]:
        self.open_streams += 1
        metrics.LIVE_STREAMS.inc()
        try:
            yield ServerSentEvent(event="hello", data="", id=seen or self._id(), retry=RETRY_MS)
            seen = seen or self._id()
            while True:
                if (number := self._id()) != seen:
                    seen = number
                    yield ServerSentEvent(event="change", data="", id=number)
                    await anyio.sleep(self._gap_s)
                else:
                    await self._changes.wait()
        finally:
            self.open_streams -= 1
            metrics.LIVE_STREAMS.dec()

    def _id(self) -> str:
        """The number of the last change, or that the database is lost: pages then show how old they are."""
        state = self._changes.state
        return "lost" if state is None else str(state.number)
