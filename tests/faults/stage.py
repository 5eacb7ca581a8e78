"""All that runs in one storm: sources, database, broker, the service's processes, and the cables between."""

from __future__ import annotations

import dataclasses
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import make_url

from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from bbconsumer.simulator.amqp import AmqpPublisher
from bbconsumer.simulator.switches import Switches
from tests.convergence.service import prepare
from tests.end_to_end.bus_end import BusEnd
from tests.end_to_end.deployment import Deployment, deployed, environment_of
from tests.faults.cable import Cable
from tests.faults.disks import Disks
from tests.faults.processes import Keeper
from tests.faults.reference import Reference
from tests.flow.world import Clock
from tests.lives.sources import Sources, opened_sources
from tests.services.postgres import PostgreSQL
from tests.services.rabbitmq import RabbitMQ
from tests.services.server import find_free_port

LEASE_S, TIMEOUT_S = 2, 2
_LONGEST_PAUSE_S = 2.0
# After trouble the web may need so long to notice that the database is back: it looks every second, for three at most,
# and machines are busy.
_GRACE_S = 15.0
# After so many it must have noticed that the database is away.
NOTICED_S = 5.0


class SkewedClock(Clock):
    """The real time, with a difference, `ahead`; people who let time pass add to it."""

    def __init__(self, skew: timedelta) -> None:
        super().__init__()
        self.ahead = skew

    def __call__(self) -> datetime:
        # No source tells more than seconds of what is compared.
        return (datetime.now(UTC) + self.ahead).replace(microsecond=0)

    def advance(self, seconds: float = 60) -> None:
        """Let some time pass, but not so much that the sources live in another hour."""
        self.ahead += timedelta(seconds=min(seconds, _LONGEST_PAUSE_S))


@dataclass(frozen=True, slots=True)
class Servers:
    """What many storms use one after the other. `template`: a database with the schema and both milestones.

    `disks`: where the databases of storms lie, in `tablespace`, and the server's log; None where there are none.
    """

    postgres: PostgreSQL
    rabbitmq: RabbitMQ
    template: str
    disks: Disks | None = None
    tablespace: str = "pg_default"

    @contextmanager
    def database(self) -> Iterator[str]:
        """A copy of the template, on the small disk if there is one; gives its URL."""
        url = self.postgres.create_database(self.template, tablespace=self.tablespace)
        try:
            yield url
        finally:
            self.postgres.start()
            self.postgres.drop_database(url)


@contextmanager
def served(postgres: PostgreSQL, rabbitmq: RabbitMQ, disks: Disks | None = None) -> Iterator[Servers]:
    """Both servers with the template, and what they need to use the small disks."""
    with ExitStack() as stack:
        template = postgres.create_database()
        stack.callback(postgres.drop_database, template)
        prepare(template)
        if disks is None:
            yield Servers(postgres, rabbitmq, template)
            return
        folder = disks.data / "databases"
        folder.mkdir()
        postgres.give_away(folder)
        # It goes with the server: a storm that was interrupted leaves its database there.
        tablespace = postgres.create_tablespace(folder)
        yield Servers(postgres, rabbitmq, template, disks, tablespace)


@dataclass
class Stage:
    """`lies`: what a source told that was not so; `syncs`: those that were begun in the midst of the storm.

    `is_blind`: Bugzilla shows the service nothing at all. `database_away_since` (monotonic): None while it is there.
    """

    servers: Servers
    clock: SkewedClock
    sources: Sources
    settings: Settings
    database: Database
    deployment: Deployment
    bus: BusEnd
    keeper: Keeper
    consumer_cable: Cable
    publisher_cable: Cable
    reference: Reference
    lies: set[str] = field(default_factory=set)
    syncs: list[subprocess.Popen[bytes]] = field(default_factory=list)
    is_blind: bool = False
    database_away_since: float | None = None
    _troubles: int = 0
    _trouble_ended_at: float = float("-inf")

    @property
    def postgres(self) -> PostgreSQL:
        return self.servers.postgres

    @property
    def rabbitmq(self) -> RabbitMQ:
        return self.servers.rabbitmq

    @property
    def switches(self) -> Mapping[str, Switches]:
        """Of each source, by its name."""
        return {
            "bugzilla": self.sources.bugs.bugzilla.switches,
            "pagure": self.sources.pagure.switches,
            "bodhi": self.sources.bodhi.switches,
        }

    @property
    def timeout_s(self) -> int:
        """How long the service waits for an answer of a source."""
        return self.settings.bugzilla_timeout_s

    @contextmanager
    def database_trouble(self) -> Iterator[None]:
        """While the block runs, and a moment longer, pages may be old or not there at all."""
        self._troubles += 1
        try:
            yield
        finally:
            self._trouble_ended_at = time.monotonic()
            self._troubles -= 1

    def was_database_in_trouble(self, since: float) -> bool:
        """Whether the database was in trouble at any time since then (monotonic), or shortly before."""
        return self._troubles > 0 or self._trouble_ended_at + _GRACE_S > since


@contextmanager
def staged(servers: Servers, skew: timedelta, folder: Path) -> Iterator[Stage]:
    """Everything but the consumer and the web, which run as soon as the keeper is entered."""
    with ExitStack() as stack:
        enter = stack.enter_context
        url = enter(servers.database())
        clock = SkewedClock(skew)
        sources = enter(opened_sources(clock))
        settings = _settings(sources)
        database = Database(make_url(url))
        stack.callback(database.dispose)
        cables = [enter(Cable(servers.rabbitmq.port)) for _ in range(2)]
        urls = [f"amqp://guest:guest@127.0.0.1:{cable.port}/%2F" for cable in cables]
        publisher = enter(AmqpPublisher(urls[0], patience_s=600))
        deployment = enter(deployed(environment_of(settings, url), folder))
        bus = BusEnd(servers.rabbitmq, deployment, publisher, f"t{uuid4().hex[:10]}")
        bus.declare_queue()
        stack.callback(bus.delete_queue)
        stack.callback(servers.rabbitmq.start)
        keeper = Keeper(bus, urls[1], find_free_port())
        reference = Reference(sources, database)
        yield Stage(
            servers, clock, sources, settings, database, deployment, bus, keeper, cables[1], cables[0], reference
        )


def _settings(sources: Sources) -> Settings:
    """Those of a service that soon loses patience, and reads all tickets with each sync."""
    return dataclasses.replace(
        sources.settings(is_writing=False),
        blockerbugs_url="http://127.0.0.1/blockerbugs",
        lease_s=LEASE_S,
        bugzilla_batch_size=5,
        bugzilla_timeout_s=TIMEOUT_S,
        pagure_timeout_s=TIMEOUT_S,
        bodhi_timeout_s=TIMEOUT_S,
        bugzilla_tries=2,
        tickets_complete_s=1,
        sync_deadline_s=90,
        database_patience_s=5,
    )
