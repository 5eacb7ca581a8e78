"""Drains the queue: takes keys of one kind in batches, hands them to reconcile, keeps the lease alive meanwhile.

Each kind has a worker of its own, so that a source that is slow does not hold up what is read from another.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy.exc import DBAPIError

from bbconsumer.db import sources, workqueue
from bbconsumer.db.session import Database, database_now
from bbconsumer.db.workqueue import Lease
from bbconsumer.domain.keys import KeyKind
from bbconsumer.monitoring.pulse import Pulse
from bbconsumer.monitoring.watchdog import Condition
from bbconsumer.reconcile import Reconciler
from bbconsumer.sources import SourceUnavailable

_log = logging.getLogger(__name__)

# Without a wake-up (another process marked the key, a lease lapsed) the queue is looked at this often.
IDLE_S = 1.0
DATABASE_AWAY_S = 2.0
# While keys keep coming without a gap, they are gathered for longer before each batch but the first two: from the first
# of these times, doubled from batch to batch, up to the second, or to that of the kind. A burst of messages must not
# become one of requests, nor each of them have every page made anew. But the last batch shows what that spares: if it
# was a single key, nothing. Where keys trickle in, people do not wait for it.
FIRST_GATHER_S, LONGEST_GATHER_S, WORTH_A_KEY_S = 0.1, 2.0, 0.25
STUCK_AFTER_S = 300.0

NO_LEASE = Lease(0, ())


class Restful(Protocol):
    """A source that may be told that nothing is asked of it for the moment."""

    def rest(self) -> None:
        """Close idle connections: they may hold a server's last worker."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long keys are leased, how many are worked on at once, how long they are gathered while more come, and for how
    long the worker may not get on at all, not even with a request of a batch, before it counts as stuck."""

    lease_s: float
    batch_size: int
    longest_gather_s: float = LONGEST_GATHER_S
    stuck_after_s: float = STUCK_AFTER_S


class Gathering:
    """For how long keys are gathered between batches."""

    def __init__(self, longest_s: float, batch_size: int) -> None:
        self._longest_s = longest_s
        self._batch_size = batch_size
        self._next_s = 0.0

    def after(self, count: int, took_s: float) -> float:
        """Seconds to wait after a batch of so many keys, which took so long."""
        # Behind a full batch there may be more: a backlog shall not take more than twice its time.
        worth_s = took_s if count >= self._batch_size else min(self._longest_s, (count - 1) * WORTH_A_KEY_S)
        wait_s = min(self._next_s, worth_s)
        self._next_s = min(self._longest_s, max(FIRST_GATHER_S, 2 * self._next_s))
        return wait_s

    def rest(self) -> None:
        """There was a gap."""
        self._next_s = 0.0


class Worker:
    """Works on due keys of a kind until told to stop. Several may run, in one process or in many."""

    def __init__(
        self,
        database: Database,
        kind: KeyKind,
        source: Restful,
        reconciler: Reconciler[Any],
        pace: Pace,
        stop: threading.Event,
    ) -> None:
        self.kind = kind
        self._database = database
        self._source = source
        self._reconciler = reconciler
        self._lease_s = pace.lease_s
        self._batch_size = pace.batch_size
        self._gathering = Gathering(pace.longest_gather_s, pace.batch_size)
        self._wake = threading.Event()
        self._stop = stop
        self._lease = NO_LEASE
        self._stuck_after_s = pace.stuck_after_s
        self._pulse = Pulse()
        self._is_database_away = False

    def wake(self) -> None:
        """Tell the worker that there is something to do. Safe from any thread."""
        self._wake.set()

    def stop(self) -> None:
        """Let the worker end after the batch that it has in hand. Safe from any thread and from a signal."""
        self._stop.set()
        self._wake.set()

    @property
    def name(self) -> str:
        """What the watchdog and the thread are called by."""
        return f"worker of {self.kind} keys"

    def condition(self) -> Condition:
        """Whether the worker gets on: each try of a request counts, so a slow source is no reason to worry."""
        age_s = self._pulse.age_s()
        is_stuck, is_away = age_s > self._stuck_after_s, self._is_database_away
        state = "waiting for the database" if is_away else "working" if self._lease.items else "idle"
        return Condition(state, age_s, is_stuck=is_stuck, is_ready=not is_away)

    def give_back(self) -> None:
        """Free the keys in hand for others at once; what may still come of them here is not stored.

        Raises:
            sqlalchemy.exc.DBAPIError: the database is away; the lease will lapse.
        """
        if self._lease.items:
            with self._database.writing(is_shown=False) as session:
                workqueue.release(session, self._lease)

    def run(self) -> None:
        """Work until `stop` is called. A database that is away is waited for."""
        self._pulse.adopt()
        while not self._stop.is_set():
            self._pulse.beat()
            self._wake.clear()
            try:
                started = time.monotonic()
                count = self.work_once()
                self._is_database_away = False
                if count:
                    self._stop.wait(self._gathering.after(count, time.monotonic() - started))
                else:
                    self._gathering.rest()
                    self._source.rest()
                    self._wake.wait(self._idle_s())
            except DBAPIError as error:
                self._is_database_away = True
                _log.error("the database is away: %s", type(error.orig).__name__)
                self._stop.wait(DATABASE_AWAY_S)
                self._free_keys()

    def work_once(self) -> int:
        """Take one batch and work on it; gives back of how many keys, 0 when nothing was due.

        Raises:
            sqlalchemy.exc.DBAPIError: the database went away.
        """
        with self._database.writing(is_shown=False) as session:
            lease = workqueue.take(session, self.kind, self._batch_size, lease_s=self._lease_s)
        if not lease.items:
            return 0
        self._lease = lease
        with self._renewed(lease):
            try:
                self._reconciler.process(lease, lease.items)
            except SourceUnavailable as error:
                self._note_unavailable(lease, error)
        self._lease = NO_LEASE
        return len(lease.items)

    def _free_keys(self) -> None:
        """Let the keys of a batch that met trouble be due again, and not only when their lease lapses."""
        try:
            self.give_back()
        except DBAPIError as error:
            _log.warning("the keys in hand wait until their lease lapses: %s", type(error.orig).__name__)
        else:
            self._lease = NO_LEASE

    def _note_unavailable(self, lease: Lease, error: SourceUnavailable) -> None:
        with self._database.writing() as session:
            workqueue.release(session, lease)
            if self._stop.is_set():
                # The waiting for the source was cut short by us: that says nothing about the source.
                return
            until = sources.note_failure(
                session,
                error.source,
                error.reason,
                now=database_now(session),
                retry_after_s=error.retry_after_s,
            )
        _log.error("%s; its keys wait until %s", error, until.isoformat(timespec="seconds"))

    @contextmanager
    def _renewed(self, lease: Lease) -> Iterator[None]:
        """Renew the lease while the block runs: a fetch with all its tries may take longer than a lease."""
        over = threading.Event()

        def renew() -> None:
            while not over.wait(self._lease_s / 3):
                try:
                    with self._database.writing(is_shown=False) as session:
                        workqueue.renew(session, lease.token, lease_s=self._lease_s)
                except DBAPIError as error:
                    # A lease that lapses is no harm: what was fetched is then not stored.
                    _log.warning("a lease could not be renewed: %s", type(error.orig).__name__)

        thread = threading.Thread(target=renew, name="lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _idle_s(self) -> float:
        with self._database.reading() as session:
            seconds = workqueue.seconds_to_next(session, self.kind)
        return IDLE_S if seconds is None else max(0.01, min(IDLE_S, seconds))
