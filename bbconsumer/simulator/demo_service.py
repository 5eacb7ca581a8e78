"""The whole service in this process, between simulated sources and a page that anybody may open.

Nothing is shortened: each message goes through the consumer's callback into the queue, workers read the sources over
HTTP and store what they say, and write tickets and decisions. Only the broker is left out.
"""

from __future__ import annotations

import dataclasses
import queue
import secrets
import shlex
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import uvicorn
from fedora_messaging.message import Message

from bbconsumer import commands
from bbconsumer.asked_syncs import AskedSyncs
from bbconsumer.config import Secret, Settings
from bbconsumer.consumer import Consumer
from bbconsumer.crew import Crew
from bbconsumer.db import schema
from bbconsumer.db.session import Database
from bbconsumer.domain.trackers import Milestone, MilestoneName
from bbconsumer.log import set_up_logging
from bbconsumer.reporting import note_verdicts
from bbconsumer.simulator.bodhi_bulk import build_updates
from bbconsumer.simulator.bodhi_server import SimulatedBodhi
from bbconsumer.simulator.cast import SERVICE_KEY
from bbconsumer.simulator.openid import CLIENT_ID, CLIENT_SECRET
from bbconsumer.simulator.openid_server import SimulatedOpenID
from bbconsumer.simulator.pagure_ballots import Ballots
from bbconsumer.simulator.pagure_cast import BOT, BOT_TOKEN, REVIEW_PROJECT, build_pagure
from bbconsumer.simulator.pagure_proposals import proposals
from bbconsumer.simulator.pagure_scenario import seed_tickets
from bbconsumer.simulator.pagure_server import SimulatedPagure
from bbconsumer.simulator.records import Json
from bbconsumer.simulator.scenario import Scenario
from bbconsumer.simulator.server import SimulatedBugzilla
from bbconsumer.wiring import build_crew, build_database, build_source, build_syncs
from web.app import create_app

# From here on a bug waits for its update.
_FIXED = frozenset({"MODIFIED", "ON_QA", "VERIFIED"})
MILESTONES = tuple(Milestone("45", name) for name in MilestoneName)
# In the middle of the Beta freeze.
_DAYS_BY_DATE = {"freeze_at": -9, "go_no_go_at": 2, "target_at": 7}


@dataclass(frozen=True)
class Running:
    """What runs: the service at `url`, its sources, and what was said in tickets before.

    `environment` is a file that sets, in a shell, what makes the command line work on the same data.
    """

    url: str
    environment: Path
    bugzilla: SimulatedBugzilla
    pagure: SimulatedPagure
    bodhi: SimulatedBodhi
    ballots: Ballots


class Bus:
    """Carries messages from the sources to the consumer's callback one by one, as a broker does."""

    def __init__(self, consumer: Consumer, count: Callable[[], None]) -> None:
        self._consumer = consumer
        self._count = count
        self._waiting: queue.Queue[Message] = queue.Queue()
        threading.Thread(target=self._run, name="bus", daemon=True).start()

    def publish(self, topic: str, body: Json) -> None:
        """Hand over a message; returns at once."""
        self._waiting.put(Message(topic=topic, body=body))

    def _run(self) -> None:
        while True:
            self._consumer(self._waiting.get())
            self._count()


@contextmanager
def running_service(scenario: Scenario, port: int, count_message: Callable[[], None]) -> Iterator[Running]:
    """Run everything until the block ends; `count_message` is called for each message that was consumed."""
    with ExitStack() as stack:
        set_up_logging(Settings.of(log_level="WARNING"))
        bugzilla = stack.enter_context(SimulatedBugzilla(scenario.state))
        pagure = stack.enter_context(SimulatedPagure(build_pagure()))
        updates = build_updates(_fixed_bug_ids(scenario), seed=scenario.seed)
        bodhi = stack.enter_context(SimulatedBodhi(updates))
        proposed = proposals(scenario.state, scenario.tracker_ids)
        ballots = seed_tickets(pagure.state, proposed, scenario.seed, bugzilla_url=bugzilla.url)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bbconsumer-demo-")))
        listener = stack.enter_context(_listener(port))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/blockerbugs"
        openid = stack.enter_context(SimulatedOpenID())
        openid.state.redirect_uris.add(f"{url}/authorize")
        settings = _settings(bugzilla, pagure, bodhi, openid, url, folder)
        environment = folder / "environment"
        environment.write_text(_environment(settings), encoding="utf-8")
        database = build_database(settings)
        stack.callback(database.dispose)
        _fill(settings, database)
        crew = stack.enter_context(_working(settings, database))
        bus = Bus(Consumer(settings, database, crew.wake), count_message)
        bugzilla.on_message(bus.publish)
        pagure.on_message(bus.publish)
        bodhi.on_message(bus.publish)
        stack.enter_context(_web(settings, listener))
        stack.enter_context(_synced(settings, database))
        yield Running(url, environment, bugzilla, pagure, bodhi, ballots)


def _fixed_bug_ids(scenario: Scenario) -> list[int]:
    """The listed bugs that their maintainers call fixed: those have updates."""
    bugzilla = scenario.state
    with bugzilla.lock:
        listed = frozenset().union(*(bugzilla.bug(i).depends_on for i in scenario.tracker_ids.values()))
        return sorted(i for i in listed if bugzilla.bug(i).status in _FIXED and not bugzilla.bug(i).is_private)


def _settings(
    bugzilla: SimulatedBugzilla,
    pagure: SimulatedPagure,
    bodhi: SimulatedBodhi,
    openid: SimulatedOpenID,
    url: str,
    folder: Path,
) -> Settings:
    return Settings.of(
        bugzilla_url=bugzilla.url,
        bugzilla_api_key=Secret(SERVICE_KEY),
        pagure_url=pagure.url,
        pagure_api=pagure.api_url,
        pagure_repo=REVIEW_PROJECT,
        pagure_repo_token=Secret(BOT_TOKEN),
        pagure_bot_username=BOT,
        pagure_bot_enabled=True,
        decisions_write_back=True,
        proposals_enabled=True,
        bodhi_url=bodhi.url,
        secret_key=Secret(secrets.token_urlsafe(48)),
        oidc_issuer=openid.issuer,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=Secret(CLIENT_SECRET),
        blockerbugs_url=url,
        blockerbugs_api=f"{url}/api/v0",
        sqlite_path=folder / "demo.sqlite",
    )


def _environment(settings: Settings) -> str:
    """The settings that differ from the defaults, as a shell reads them. The keys are those of simulated sources."""
    usual = Settings.of()
    values = {field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)}
    changed = {name: value for name, value in values.items() if value != getattr(usual, name)}
    return "".join(f"{name.upper()}={shlex.quote(_in_shell(value))}\n" for name, value in changed.items())


def _in_shell(value: object) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    return str(int(value) if isinstance(value, bool) else value)


@contextmanager
def _working(settings: Settings, database: Database) -> Iterator[Crew]:
    crew = build_crew(settings, database)
    asked = AskedSyncs(database, partial(build_syncs, settings, database), partial(note_verdicts, database, settings))
    threads = [threading.Thread(target=part.run, name=part.name, daemon=True) for part in (*crew, asked)]
    for thread in threads:
        thread.start()
    try:
        yield crew
    finally:
        crew.stop()
        asked.stop()
        for thread in threads:
            thread.join()


def _fill(settings: Settings, database: Database) -> None:
    schema.upgrade(database)
    source = build_source(settings)
    for milestone in MILESTONES:
        trackers = commands.find_trackers(source, milestone)
        is_first = milestone.name is MilestoneName.BETA
        commands.add_milestone(database, milestone, trackers, make_current=is_first, actor="cli:demo")
    today = datetime.now(UTC).replace(hour=14, minute=0, second=0, microsecond=0)
    dates = {name: today + timedelta(days=days) for name, days in _DAYS_BY_DATE.items()}
    commands.set_dates(database, MILESTONES[0], dates, actor="cli:demo")
    for sync in build_syncs(settings, database):
        outcome = sync.run()
        print(f"First sync: {outcome.keys} {sync.plan.noun} in {outcome.seconds:.1f} s ({outcome.state}).")


@contextmanager
def _synced(settings: Settings, database: Database) -> Iterator[None]:
    """Sync every so often, as the platform's timer does in production."""
    over = threading.Event()

    def run() -> None:
        # At once, too: the first sync only reads, since nothing is written before everything was read.
        while True:
            for sync in build_syncs(settings, database):
                sync.run()
            note_verdicts(database, settings)
            if over.wait(settings.sync_interval_s):
                return

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
