"""Runs the syncs that administrators ask for, in a process that consumes or works.

The web may not read the sources itself, and the platform's timer may be far from its next run. Of several processes
that see a request one begins the sync, which takes the request with it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from sqlalchemy.exc import DBAPIError

from bbconsumer.db import sync_requests
from bbconsumer.db.session import Database
from bbconsumer.sync import Sync, SyncAlreadyRunning

_log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0


class AskedSyncs:
    """Looks for requests until told to stop."""

    name = "syncs on request"

    def __init__(
        self, database: Database, build_syncs: Callable[[], Sequence[Sync]], conclude: Callable[[], None]
    ) -> None:
        """`conclude` is called after the syncs of one look, as after those of the timer."""
        self._database = database
        self._build_syncs = build_syncs
        self._conclude = conclude
        self._stop = threading.Event()
        self._running: Sync | None = None

    def stop(self) -> None:
        """Let a sync that runs end after the batch in hand, and begin no other. Safe from any thread."""
        self._stop.set()
        if sync := self._running:
            sync.stop()

    def run(self) -> None:
        """Look and run until `stop` is called. A database that is away is waited for."""
        while not self._stop.wait(LOOK_EVERY_S):
            try:
                self.run_once()
            except DBAPIError as error:
                _log.warning("the database is away, so nothing is synced on request: %s", type(error.orig).__name__)
            except Exception:  # noqa: BLE001 - the run tells what was wrong, and nothing else has to end because of it
                _log.exception("a sync on request has failed")

    def run_once(self) -> int:
        """Run what is asked for now; gives back how many syncs that were.

        Raises:
            sqlalchemy.exc.DBAPIError: the database is away.
        """
        with self._database.reading() as session:
            asked = sync_requests.list_asked(session)
        if not asked:
            return 0
        done = [self._sync(sync) for sync in self._build_syncs() if sync.plan.source_name in asked]
        if any(done):
            self._conclude()
        return sum(done)

    def _sync(self, sync: Sync) -> bool:
        self._running = sync
        if self._stop.is_set():
            return False
        try:
            outcome = sync.run()
        except SyncAlreadyRunning:
            # It began before it was asked for: the request waits until that has ended.
            return False
        finally:
            self._running = None
        _log.info("sync of %s on request: %s %s", sync.plan.source_name, outcome.state, outcome.problem)
        return True
