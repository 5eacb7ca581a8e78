"""`bbconsumer demo`: the whole service on this machine, fed by a simulated Bugzilla where people edit bugs.

Nothing is shortened: each edit's message goes through the consumer's callback into the queue, the worker reads the bug
over HTTP and stores it, and the demo then reads the page over HTTP like anybody else. Only the broker is left out.
"""

from __future__ import annotations

import argparse
import html
import queue
import re
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests
import uvicorn
from fedora_messaging.message import Message

from bbconsumer import commands
from bbconsumer.config import Settings
from bbconsumer.consumer import Consumer
from bbconsumer.crew import Crew
from bbconsumer.db import schema
from bbconsumer.db.session import Database
from bbconsumer.domain.trackers import Milestone, MilestoneName, TrackerKind, tracker_alias
from bbconsumer.log import set_up_logging
from bbconsumer.simulator.cast import SERVICE_KEY
from bbconsumer.simulator.records import Json
from bbconsumer.simulator.scenario import build_release
from bbconsumer.simulator.server import SimulatedBugzilla
from bbconsumer.simulator.steps import Step
from bbconsumer.wiring import build_crew, build_database, build_source, build_syncs
from web.app import create_app

MILESTONES = tuple(Milestone("45", name) for name in MilestoneName)
_TRACKERS = {tracker_alias(m, kind): f"{kind.label} of {m.title}" for m in MILESTONES for kind in TrackerKind}
_DECISIONS = frozenset({"proposed", "accepted", "rejected", "withdrawn"})
# A change that is not on the page by then has not reached it.
PATIENCE_S = 15.0


@dataclass
class Tally:
    """What the demo has seen so far."""

    messages: int = 0
    waits_s: list[float] = field(default_factory=list)
    missed: int = 0

    def line(self) -> str:
        """The last line of a demo that ends by itself."""
        median_ms = statistics.median(self.waits_s) * 1000 if self.waits_s else 0.0
        return (
            f"demo: {self.messages} messages, {len(self.waits_s)} changes on the page, "
            f"message-to-page median {median_ms:.0f} ms"
        )


class Bus:
    """Carries messages from the simulated Bugzilla to the consumer's callback one by one, as a broker does."""

    def __init__(self, consumer: Consumer, tally: Tally) -> None:
        self._consumer = consumer
        self._tally = tally
        self._waiting: queue.Queue[Message] = queue.Queue()
        threading.Thread(target=self._run, name="bus", daemon=True).start()

    def publish(self, topic: str, body: Json) -> None:
        """Hand over a message; returns at once."""
        self._waiting.put(Message(topic=topic, body=body))

    def _run(self) -> None:
        while True:
            self._consumer(self._waiting.get())
            self._tally.messages += 1


def main(arguments: Sequence[str]) -> int:
    """Run the demo; 0, or 1 when a change did not reach the page."""
    options = _parser().parse_args(arguments)
    tally = Tally()
    ends_at = time.monotonic() + options.seconds if options.seconds else float("inf")
    try:
        with _running_service(options.port, options.seed, tally) as (url, steps):
            while time.monotonic() < ends_at:
                started = time.monotonic()
                _show(next(steps), started, url, tally)
                time.sleep(min(options.every, max(0.0, ends_at - time.monotonic())))
    except KeyboardInterrupt:
        print()
    print(tally.line())
    return 1 if tally.missed or not tally.waits_s else 0


@contextmanager
def _running_service(port: int, seed: int, tally: Tally) -> Iterator[tuple[str, Iterator[Step]]]:
    scenario = build_release(seed)
    with ExitStack() as stack:
        set_up_logging(Settings.of(log_level="WARNING"))
        bugzilla = stack.enter_context(SimulatedBugzilla(scenario.state))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bbconsumer-demo-")))
        listener = stack.enter_context(_listener(port))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/blockerbugs"
        settings = Settings.of(
            bugzilla_url=bugzilla.url,
            pagure_enabled=False,
            blockerbugs_url=url,
            blockerbugs_api=f"{url}/api/v0",
            sqlite_path=folder / "demo.sqlite",
        )
        database = build_database(settings)
        stack.callback(database.dispose)
        _fill(settings, database)
        crew = stack.enter_context(_working(settings, database))
        bugzilla.on_message(Bus(Consumer(settings, database, crew.wake), tally).publish)
        stack.enter_context(_web(settings, listener))
        stack.enter_context(_synced(settings, database))
        _introduce(url, bugzilla.url, scenario.unrelated_ids[0])
        yield url, scenario.steps()


@contextmanager
def _working(settings: Settings, database: Database) -> Iterator[Crew]:
    crew = build_crew(settings, database)
    threads = [threading.Thread(target=worker.run, name=f"{worker.kind} worker", daemon=True) for worker in crew]
    for thread in threads:
        thread.start()
    try:
        yield crew
    finally:
        crew.stop()
        for thread in threads:
            thread.join()


def _fill(settings: Settings, database: Database) -> None:
    schema.upgrade(database)
    source = build_source(settings)
    for milestone in MILESTONES:
        trackers = commands.find_trackers(source, milestone)
        commands.add_milestone(database, milestone, trackers, make_current=milestone.name is MilestoneName.BETA)
    for sync in build_syncs(settings, database):
        outcome = sync.run()
        print(f"First sync: {outcome.keys} {sync.plan.noun} in {outcome.seconds:.1f} s ({outcome.state}).")


@contextmanager
def _synced(settings: Settings, database: Database) -> Iterator[None]:
    """Sync every so often, as the platform's timer does in production."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(settings.sync_interval_s):
            for sync in build_syncs(settings, database):
                sync.run()

    threading.Thread(target=run, name="sync", daemon=True).start()
    try:
        yield
    finally:
        over.set()


@contextmanager
def _listener(port: int) -> Iterator[socket.socket]:
    """A listening socket on the port, or on a free one if that is taken."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            listener.bind(("127.0.0.1", 0))
        yield listener


@contextmanager
def _web(settings: Settings, listener: socket.socket) -> Iterator[None]:
    server = uvicorn.Server(uvicorn.Config(create_app(settings), log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, args=([listener],), name="web", daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def _introduce(url: str, bugzilla_url: str, bug_id: int) -> None:
    print(f"Open {url}/ (stop with Ctrl-C).")
    print(f"The simulated Bugzilla is {bugzilla_url}; edit there by hand and watch the page, for example:")
    print(
        f'  curl -X PUT -H \'Content-Type: application/json\' -d \'{{"blocks": {{"add": ["F45BetaBlocker"]}}}}\' '
        f"'{bugzilla_url}/rest/bug/{bug_id}?Bugzilla_api_key={SERVICE_KEY}'",
        flush=True,
    )


def _show(step: Step, started: float, url: str, tally: Tally) -> None:
    """Wait until the page shows what a step changed, and say so."""
    page = f"{url}/bug/{step.bug_id}"
    while not _is_visible(step, _text_of(page)):
        if time.monotonic() - started > PATIENCE_S:
            tally.missed += 1
            print(f"NOT ON THE PAGE after {PATIENCE_S:.0f} s: {step.description}: {page}", flush=True)
            return
        time.sleep(0.01)
    waited_s = time.monotonic() - started
    if step.visible:
        tally.waits_s.append(waited_s)
        print(f"{waited_s * 1000:5.0f} ms  {step.description}: {page}", flush=True)
    else:
        print(f"          {step.description}: nothing to see on {page}", flush=True)


def _is_visible(step: Step, text: str) -> bool:
    match step.visible:
        case "":
            return True
        case "needinfo":
            return "Needinfo" in text and "Needinfo none" not in text
        case decision if decision in _DECISIONS:
            return f"{decision.capitalize()} {_TRACKERS[step.tracker]}" in text
        case state if re.fullmatch(r"[A-Z_]+( [A-Z]+)?", state):
            return f"State {state} Component" in text
    return step.visible in text


def _text_of(page: str) -> str:
    """The words of a page; nothing for a bug that is not known yet."""
    answer = requests.get(page, timeout=PATIENCE_S)
    if answer.status_code == requests.codes.not_found:
        return ""
    answer.raise_for_status()
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bbconsumer demo", description=main.__doc__)
    parser.add_argument("--seconds", type=float, help="stop after so many seconds, with a line that sums up")
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two edits (default: 2)")
    parser.add_argument("--port", type=int, default=8080, help="port of 127.0.0.1; a free one if it is taken")
    parser.add_argument("--seed", type=int, default=1, help="the same seed tells the same story")
    return parser
