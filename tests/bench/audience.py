"""`python -m tests.bench.audience URL LIVE STREAMS PER_S PAGE…`: people with open pages, and people who come for one.

So many streams are held open at LIVE, and so many pages are asked for each second, whether or not those before were
answered: how long one took counts from when it was due. Prints a JSON line when all streams are open, and what was met
when a signal comes.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle
from statistics import quantiles
from urllib.parse import urlsplit

from tests.bench.clients import answer_of
from tests.web.streams import Stream

CONNECTIONS = 64
_TURN_S = 0.005
# Much longer than a web that lives takes for what has gathered.
PATIENCE_S = 60.0


@dataclass
class Audience:
    """What the people met: seconds until each page, how often each stream told of a change, and what broke."""

    url: str
    took_s: list[float] = field(default_factory=list)
    told: list[int] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    seconds: float = 0.0
    due: asyncio.Queue[tuple[float, str]] = field(default_factory=asyncio.Queue)

    async def follow(self, stream: Stream, number: int) -> None:
        """Read a stream for as long as it lasts."""
        while message := await stream.next():
            self.told[number] += message.event == "change"
        self.broken.append("a stream ended")

    async def ask(self) -> None:
        """Fetch what is due, one page after the other, over one connection."""
        parts = urlsplit(self.url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        while True:
            due_at, path = await self.due.get()
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
            try:
                await answer_of(reader, 200)
            except (ValueError, EOFError, OSError) as error:
                self.broken.append(f"{path}: {error}")
                reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            else:
                self.took_s.append(time.perf_counter() - due_at)
            self.due.task_done()

    async def come(self, pages: list[str], per_s: float, is_over: asyncio.Event) -> None:
        """Let pages be due at a steady rate, and when that is over wait until all are answered."""
        began, count, paths = time.perf_counter(), 0, cycle(pages)
        while not is_over.is_set():
            while count < (time.perf_counter() - began) * per_s:
                self.due.put_nowait((began + count / per_s, next(paths)))
                count += 1
            await asyncio.sleep(_TURN_S)
        try:
            await asyncio.wait_for(self.due.join(), PATIENCE_S)
        except TimeoutError:
            # A web that has ended answers nobody, and closes the connections of those who ask.
            self.broken.append(f"{self.due.qsize()} pages were not answered in {PATIENCE_S:g} s after the last was due")
        self.seconds = time.perf_counter() - began

    def report(self) -> dict[str, object]:
        """In words and numbers for JSON."""
        cuts = [1000 * cut for cut in quantiles(self.took_s, n=100)] if len(self.took_s) > 1 else [0.0] * 99
        figures = {"p50_ms": cuts[49], "p95_ms": cuts[94], "p99_ms": cuts[98]}
        pages_per_s = len(self.took_s) / self.seconds
        return {"pages_per_s": pages_per_s, **figures, "told_least": min(self.told), "broken": self.broken[:5]}


async def attend(url: str, live: str, stream_count: int, per_s: float, pages: list[str]) -> None:
    """Open the streams, come for pages until the signal, and tell."""
    audience, is_over = Audience(url, told=[0] * stream_count), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, is_over.set)
    streams = await asyncio.gather(*(Stream.open(urlsplit(url).port or 0, live) for _ in range(stream_count)))
    hellos = await asyncio.gather(*(stream.next() for stream in streams))
    if any(hello is None or hello.event != "hello" for hello in hellos):
        raise ValueError("a stream did not begin as it should")
    people = [asyncio.create_task(audience.follow(stream, number)) for number, stream in enumerate(streams)]
    people += [asyncio.create_task(audience.ask()) for _ in range(CONNECTIONS)]
    print(json.dumps({"streams": len(streams)}), flush=True)
    await audience.come(pages, per_s, is_over)
    print(json.dumps(audience.report()), flush=True)
    for one in people:
        one.cancel()
        with suppress(asyncio.CancelledError):
            await one


if __name__ == "__main__":
    asyncio.run(attend(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), sys.argv[5:]))
