"""Puts every key of a source, remote or stored, into the queue and waits until each was worked on, by whomever.

Works with the bus off and the consumer dead. One `SyncRun` row tells how it went; a second sync of the same source is
refused while one runs. It ends by itself before its deadline and then says what is left.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from bbconsumer.db import audit, gate, sources, sync_requests, sync_runs, workqueue
from bbconsumer.db.audit import Act
from bbconsumer.db.models import SyncRun, WorkItem
from bbconsumer.db.session import Database, database_now, is_lock_timeout, waiting_briefly
from bbconsumer.db.workqueue import Priority
from bbconsumer.domain.keys import Key
from bbconsumer.sources import RequestRefused, SourceUnavailable
from bbconsumer.worker import Worker

POLL_S = 0.5
# Keys are marked in portions: a transaction that holds thousands of rows would make the consumer wait.
MARK_PORTION = 1000
# For the row of another run. A run that gets on writes its own within moments.
ROW_PATIENCE_S = 2


class SyncState(StrEnum):
    """How a run stands or ended."""

    RUNNING = "running"
    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: `done` of `total` keys."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended. `problem` is empty only when it is complete."""

    state: SyncState
    keys: int
    left: int
    seconds: float
    problem: str


class SyncAlreadyRunning(Exception):
    """Another sync is running; the text says since when."""


Report = Callable[[Progress], None]


def _keep_quiet(_progress: Progress) -> None:
    """The report of a run that nobody watches."""


class Inventory(Protocol):
    """What there is to sync, and what is known of it as a whole."""

    @property
    def keys(self) -> tuple[Key, ...]:
        """What is to be worked on."""

    def note(self, session: Session) -> tuple[str, ...]:
        """Store, once the keys are marked, what was learnt of the whole; gives back what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sync of one source reads, what people call that, and who works on it."""

    source_name: str
    noun: str
    take_inventory: Callable[[], Inventory]
    workers: Sequence[Worker]


class Sync:
    """One run of the sync of one source."""

    def __init__(
        self,
        database: Database,
        plan: Plan,
        *,
        stop: threading.Event,
        time_limit_s: float,
        dead_after_s: float,
        started: float | None = None,
    ) -> None:
        """`time_limit_s`: when to stop by itself, counted from `started` (monotonic time; None: when the run begins);
        `dead_after_s`: how long a living run may seem silent."""
        self.plan = plan
        self._database = database
        self._time_limit_s = time_limit_s
        self._started = started
        self._dead_after_s = dead_after_s
        self._stop = stop

    def stop(self) -> None:
        """Let the run end after the batch in hand. Safe from a signal."""
        self._stop.set()

    def run(self, *, accepted_by: str = "", report: Report | None = None) -> Outcome:
        """Make a full pass. Its time limit also ends waiting for a source that fails.

        `accepted_by`: who has looked at the removal gate and lets everything through; empty for nobody.

        Raises:
            SyncAlreadyRunning: nothing was done.
            sqlalchemy.exc.DBAPIError: the database went away; the next run finds this one dead.
        """
        started = time.monotonic()
        run_id = self._begin(accepted_by)
        timer = self._start_timer(started)
        state, keys, left, problem = SyncState.ABORTED, 0, 0, "interrupted"
        try:
            inventory = self.plan.take_inventory()
            keys = len(inventory.keys)
            problems = self._mark(run_id, inventory)
            left, why = self._drain(run_id, keys, report or _keep_quiet)
            problem = "; ".join(filter(None, (*problems, why)))
            state = SyncState.INCOMPLETE if problem else SyncState.COMPLETE
        except RequestRefused as error:
            problem = str(error)
        except SourceUnavailable as error:
            problem = str(error)
            if self._stop.is_set():
                # Waiting for the source was cut short by us: that says nothing about the source.
                problem = "stopped, or out of time, before it was known what there is"
            else:
                self._note_unavailable(error)
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
            raise
        finally:
            timer.cancel()
            self._end(run_id, state, keys, left, problem)
        return Outcome(state, keys, left, time.monotonic() - started, problem)

    def _start_timer(self, now: float) -> threading.Timer:
        already_s = 0.0 if self._started is None else now - self._started
        timer = threading.Timer(max(1.0, self._time_limit_s - already_s), self._stop.set)
        timer.daemon = True
        timer.start()
        return timer

    def _begin(self, accepted_by: str) -> int:
        try:
            with self._database.writing() as session:
                now = database_now(session)
                self._bury_dead_run(session, now)
                run = SyncRun(source=self.plan.source_name, state=SyncState.RUNNING, started_at=now, heartbeat_at=now)
                session.add(run)
                session.flush()
                asked = sync_requests.take(session, self.plan.source_name)
                if asked and asked.accepts_removals:
                    accepted_by = accepted_by or asked.asked_by
                if accepted_by:
                    _accept_removals(session, run.id, accepted_by)
                return run.id
        except IntegrityError as error:
            # A partial unique index lets only one row be running.
            raise self._refusal(self._running_since()) from error
        except OperationalError as error:
            if not is_lock_timeout(error) or not (since := self._running_since()):
                raise
            # It writes its row for long, or hangs: what hangs is ended by the server, and then counts as dead.
            raise self._refusal(since) from error

    def _running_since(self) -> datetime | None:
        with self._database.reading() as session:
            return session.scalar(select(SyncRun.started_at).where(*self._is_running))

    def _refusal(self, since: datetime | None) -> SyncAlreadyRunning:
        when = f" since {since:%H:%M:%S} UTC" if since else ""
        return SyncAlreadyRunning(f"another sync of {self.plan.source_name} is running{when}")

    @property
    def _is_running(self) -> tuple[ColumnElement[bool], ...]:
        return SyncRun.state == SyncState.RUNNING, SyncRun.source == self.plan.source_name

    def _bury_dead_run(self, session: Session, now: datetime) -> None:
        """End a run that is in the way and whose process is dead."""
        with waiting_briefly(session, ROW_PATIENCE_S):
            running = session.scalars(select(SyncRun).where(*self._is_running).with_for_update()).first()
        if running and running.heartbeat_at < now - timedelta(seconds=self._dead_after_s):
            running.state, running.problem, running.finished_at = SyncState.ABORTED, "its process died", now
            gate.end_acceptance(session, running.id)
            session.flush()

    def _mark(self, run_id: int, inventory: Inventory) -> tuple[str, ...]:
        for start in range(0, len(inventory.keys), MARK_PORTION):
            keys = inventory.keys[start : start + MARK_PORTION]
            with self._database.writing(is_shown=False) as session:
                now = database_now(session)
                workqueue.mark(session, keys, now=now, priority=Priority.SYNC, sync_run_id=run_id)
        with self._database.writing() as session:
            session.get_one(SyncRun, run_id).keys = len(inventory.keys)
            return inventory.note(session)

    def _drain(self, run_id: int, total: int, report: Report) -> tuple[int, str]:
        """Work until no key of this run is left, and give back how many are left, and why."""
        while True:
            left, failing = self._count_left(run_id)
            report(Progress(total - left, total))
            if not left:
                return 0, ""
            if left == failing:
                return left, f"{left} {self.plan.noun} cannot be worked on (see the queue on the status page)"
            if self._stop.is_set():
                return left, f"stopped, or out of time, with {left} of {total} {self.plan.noun} left"
            if not any(worker.work_once() for worker in self.plan.workers):
                # The rest is in other workers' hands, or waits for a source that is down.
                self._stop.wait(POLL_S)

    def _count_left(self, run_id: int) -> tuple[int, int]:
        with self._database.writing(is_shown=False) as session:
            now = database_now(session)
            session.get_one(SyncRun, run_id).heartbeat_at = now
            mine = select(func.count(), func.count().filter(WorkItem.attempts > 0, WorkItem.due_at > now))
            left, failing = session.execute(mine.where(WorkItem.sync_run_id == run_id)).one()
            return left, failing

    def _note_unavailable(self, error: SourceUnavailable) -> None:
        with self._database.writing() as session:
            now = database_now(session)
            sources.note_failure(session, error.source, error.reason, now=now, retry_after_s=error.retry_after_s)

    def _end(self, run_id: int, state: SyncState, keys: int, left: int, problem: str) -> None:
        with self._database.writing() as session:
            run = session.get_one(SyncRun, run_id)
            run.state, run.keys, run.left, run.problem = state, keys, left, problem
            run.finished_at = now = database_now(session)
            gate.end_acceptance(session, run_id)
            # This run may be the last complete one now.
            session.flush()
            sync_runs.prune(session, now)


def _accept_removals(session: Session, run_id: int, actor: str) -> None:
    was = gate.accept_removals(session, run_id) or "it was open"
    audit.note(
        session, actor, Act.ACCEPT_REMOVALS, "removal gate", f"open until sync {run_id} has ended; before: {was}"
    )
