"""Everything that a release needs, under one clock that the story sets: three sources, the service, and its pages.

Nothing of the service is replaced. Sources are asked over HTTP, messages go through the consumer's callback, and what
people decide in tickets is written to Bugzilla by the service itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from click.testing import CliRunner
from fedora_messaging.message import Message
from sqlalchemy import make_url

from bbconsumer import commands
from bbconsumer.cli import report
from bbconsumer.config import Secret, Settings
from bbconsumer.consumer import Consumer
from bbconsumer.crew import Crew
from bbconsumer.db.session import Database
from bbconsumer.domain.readiness import assess
from bbconsumer.domain.trackers import Milestone, MilestoneName
from bbconsumer.reporting import REPORTS, load_facts, note_verdicts
from bbconsumer.simulator.bodhi import Bodhi
from bbconsumer.simulator.bodhi_server import SimulatedBodhi
from bbconsumer.simulator.bugzilla import Bugzilla
from bbconsumer.simulator.cast import SECRETARY, SERVICE_KEY, add_people, maintainer_of
from bbconsumer.simulator.pagure_cast import BOT, BOT_TOKEN, CLERK, REVIEW_PROJECT, build_pagure, name_of
from bbconsumer.simulator.pagure_proposals import open_tickets
from bbconsumer.simulator.pagure_server import SimulatedPagure
from bbconsumer.simulator.scenario import StoryClock, create_trackers
from bbconsumer.simulator.server import SimulatedBugzilla
from bbconsumer.sync import Outcome
from bbconsumer.wiring import build_crew, build_source, build_syncs
from tests.services.schema import make_schema
from tests.web.client import Client
from web.app import create_app

BETA = Milestone("45", MilestoneName.BETA)
PAGES = "/blockerbugs/milestone/45/beta"
# A sync now and then: all between is known from messages.
SYNC_INTERVAL_S = 4 * 86_400


@dataclass(frozen=True, slots=True)
class Look:
    """What the service said at a moment: the verdict and the bugs of each reason, by their names in the story."""

    verdict: str
    reasons: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Texts:
    """What was to be read at a moment: every report by its name, and the burndown.

    `shown` are the reports as their addresses told them at that time. `printed` is what the command line says of the
    same data by the true clock, which it cannot but go by, and `served` what the addresses say by that.
    """

    at: datetime
    shown: Mapping[str, str]
    printed: Mapping[str, str]
    served: Mapping[str, str]
    burndown: str


@dataclass
class Stage:
    """The sources, the service, and what has been seen so far.

    `settings` are those of the service; `shown` those of what people read, whose links lead to the real servers.
    """

    clock: StoryClock
    bugzilla: SimulatedBugzilla
    pagure: SimulatedPagure
    bodhi: SimulatedBodhi
    settings: Settings
    shown: Settings
    database: Database
    consumer: Consumer
    crew: Crew
    pages: Client
    pages_today: Client
    tracker_ids: Mapping[str, int]
    messages: list[Message] = field(default_factory=list)
    bugs: dict[str, int] = field(default_factory=dict)
    looks: dict[str, Look] = field(default_factory=dict)
    texts: dict[str, Texts] = field(default_factory=dict)

    def at(self, moment: str) -> None:
        """Let it be that time, ``2026-08-11 09:00`` in UTC. It never goes back."""
        self.clock.now, before = datetime.fromisoformat(moment).replace(tzinfo=UTC), self.clock.now
        assert self.clock.now > before, f"{moment} is not after {before}"

    def file(self, name: str, component: str, summary: str, tracker: str) -> None:
        """File a bug that is proposed at once."""
        fields: dict[str, Any] = {"product": "Fedora", "version": "45", "assigned_to": maintainer_of(component)}
        fields |= {"component": component, "summary": summary, "blocks": [self.tracker_ids[tracker]]}
        self.bugs[name] = self.bugzilla.state.create_bug(fields, "alice@example.test")
        self._settle()

    def edit(self, name: str, **changes: Any) -> None:
        """Change a bug at Bugzilla."""
        self.bugzilla.state.update_bug([self.bugs[name]], changes, SECRETARY)
        self._settle()

    def vote(self, name: str, text: str, *users: str) -> None:
        """Say the same in the bug's ticket, each."""
        for user in users:
            self.pagure.state.comment(REVIEW_PROJECT, self.ticket_id(name), text, user)
            self._settle()

    def agree(self, name: str, outcome: str) -> None:
        """Write down in the ticket what the meeting agreed on."""
        self.vote(name, f"Discussed in the meeting.\n\nAGREED {outcome}", CLERK)

    def ticket_id(self, name: str) -> int:
        """The open ticket of a bug, which the service opened."""
        (ticket_id,) = (
            t.id for t, bug_id in open_tickets(self.pagure.state, REVIEW_PROJECT) if bug_id == self.bugs[name]
        )
        return ticket_id

    def submit(self, name: str, nvr: str) -> str:
        """Submit an update that fixes a bug; gives its alias."""
        submitter = name_of(self.bugzilla.state.bug(self.bugs[name]).assigned_to)
        alias = self.bodhi.state.create_update("F45", [nvr], submitter, bugs=[self.bugs[name]])
        self._settle()
        return alias

    def test(self, alias: str, *users: str) -> None:
        """Push an update to testing, and let people give it karma."""
        self.bodhi.state.push_to_testing(alias)
        self._settle()
        for user in users:
            self.bodhi.state.comment(alias, user, "Works for me", 1)
            self._settle()

    def push(self, alias: str) -> None:
        """Push an update to stable, as release engineering does when it is asked for."""
        self.bodhi.state.request_stable(alias, "admin")
        self._settle()
        self.bodhi.state.push_to_stable(alias)
        self._settle()

    def sync(self) -> list[Outcome]:
        """Run the sync of every source and note the verdict, as the command does."""
        outcomes = [sync.run() for sync in build_syncs(self.settings, self.database)]
        note_verdicts(self.database, self.settings)
        self._settle()
        return outcomes

    def look(self, label: str) -> None:
        """Remember what the service says now."""
        with self.database.reading() as session:
            facts = load_facts(session, BETA, self.settings)
        assert facts
        readiness = assess(facts, self.clock())
        names = {bug_id: name for name, bug_id in self.bugs.items()}
        reasons = {r.code.value: tuple(names[bug_id] for bug_id in r.bug_ids) for r in readiness.reasons}
        self.looks[label] = Look(readiness.verdict, reasons)

    def read(self, label: str) -> None:
        """Remember all texts as they are now."""
        self.texts[label] = Texts(
            self.clock(),
            shown={name: self._get(self.pages, f"{name}.txt") for name in REPORTS},
            printed={name: self._print(name) for name in REPORTS},
            served={name: self._get(self.pages_today, f"{name}.txt") for name in REPORTS},
            burndown=self._get(self.pages, "burndown.csv"),
        )

    def _print(self, name: str) -> str:
        printed = CliRunner().invoke(report, [name, "45", "beta"], obj=self.shown)
        assert printed.exit_code == 0, printed.output
        return printed.stdout

    def _get(self, pages: Client, path: str) -> str:
        answer = pages.get(f"{PAGES}/{path}")
        assert answer.status_code == 200, answer.text
        return answer.text

    def _settle(self) -> None:
        """Deliver what was told, and work until nothing is due and nobody says anything more. A minute passes."""
        self.clock.now += timedelta(minutes=1)
        while self.messages or self.crew.work_once():
            while self.messages:
                self.consumer(self.messages.pop(0))


@contextmanager
def build_stage(database_url: str, begins: str) -> Iterator[Stage]:
    """Sources in which nothing has happened yet, and a service that knows the milestone and nothing more."""
    clock = StoryClock(datetime.fromisoformat(begins).replace(tzinfo=UTC))
    bugs = Bugzilla(clock=clock)
    add_people(bugs)
    tracker_ids = create_trackers(bugs)
    updates = Bodhi(clock=clock)
    updates.add_release("F45", mandatory_days=7)
    with ExitStack() as stack:
        bugzilla = stack.enter_context(SimulatedBugzilla(bugs))
        pagure = stack.enter_context(SimulatedPagure(build_pagure(clock)))
        bodhi = stack.enter_context(SimulatedBodhi(updates))
        settings = _settings(bugzilla, pagure, bodhi)
        database = Database(make_url(database_url), clock=clock)
        stack.callback(database.dispose)
        make_schema(database)
        commands.add_milestone(
            database, BETA, commands.find_trackers(build_source(settings), BETA), make_current=True, actor="alice"
        )
        shown = Settings.of(database_url=Secret(database_url), sync_interval_s=SYNC_INTERVAL_S)
        stage = Stage(
            clock=clock,
            bugzilla=bugzilla,
            pagure=pagure,
            bodhi=bodhi,
            settings=settings,
            shown=shown,
            database=database,
            consumer=Consumer(settings, database),
            crew=build_crew(settings, database),
            pages=stack.enter_context(Client(create_app(shown, clock=clock))),
            pages_today=stack.enter_context(Client(create_app(shown))),
            tracker_ids=tracker_ids,
        )
        for source in (bugzilla, pagure, bodhi):
            source.on_message(lambda topic, body: stage.messages.append(Message(topic=topic, body=body)))
        yield stage


def _settings(bugzilla: SimulatedBugzilla, pagure: SimulatedPagure, bodhi: SimulatedBodhi) -> Settings:
    return Settings.of(
        bugzilla_url=bugzilla.url,
        bugzilla_api_key=Secret(SERVICE_KEY),
        bugzilla_tries=1,
        pagure_url=pagure.url,
        pagure_api=pagure.api_url,
        pagure_repo=REVIEW_PROJECT,
        pagure_repo_token=Secret(BOT_TOKEN),
        pagure_bot_username=BOT,
        pagure_bot_enabled=True,
        pagure_tries=1,
        decisions_write_back=True,
        bodhi_url=bodhi.url,
        bodhi_tries=1,
        sync_interval_s=SYNC_INTERVAL_S,
    )
