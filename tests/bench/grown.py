"""`python -m tests.bench.grown messages PLAN` or `… pages COUNT`: what it costs where much is stored, as a JSON line.

The database is the environment's. Processor time is this process's own; memory is its peak while it was at it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

from fedora_messaging.message import Message
from sqlalchemy import make_url

from bbconsumer.config import openshift_config
from bbconsumer.consumer import Consumer
from bbconsumer.db.session import Database
from bbconsumer.wiring import build_worker
from tests.bench.rendering import get
from web.app import create_app

# One address of each kind of page, without the prefix.
PAGES: Mapping[str, str] = {
    "overview": "/milestone/45/beta",
    "buglist": "/milestone/45/beta/buglist",
    "updates": "/milestone/45/beta/updates",
    "decisions": "/milestone/45/beta/decisions",
    "go-no-go text": "/milestone/45/beta/go-no-go",
    "feed": "/milestone/45/beta/feed.atom",
    "meeting text": "/milestone/45/beta/meeting.txt",
    "weekly report": "/milestone/45/beta/report",
    "a bug": "/bug/7",
    "a person": "/user/person1",
    "search": "/search?q=package1",
    "a package": "/package/package1",
    "status": "/status",
    "API, 1,000 bugs a page": "/api/v1/milestones/45/beta/bugs?limit=1000",
}


def messages(plan: str) -> dict[str, dict[str, float]]:
    """Consume the messages in a file, one after the other, and work on what each marked."""
    settings = openshift_config(os.environ)
    database = Database(make_url(os.environ["DATABASE_URL"]))
    consumer, worker = Consumer(settings, database), build_worker(settings, database)

    def work() -> None:
        while worker.work_once():
            pass

    costs = []
    for topic, body in json.loads(Path(plan).read_text()):
        message = Message(topic=topic, body=body)
        costs.append((_cost(lambda message=message: consumer(message)), _cost(work)))  # type: ignore[misc]
    # The first one loads what is loaded once.
    taken, worked = zip(*costs[1:], strict=True)
    return {"a message": _middle(taken), "the work on its key": _middle(worked)}


def pages(count: str) -> dict[str, dict[str, float]]:
    """Make each page so often, after a first time."""
    app, costs = create_app(openshift_config(os.environ)), {}
    with asyncio.Runner() as runner:

        def make(path: str) -> None:
            runner.run(get(app, f"/blockerbugs{path}"))

        for name, path in PAGES.items():
            make(path)
            costs[name] = _middle([_cost(lambda path=path: make(path)) for _ in range(int(count))])  # type: ignore[misc]
    return costs


def _cost(act: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds of processor time, and MiB at the peak."""
    # From here on the peak is counted anew. Source: proc(5), /proc/pid/clear_refs.
    Path("/proc/self/clear_refs").write_text("5")
    began = time.process_time()
    act()
    took_ms = 1000 * (time.process_time() - began)
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return took_ms, int(status["VmHWM"].split()[0]) / 1024


def _middle(costs: list[tuple[float, float]] | tuple[tuple[float, float], ...]) -> dict[str, float]:
    return {"cpu_ms": median(cost[0] for cost in costs), "peak_mib": max(cost[1] for cost in costs)}


if __name__ == "__main__":
    print(json.dumps({"messages": messages, "pages": pages}[sys.argv[1]](sys.argv[2])))
