"""`python -m tests.bench.rendering PATH COUNT`: how much processor time making a page takes, as a JSON line.

The database is the environment's; nothing is kept: each time the page is made anew. The application is called as a
server calls it, but for the network.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from statistics import median

from starlette.types import ASGIApp, Message, Scope

from bbconsumer.config import openshift_config
from web.app import create_app


async def measure(path: str, count: int) -> float:
    """Milliseconds of processor time of the whole process; the first time, which loads what is loaded once, is left
    out."""
    app, took_ms = create_app(openshift_config(os.environ)), []
    for _ in range(count + 1):
        began = time.process_time()
        await get(app, path)
        took_ms.append(1000 * (time.process_time() - began))
    return median(took_ms[1:])


async def get(app: ASGIApp, path: str) -> None:
    """Ask for a page that must be there."""
    statuses: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    plain_path, _, query = path.partition("?")
    scope: Scope = {
        "type": "http",
        "method": "GET",
        "path": plain_path,
        "raw_path": plain_path.encode(),
        "query_string": query.encode(),
        "headers": [(b"host", b"127.0.0.1")],
        "scheme": "http",
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    await app(scope, receive, send)
    assert statuses == [200]


if __name__ == "__main__":
    print(json.dumps({"cpu_ms": asyncio.run(measure(sys.argv[1], int(sys.argv[2])))}))
