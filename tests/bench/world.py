"""The real parts that every row shares: a broker, a database server, Bugzilla and Pagure in processes of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import make_url

from bbconsumer import commands
from bbconsumer.config import Secret, Settings
from bbconsumer.db import schema
from bbconsumer.db.session import Database
from bbconsumer.domain.trackers import Milestone, MilestoneName
from bbconsumer.simulator.cast import SERVICE_KEY
from bbconsumer.simulator.pagure_cast import BOT, REVIEW_PROJECT
from bbconsumer.sync import SyncState
from bbconsumer.wiring import build_bug_sync, build_source
from tests.bench import processes
from tests.services.postgres import PostgreSQL
from tests.services.rabbitmq import RabbitMQ


@dataclass(frozen=True, slots=True)
class BugzillaProcess:
    """The simulated Bugzilla as the others see it: over HTTP."""

    url: str
    bug_ids: Sequence[int]
    tracker_ids: Sequence[int]
    session: requests.Session = field(default_factory=requests.Session)

    def edit(self, bug_ids: Sequence[int], **changes: Any) -> str:
        """Change bugs as a person's program would; gives back when the first of them changed, as Bugzilla tells it."""
        answer = self.session.put(
            f"{self.url}/rest/bug/{bug_ids[0]}",
            params={"Bugzilla_api_key": SERVICE_KEY},
            json={"ids": list(bug_ids), **changes},
            timeout=60,
        )
        answer.raise_for_status()
        return min(str(bug["last_change_time"]) for bug in answer.json()["bugs"])

    def be_slow(self, seconds: float) -> None:
        """Delay each answer to a reader."""
        self._control({"paths": "^GET", "slow_s": seconds})

    def request_count(self) -> int:
        """How many requests there were so far."""
        return sum(self._requests_by_kind().values())

    def read_count(self) -> int:
        """How many of them did not change a bug."""
        return sum(count for kind, count in self._requests_by_kind().items() if kind != "update")

    def _requests_by_kind(self) -> Mapping[str, int]:
        answer = self.session.get(f"{self.url}/_control", timeout=60)
        by_kind: Mapping[str, int] = answer.json()["requests"]["by_kind"]
        return by_kind

    def _control(self, wishes: Mapping[str, Any]) -> None:
        self.session.put(f"{self.url}/_control", json=wishes, timeout=60).raise_for_status()


@dataclass(frozen=True, slots=True)
class PagureProcess:
    """The simulated Pagure as the others see it: over HTTP."""

    url: str
    api_url: str
    ticket_count: int
    session: requests.Session = field(default_factory=requests.Session)

    @property
    def environment(self) -> dict[str, str]:
        """What a process of ours must know of it."""
        return {
            "PAGURE_ENABLED": "1",
            "PAGURE_URL": self.url,
            "PAGURE_API": self.api_url,
            "PAGURE_REPO": REVIEW_PROJECT,
            "PAGURE_BOT_USERNAME": BOT,
        }

    def request_count(self) -> int:
        """How many requests there were so far."""
        answer = self.session.get(f"{self.url}/_control", timeout=60)
        return int(answer.json()["requests"]["total"])


@dataclass(frozen=True, slots=True)
class World:
    """What a row measures with."""

    rabbitmq: RabbitMQ
    postgres: PostgreSQL
    folder: Path

    @contextmanager
    def bugzilla(self, bug_count: int, *, request_s: float = 0.0, bug_s: float = 0.0) -> Iterator[BugzillaProcess]:
        """A Bugzilla with so many bugs on the trackers, whose answers take so long for themselves and for each bug."""
        log, arguments = self.folder / "bugzilla.log", map(str, (bug_count, request_s, bug_s))
        with processes.running("tests.bench.bugzilla", *arguments, environment={}, log=log) as process:
            ready = processes.read_json(process)
            yield BugzillaProcess(**ready)

    @contextmanager
    def pagure(self, ticket_count: int, comment_count: int) -> Iterator[PagureProcess]:
        """A Pagure with so many tickets, each with so many comments."""
        log, arguments = self.folder / "pagure.log", map(str, (ticket_count, comment_count))
        with processes.running("tests.bench.pagure", *arguments, environment={}, log=log) as process:
            yield PagureProcess(**processes.read_json(process), ticket_count=ticket_count)

    @contextmanager
    def database(self, bugzilla: BugzillaProcess, *, synced: bool) -> Iterator[str]:
        """The URL of a database that knows both milestones, and all their bugs if `synced`."""
        url = self.postgres.create_database()
        database = Database(make_url(url))
        # With the key of all processes: without one Bugzilla tells less about people.
        settings = Settings.of(
            bugzilla_url=bugzilla.url,
            bugzilla_api_key=Secret(SERVICE_KEY),
            pagure_enabled=False,
            bodhi_enabled=False,
        )
        schema.upgrade(database)
        for name in MilestoneName:
            milestone = Milestone("45", name)
            trackers = commands.find_trackers(build_source(settings), milestone)
            commands.add_milestone(
                database, milestone, trackers, make_current=name is MilestoneName.BETA, actor="alice"
            )
        if synced and (outcome := build_bug_sync(settings, database).run()).state is not SyncState.COMPLETE:
            raise processes.BenchFailed(f"the first sync: {outcome.problem}")
        database.dispose()
        try:
            yield url
        finally:
            self.postgres.drop_database(url)


def environment_of(database_url: str, bugzilla_url: str) -> dict[str, str]:
    """The environment of a process of ours."""
    return {
        "DATABASE_URL": database_url,
        "BUGZILLA_URL": bugzilla_url,
        "PAGURE_ENABLED": "0",
        "BODHI_ENABLED": "0",
        "BUGZILLA_API_KEY": SERVICE_KEY,
    }
