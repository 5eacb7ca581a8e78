"""One release in which every text that people can write somewhere is nasty, as the first syncs read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from fedora_messaging.message import Message
from sqlalchemy import make_url

from bbconsumer import commands
from bbconsumer.config import Secret, Settings
from bbconsumer.consumer import Consumer
from bbconsumer.db.session import Database
from bbconsumer.domain.trackers import Milestone, MilestoneName
from bbconsumer.simulator.bodhi import Bodhi
from bbconsumer.simulator.bodhi_server import SimulatedBodhi
from bbconsumer.simulator.bugzilla import EDIT_GROUP, Bugzilla
from bbconsumer.simulator.cast import SERVICE_KEY, add_people
from bbconsumer.simulator.pagure import Pagure
from bbconsumer.simulator.pagure_cast import BOT, REVIEW_PROJECT, build_pagure
from bbconsumer.simulator.pagure_server import SimulatedPagure
from bbconsumer.simulator.scenario import StoryClock, create_trackers
from bbconsumer.simulator.server import SimulatedBugzilla
from bbconsumer.wiring import build_source, build_syncs
from tests.hostile.corpus import TEXTS
from tests.services.schema import make_schema
from tests.web.world import NOW

BETA = Milestone("45", MilestoneName.BETA)
_WHERE = {"bugzilla_url": "https://bugzilla.example.test", "bodhi_url": "https://bodhi.example.test"}


@dataclass(frozen=True, slots=True)
class Release:
    """What the service read, with which settings, and which bug has which text."""

    database: Database
    settings: Settings
    text_by_bug: dict[int, str]


class People:
    """Three sources, and the last message of each about each text."""

    def __init__(self) -> None:
        self.clock = StoryClock(NOW - timedelta(days=3))
        self.bugs = Bugzilla(clock=self.clock, first_bug_id=1001)
        self.pagure = build_pagure(self.clock)
        self.bodhi = Bodhi(clock=self.clock)
        self.messages: dict[tuple[str, str], Message] = {}
        self.text_by_bug: dict[int, str] = {}
        add_people(self.bugs)
        self.bodhi.add_release("F45", mandatory_days=7)
        self._trackers = create_trackers(self.bugs)
        self._text = ""
        for name, state in (("bugs", self.bugs), ("tickets", self.pagure), ("updates", self.bodhi)):
            state.on_message(partial(self._note, name))

    def write(self, texts: Iterable[str]) -> None:
        """Put each text wherever people can write something."""
        for text in texts:
            self._text = text
            self.clock.now += timedelta(minutes=1)
            bug_id = _file(self.bugs, self._trackers, text)
            self.text_by_bug[bug_id] = text
            _talk(self.pagure, bug_id, text)
            _update(self.bodhi, bug_id, text)
        self.clock.now = NOW

    def _note(self, name: str, topic: str, body: dict[str, Any]) -> None:
        self.messages[name, self._text] = Message(topic=topic, body=body)


@contextmanager
def read_release(path: Path) -> Iterator[Release]:
    """The release, read over HTTP from simulated sources into an SQLite database, and from the bus."""
    people = People()
    people.write(TEXTS)
    database = Database(make_url(f"sqlite:///{path}"), clock=people.clock)
    make_schema(database)
    with _served(people) as settings:
        trackers = commands.find_trackers(build_source(settings), BETA)
        commands.add_milestone(database, BETA, trackers, make_current=True, actor="carol")
        dates = {"freeze_at": NOW - timedelta(days=9), "go_no_go_at": NOW + timedelta(days=2)}
        commands.set_dates(database, BETA, dates, actor="carol")
        for sync in build_syncs(settings, database):
            outcome = sync.run()
            assert outcome.state == "complete", outcome
        consumer = Consumer(settings, database)
        for message in people.messages.values():
            consumer(message)
    try:
        yield Release(database, Settings.of(**_WHERE), people.text_by_bug)
    finally:
        database.dispose()


def _file(bugs: Bugzilla, trackers: Mapping[str, int], text: str) -> int:
    """A bug in which everything that people write is the text, and who writes it has its name."""
    if text not in {user.name for user in bugs.users()}:
        bugs.add_user(text, text, groups=(EDIT_GROUP,))
    fields = dict.fromkeys(("summary", "component", "version", "whiteboard", "severity", "description"), text)
    needinfo = {"name": "needinfo", "status": "?", "requestee": text}
    others = {"assigned_to": text, "blocks": [trackers["F45BetaBlocker"]], "flags": [needinfo]}
    bug_id = bugs.create_bug({"product": "Fedora", **fields, **others}, text)
    # Every second is decided, so that it is in other lists as well.
    bugs.update_bug([bug_id], {"whiteboard": f"{'AcceptedBlocker ' if bug_id % 2 else ''}{text}"}, text)
    return bug_id


def _talk(pagure: Pagure, bug_id: int, text: str) -> None:
    """A ticket about a bug, in which somebody votes, somebody tries to, and somebody only says something."""
    pagure.add_user(text)
    ticket_id = pagure.create_ticket(REVIEW_PROJECT, f"[{bug_id}] {text}", text, text, tags=[text])
    for said in ("BetaBlocker +1", f"BetaBlocker +1 {text}", text):
        pagure.comment(REVIEW_PROJECT, ticket_id, said, text)
    pagure.set_status(REVIEW_PROJECT, ticket_id, "Closed", text, close_status="")


def _update(bodhi: Bodhi, bug_id: int, text: str) -> None:
    """An update that claims to fix a bug."""
    builds = [f"{text}-{bug_id}-1.fc45"]
    alias = bodhi.create_update("F45", builds, text, bugs=[bug_id], display_name=text, notes=text)
    bodhi.push_to_testing(alias)
    bodhi.comment(alias, text, text, -1)


@contextmanager
def _served(people: People) -> Iterator[Settings]:
    """Settings with which the sources are read, as long as they are there."""
    with ExitStack() as sources:
        at_bugzilla = sources.enter_context(SimulatedBugzilla(people.bugs))
        at_pagure = sources.enter_context(SimulatedPagure(people.pagure))
        at_bodhi = sources.enter_context(SimulatedBodhi(people.bodhi))
        yield Settings.of(
            bugzilla_url=at_bugzilla.url,
            bugzilla_api_key=Secret(SERVICE_KEY),
            pagure_url=at_pagure.url,
            pagure_api=at_pagure.api_url,
            pagure_repo=REVIEW_PROJECT,
            pagure_bot_username=BOT,
            bodhi_url=at_bodhi.url,
        )
