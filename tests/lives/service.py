"""A service that lives by the life's clock, and the bus that brings it messages, or does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from fedora_messaging.message import Message
from sqlalchemy import make_url

from bbconsumer.config import Settings
from bbconsumer.consumer import Consumer
from bbconsumer.db.session import Database
from bbconsumer.wiring import build_crew, build_syncs
from tests.flow.world import Clock

SYNC_INTERVAL = timedelta(minutes=30)
# As the real consumer's worker, which looks again within seconds.
PATIENCE_S = 60


class Service:
    """One service on one database."""

    def __init__(self, database: Database, settings: Settings, clock: Clock) -> None:
        self.database = database
        self.settings = settings
        self._consumer = Consumer(settings, database)
        self._crew = build_crew(settings, database)
        self._clock = clock
        self.synced_at: datetime | None = None

    def receive(self, messages: Iterable[Message]) -> None:
        """Take messages as the bus brings them."""
        for message in messages:
            self._consumer(message)

    def work(self) -> None:
        """Work until nothing is due."""
        while self._crew.work_once():
            pass

    def sync(self) -> list[str]:
        """Sync all sources, and work on what follows; gives back what is wrong."""
        self.synced_at = self._clock()
        problems = [sync.run().problem for sync in build_syncs(self.settings, self.database)]
        self.work()
        return list(filter(None, problems))


class LossyBus:
    """Loses three messages of ten, brings some twice, and all in any order and late."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._under_way: list[Message] = []
        self.sent = self.lost = 0

    def send(self, messages: Iterable[Message]) -> None:
        """Take messages, of which some will arrive."""
        for message in messages:
            self.sent += 1
            is_lost = self._chance.random() < 0.3
            self.lost += is_lost
            self._under_way += [message] * (0 if is_lost else self._chance.choice((1, 1, 1, 1, 2)))

    def arriving(self) -> list[Message]:
        """Some of those that are under way."""
        self._chance.shuffle(self._under_way)
        count = self._chance.randrange(len(self._under_way) + 1)
        arriving, self._under_way = self._under_way[:count], self._under_way[count:]
        return arriving

    def late(self) -> list[Message]:
        """All that are still under way."""
        late, self._under_way = self._under_way, []
        return late


@contextmanager
def service_on(file: Path, settings: Settings, clock: Clock) -> Iterator[Service]:
    """A service on a SQLite file."""
    database = Database(make_url(f"sqlite:///{file}"), clock=clock)
    try:
        yield Service(database, settings, clock)
    finally:
        database.dispose()
