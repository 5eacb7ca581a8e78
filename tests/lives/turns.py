"""Two workers of updates and a sync of Bodhi, moved one at a time, each from one question to the next."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import make_url

from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from bbconsumer.domain.snapshots import UpdateSnapshot
from bbconsumer.inventory.updates import take_update_inventory
from bbconsumer.sources import UpdateSource
from bbconsumer.sync import Plan, Sync
from bbconsumer.wiring import build_update_source, build_update_worker
from tests.convergence.turns import PausingEvent, Player

SYNC = 2


class PausingUpdates:
    """A Bodhi at which its player pauses before each question, and again before it does anything with the answer."""

    def __init__(self, source: UpdateSource, player: Player) -> None:
        self.name = source.name
        self._source = source
        self._player = player

    def fetch_updates(self, aliases: Collection[str]) -> Mapping[str, UpdateSnapshot | None]:
        self._player.pause()
        answers = self._source.fetch_updates(aliases)
        self._player.pause()
        return answers

    def find_aliases_by_bugs(self, bug_ids: Collection[int]) -> Mapping[str, frozenset[int]]:
        self._player.pause()
        answers = self._source.find_aliases_by_bugs(bug_ids)
        self._player.pause()
        return answers

    def find_aliases_changed(self, since: datetime) -> frozenset[str]:
        self._player.pause()
        answers = self._source.find_aliases_changed(since)
        self._player.pause()
        return answers

    def rest(self) -> None:
        self._source.rest()


class Stage:
    """Workers 0 and 1, and the sync."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._players = tuple(Player() for _ in range(3))
        self._sources = [PausingUpdates(build_update_source(settings), player) for player in self._players]
        self._workers = [build_update_worker(settings, database, source, threading.Event()) for source in self._sources]

    def move(self, number: int) -> None:
        """Let one go on to its next pause; one that has ended begins anew."""
        if self.move_on(number):
            return
        part = self._sync().run if number == SYNC else self._workers[number].work_once
        self._players[number].begin(part)

    def move_on(self, number: int) -> bool:
        """Move one that is under way; False when it is not."""
        is_playing = self._players[number].is_playing
        if is_playing:
            self._players[number].move()
        return is_playing

    def abandon(self) -> None:
        """Leave everything as it is."""
        for player in self._players:
            player.abandon()

    def _sync(self) -> Sync:
        source = self._sources[SYNC]
        plan = Plan(
            source.name, "updates", lambda: take_update_inventory(self._database, source), [self._workers[SYNC]]
        )
        stop = PausingEvent(self._players[SYNC])
        return Sync(self._database, plan, stop=stop, time_limit_s=3600, dead_after_s=3600)


@contextmanager
def staged(database_url: str, settings: Settings) -> Iterator[tuple[Stage, Database]]:
    """The parts on a database, in the midst of whatever they do when the block ends."""
    database = Database(make_url(database_url))
    stage = Stage(database, settings)
    try:
        yield stage, database
    finally:
        stage.abandon()
        database.dispose()
