"""The service's processes: kept running as a cluster does it, killed at any moment and at named steps, and frozen."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from random import Random
from typing import TYPE_CHECKING

import requests

from bbconsumer.domain.keys import KeyKind
from tests.crashes.stepping_worker import STEPS_BY_KIND
from tests.crashes.workers import stepping_workers
from tests.end_to_end.bus_end import BusEnd

if TYPE_CHECKING:
    from tests.faults.stage import Stage

CONSUMER, WEB = "consumer", "web"
_LOOK_S, _PAUSE_S = 0.1, 0.5
# Exit codes with which a process may end by itself: the consumer does when its queue or its database is gone.
_ENDS_WITH = {CONSUMER: {1}, WEB: set[int]()}


class Keeper:
    """A context manager. Whoever looks at `steady_since` knows whether the web should have answered."""

    def __init__(self, bus: BusEnd, amqp_url: str, web_port: int) -> None:
        self.kills = 0
        self.problems: list[str] = []
        # Monotonic time; None while the web starts.
        self.steady_since: float | None = None
        self._bus = bus
        self._amqp_url = amqp_url
        self._web_port = web_port
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._killed: set[int] = set()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._thread = threading.Thread(target=self._keep, name="keeper", daemon=True)

    @property
    def web_url(self) -> str:
        """The root of the web's port."""
        return f"http://127.0.0.1:{self._web_port}"

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a process, if it runs."""
        with self._lock:
            process = self._processes[name]
            if process.poll() is not None:
                return
            if number is signal.SIGKILL:
                self.kills += 1
                self._killed.add(process.pid)
            if name == WEB:
                self.steady_since = None
            process.send_signal(number)

    def wait_until_running(self, patience_s: float) -> None:
        """Until both run and the web answers.

        Raises:
            AssertionError: they do not come back.
        """
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            if self.steady_since is not None and self._bus.consumer_count() > 0:
                return
            time.sleep(_PAUSE_S)
        raise AssertionError(f"consumer and web do not run again after {patience_s:g} s")

    def give_up(self) -> None:
        """Start nothing any more."""
        self._is_over.set()
        # Whatever is just being started has been when the lock is free.
        self._lock.acquire()
        self._lock.release()

    def _keep(self) -> None:
        while not self._is_over.wait(_LOOK_S):
            for name in (CONSUMER, WEB):
                with self._lock:
                    self._look_after(name)
            if self.steady_since is None and self._web_answers():
                self.steady_since = time.monotonic()

    def _look_after(self, name: str) -> None:
        process = self._processes[name]
        code = process.poll()
        if code is None:
            return
        if process.pid not in self._killed and code not in _ENDS_WITH[name]:
            self.problems.append(f"the {name} ended by itself with {code}")
        if name == WEB:
            self.steady_since = None
        # Not at once: that would be a loop of crashes.
        if not self._is_over.wait(_PAUSE_S):
            self._processes[name] = self._start(name)

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        if name == WEB:
            return self._bus.deployment.launch_web(self._web_port)
        return self._bus.start_consumer(amqp_url=self._amqp_url)

    def _web_answers(self) -> bool:
        try:
            return requests.get(f"{self.web_url}/healthz/live", timeout=1).ok
        except requests.RequestException:
            return False

    def __enter__(self) -> Keeper:
        self._processes = {name: self._start(name) for name in (CONSUMER, WEB)}
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.give_up()
        self._thread.join()


@contextmanager
def _killed(stage: Stage, name: str) -> Iterator[None]:
    stage.keeper.signal(name, signal.SIGKILL)
    yield


@contextmanager
def _frozen(stage: Stage, name: str) -> Iterator[None]:
    """Hold a process; the consumer until its leases have lapsed."""
    began = time.monotonic()
    stage.keeper.signal(name, signal.SIGSTOP)
    try:
        yield
        if name == CONSUMER:
            time.sleep(max(0.0, 1.5 * stage.settings.lease_s - (time.monotonic() - began)))
    finally:
        stage.keeper.signal(name, signal.SIGCONT)


@contextmanager
def _killed_sync(stage: Stage, chance: Random) -> Iterator[None]:
    sync = stage.deployment.start("sync")
    time.sleep(chance.random())
    try:
        yield
    finally:
        if sync.poll() is None:
            sync.kill()
            stage.keeper.kills += 1
        sync.wait()


@contextmanager
def _syncing(stage: Stage, _chance: Random) -> Iterator[None]:
    """A sync in the midst of it all; how it ends is told by what fails meanwhile."""
    sync = stage.deployment.start("sync")
    yield
    stage.syncs.append(sync)


@contextmanager
def _killed_at_a_step(stage: Stage, chance: Random) -> Iterator[None]:
    """One more worker, which is killed at a named step if it comes there."""
    kind = chance.choice((KeyKind.BUG, KeyKind.BUG, KeyKind.TICKET, KeyKind.UPDATE))
    step = chance.choice(STEPS_BY_KIND[kind])
    with stepping_workers(stage.deployment, kind, step, 1, batch_size=2, lease_s=stage.settings.lease_s) as workers:
        yield
        output = workers.parent.stdout
        assert output
        # Nothing is said of one that has ended by itself, as it does without a database.
        if select.select([output], [], [], stage.settings.lease_s)[0] and (process_id := output.readline()):
            os.kill(int(process_id), signal.SIGKILL)
            stage.keeper.kills += 1


Fault = Callable[["Stage", Random], AbstractContextManager[None]]
FAULTS: Mapping[str, Fault] = {
    "consumer killed": lambda stage, _chance: _killed(stage, CONSUMER),
    "web killed": lambda stage, _chance: _killed(stage, WEB),
    "consumer frozen": lambda stage, _chance: _frozen(stage, CONSUMER),
    "web frozen": lambda stage, _chance: _frozen(stage, WEB),
    "sync killed": _killed_sync,
    "sync": _syncing,
    "worker killed at a step": _killed_at_a_step,
}
