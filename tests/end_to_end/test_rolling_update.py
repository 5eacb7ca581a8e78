"""Two web processes behind a balancer are replaced one after another while people read and follow changes: nobody is
told of an error."""

import asyncio
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from sqlalchemy import make_url

from bbconsumer.db.schema import upgrade
from bbconsumer.db.session import Database
from tests.conftest import FIGURE
from tests.end_to_end.deployment import PATIENCE_S, Deployment, deployed
from tests.services.nginx import Nginx
from tests.services.required import leave_out
from tests.services.server import ServiceMissing
from tests.web.world import World

PAGES = ("milestone/45/beta/buglist", "milestone/45/beta", "bug/7", "status", "api/v1/milestones/45/beta/bugs")
READERS, STREAMS = 4, 12
# As the manifest: a pod that is to go serves on for a while, since the router learns of it a little later.
ROUTER_LEARNS_S, PRE_STOP_S = 0.5, 1.5
GRACE_S = 20


@dataclass
class Crowd:
    """People with open pages. `statuses` are those of their pages, `opened` counts streams, `broken` what failed."""

    url: str
    statuses: list[int] = field(default_factory=list)
    opened: int = 0
    broken: list[str] = field(default_factory=list)
    is_over: bool = False

    async def read(self, client: httpx2.AsyncClient) -> None:
        """Go from page to page, each with a connection of its own."""
        for page in cycle(PAGES):
            if self.is_over:
                return
            try:
                answer = await client.get(f"{self.url}/blockerbugs/{page}", headers={"Connection": "close"})
                self.statuses.append(answer.status_code)
            except httpx2.HTTPError as error:
                self.broken.append(f"{page}: {error!r}")

    async def follow(self, client: httpx2.AsyncClient) -> None:
        """Keep a stream open, and open it again when it ends, as a browser does."""
        last_id = ""
        while not self.is_over:
            try:
                async with client.stream(
                    "GET", f"{self.url}/blockerbugs/live", headers={"Last-Event-ID": last_id}
                ) as stream:
                    self.statuses.append(stream.status_code)
                    self.opened += 1
                    async for line in stream.aiter_lines():
                        last_id = line[4:] if line.startswith("id: ") else last_id
            except httpx2.HTTPError as error:
                self.broken.append(f"stream: {error!r}")


@pytest.fixture
def deployment(postgresql_url: str, tmp_path: Path) -> Iterator[Deployment]:
    """Two web processes of a service that has data."""
    database = Database(make_url(postgresql_url))
    upgrade(database)
    world = World(database)
    world.milestone(is_current=True)
    world.synced()
    world.nominated(7)
    database.dispose()
    environment = {"DATABASE_URL": postgresql_url, "BLOCKERBUGS_URL": "http://127.0.0.1/blockerbugs"}
    with deployed(environment, tmp_path) as deployment:
        yield deployment


def start(deployment: Deployment) -> tuple[int, subprocess.Popen[bytes]]:
    """A further web process, ready, with the grace that the image gives it."""
    port = urlsplit(deployment.start_web("--timeout-graceful-shutdown", str(GRACE_S))).port
    assert port
    return port, deployment.processes[-1]


async def replace(balancer: Nginx, deployment: Deployment, running: list[tuple[int, subprocess.Popen[bytes]]]) -> int:
    """Start a process, let the oldest go as a cluster does, and give back its exit code."""
    running.append(await asyncio.to_thread(start, deployment))
    await asyncio.to_thread(balancer.serve_from, [port for port, _ in running])
    _, old = running.pop(0)
    await asyncio.sleep(ROUTER_LEARNS_S)
    await asyncio.to_thread(balancer.serve_from, [port for port, _ in running])
    await asyncio.sleep(PRE_STOP_S - ROUTER_LEARNS_S)
    old.send_signal(signal.SIGTERM)
    return await asyncio.to_thread(old.wait, GRACE_S)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what others in this loop bring about."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - one event for each condition would say less
            await asyncio.sleep(0.05)


def test_nobody_meets_an_error_while_all_processes_are_replaced(
    deployment: Deployment, record_property: Callable[[str, object], None]
) -> None:
    running = [start(deployment), start(deployment)]
    try:
        balancer = Nginx([port for port, _ in running])
    except ServiceMissing as missing:
        leave_out(str(missing))

    async def story() -> Crowd:
        crowd = Crowd(balancer.url)
        limits = httpx2.Limits(max_connections=None)
        async with httpx2.AsyncClient(timeout=60, limits=limits) as client, asyncio.TaskGroup() as people:
            readers = [people.create_task(crowd.read(client)) for _ in range(READERS)]
            followers = [people.create_task(crowd.follow(client)) for _ in range(STREAMS)]
            await until(lambda: crowd.opened >= STREAMS)
            # uvicorn ends as it was told to: by the signal, when everybody has been seen off.
            assert await replace(balancer, deployment, running) == -signal.SIGTERM
            assert await replace(balancer, deployment, running) == -signal.SIGTERM
            after = len(crowd.statuses)
            # Whoever followed one of the old processes follows a new one.
            await until(lambda: crowd.opened >= 2 * STREAMS and len(crowd.statuses) >= after + 2 * READERS)
            crowd.is_over = True
            await asyncio.wait(readers)
            for follower in followers:
                follower.cancel()
        return crowd

    with balancer:
        crowd = asyncio.run(story())
    assert crowd.broken == []
    assert {status: crowd.statuses.count(status) for status in crowd.statuses} == {200: len(crowd.statuses)}
    figure = f"{len(crowd.statuses)} requests, {crowd.opened} streams, no error"
    record_property(FIGURE, f"two web processes were replaced: {figure}")
