"""The sites that are looked at: one with all that the simulated sources tell, one in trouble, a calm one.

Each is a real server on a port of 127.0.0.1, on a database that does not change, at a time that stands still.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import make_url
from starlette.types import ASGIApp

from bbconsumer import commands
from bbconsumer.config import Secret, Settings
from bbconsumer.db.schema import upgrade
from bbconsumer.db.session import Database
from bbconsumer.domain.trackers import Milestone, MilestoneName
from bbconsumer.simulator.bodhi_bulk import build_updates
from bbconsumer.simulator.bodhi_server import SimulatedBodhi
from bbconsumer.simulator.cast import SERVICE_KEY
from bbconsumer.simulator.loopback import LoopbackServer
from bbconsumer.simulator.pagure_cast import BOT, REVIEW_PROJECT, build_pagure, maintainer_of
from bbconsumer.simulator.pagure_proposals import proposals
from bbconsumer.simulator.pagure_scenario import seed_tickets
from bbconsumer.simulator.pagure_server import SimulatedPagure
from bbconsumer.simulator.scenario import Scenario, build_release
from bbconsumer.simulator.server import SimulatedBugzilla
from bbconsumer.wiring import build_source, build_syncs
from tests.web.world import NOW, World, ago, comments, dead_letter_row, needinfo, work_row
from web.app import create_app

PREFIX = "/blockerbugs"
LONGEST_WORD = "x" * 10_000
TITLE = "A title as long as Bugzilla lets titles be " * 6


@dataclass(frozen=True)
class Site:
    """A site, the address under which its pages are, and one bug of it, its component and who looks after that."""

    url: str
    bug_id: int
    component: str = "anaconda"
    account: str = "maintainer"


class Web(LoopbackServer):
    """Our own application, as a web server of its own."""

    def __init__(self, settings: Settings, database: Database, clock: Callable[[], datetime], *, port: int = 0) -> None:
        super().__init__("web", port=port)
        self._app = create_app(settings, database, clock=clock)

    def app(self) -> ASGIApp:
        return self._app


@contextmanager
def simulated(folder: Path) -> Iterator[Site]:
    """The whole release of the simulator, as the first syncs read it."""
    scenario = build_release()
    proposed = proposals(scenario.state, scenario.tracker_ids)
    bug = next(each for each in proposed if "BetaBlocker" in each.trackers)
    database = _empty(folder / "simulated.sqlite")
    settings = _sync_everything(scenario, database, bug.bug_id)
    now = datetime.now(UTC)
    with Web(settings, database, lambda: now) as web:
        yield Site(web.url + PREFIX, bug.bug_id, bug.component, maintainer_of(bug.component))


@contextmanager
def troubled(folder: Path, word: str) -> Iterator[Site]:
    """All that can be wrong with the data; all that comes from outside and is no title is the same word."""
    world = World(_empty(folder / "troubled.sqlite"))
    world.milestone(is_current=True)
    world.milestone("45", "final", trackers={"blocker": 1003, "freeze_exception": 1004})
    texts = dict.fromkeys(
        ("summary", "component", "version", "whiteboard", "assigned_to", "creator", "removal_held"), word
    )
    world.bug(7, flags=[needinfo(word)], priority_state="prioritized", **texts)
    world.nomination(7, "contradictory")
    world.nominated(8, "accepted", summary=TITLE, status="ON_QA")
    world.nomination(8, "rejected", tracker_id=1003)
    world.nominated(9, "accepted", tracker_id=1002, summary=TITLE)
    world.ticket(3, 7, comments((word, "BetaBlocker +1"), (word, f"BetaBlocker -1 {word}")))
    world.events(7, [("created", "", word, word), ("status", word, word, word)], first=90)
    commands.set_dates(world.database, Milestone("45", MilestoneName.BETA), {"freeze_at": ago(days=2)}, actor="alice")
    world.synced("incomplete", problem=word)
    world.source(failures=2, last_error=word, last_failure_at=ago(minutes=1), down_until=ago(minutes=-2))
    world.gate(tripped_at=ago(hours=1), reason=word)
    world.add(work_row(7, attempts=1, last_error=word), dead_letter_row(1, topic=word, reason=word))
    with Web(Settings.of(), world.database, lambda: NOW) as web:
        yield Site(web.url + PREFIX, 7, word)


@contextmanager
def calm(folder: Path) -> Iterator[Site]:
    """A milestone that can ship: nothing is listed but one bug that is done."""
    world = World(_empty(folder / "calm.sqlite"))
    world.milestone(is_current=True)
    world.nominated(7, "accepted", status="CLOSED", resolution="ERRATA", is_open=False)
    world.synced()
    world.updates_synced()
    with Web(Settings.of(), world.database, lambda: NOW) as web:
        yield Site(web.url + PREFIX, 7)


def _empty(path: Path) -> Database:
    database = Database(make_url(f"sqlite:///{path}"))
    upgrade(database)
    return database


def _sync_everything(scenario: Scenario, database: Database, bug_id: int) -> Settings:
    """Read the sources into the database and let them go; gives the settings with which that was done."""
    with ExitStack() as sources:
        bugzilla = sources.enter_context(SimulatedBugzilla(scenario.state))
        pagure = sources.enter_context(SimulatedPagure(build_pagure()))
        bodhi = sources.enter_context(SimulatedBodhi(build_updates([bug_id, *scenario.notable.values()])))
        seed_tickets(pagure.state, proposals(scenario.state, scenario.tracker_ids), bugzilla_url=bugzilla.url)
        settings = Settings.of(
            bugzilla_url=bugzilla.url,
            bugzilla_api_key=Secret(SERVICE_KEY),
            pagure_url=pagure.url,
            pagure_api=pagure.api_url,
            pagure_repo=REVIEW_PROJECT,
            pagure_bot_username=BOT,
            bodhi_url=bodhi.url,
        )
        for name in MilestoneName:
            milestone = Milestone("45", name)
            trackers = commands.find_trackers(build_source(settings), milestone)
            commands.add_milestone(
                database, milestone, trackers, make_current=name is MilestoneName.BETA, actor="alice"
            )
        days_by_date = {"freeze_at": -9, "go_no_go_at": 2, "target_at": 7}
        dates = {name: datetime.now(UTC) + timedelta(days=days) for name, days in days_by_date.items()}
        commands.set_dates(database, Milestone("45", MilestoneName.BETA), dates, actor="alice")
        for sync in build_syncs(settings, database):
            outcome = sync.run()
            assert outcome.state == "complete", outcome
    return settings
