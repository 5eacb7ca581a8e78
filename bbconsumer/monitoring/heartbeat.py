"""Tells the database that the parts of this process are alive, for the status page: a process that is gone can tell
nobody so.

What is told is when a part last got on, not that somebody is there to tell: a part that is stuck falls silent too.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import timedelta

from sqlalchemy import case
from sqlalchemy.exc import DBAPIError

from bbconsumer.db.models import Heartbeat
from bbconsumer.db.session import Database, database_now, upsert

_log = logging.getLogger(__name__)

# No more often than pages tell times, and without announcing a change: they are made anew each minute anyway.
BEAT_EVERY_S = 60.0
LOOK_EVERY_S = 1.0


class Heartbeats:
    """The parts of this process by name, each with how many seconds ago it last got on; None when it never did."""

    def __init__(
        self,
        database: Database,
        age_by_part: Mapping[str, Callable[[], float | None]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._clock = clock
        self._age_by_part = age_by_part
        self._told_at = dict.fromkeys(age_by_part, float("-inf"))

    def run(self) -> None:
        """For ever: to be run in a thread that does not hold up the end of the process."""
        while True:
            self.beat()
            time.sleep(LOOK_EVERY_S)

    def beat(self) -> None:
        """Tell of the parts of which nothing was told for a minute."""
        now = self._clock()
        due = [part for part, told_at in self._told_at.items() if now - told_at >= BEAT_EVERY_S]
        ages = {part: age_s for part in due if (age_s := self._age_by_part[part]()) is not None}
        if not ages:
            return
        self._told_at |= dict.fromkeys(ages, now)
        try:
            self._store(ages)
        except DBAPIError as error:
            _log.warning("nobody can be told what is alive: %s", type(error.orig).__name__)

    def _store(self, ages: Mapping[str, float]) -> None:
        with self._database.writing(is_shown=False) as session:
            now = database_now(session)
            for part, age_s in sorted(ages.items()):
                insert = upsert(session, Heartbeat).values(part=part, at=now - timedelta(seconds=age_s))
                # Of several processes with that part the one counts that got on last.
                latest = case((Heartbeat.at > insert.excluded.at, Heartbeat.at), else_=insert.excluded.at)
                session.execute(insert.on_conflict_do_update(index_elements=["part"], set_={"at": latest}))
