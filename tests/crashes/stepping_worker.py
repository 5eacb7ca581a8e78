"""Real workers that stop at a named step: a program of its own, for tests that end its processes there.

Usage: stepping_worker.py STEP COUNT. Each of COUNT child processes works on one batch as `bbconsumer work` does, with
the settings of the environment; at the step it prints its process id and waits until a line comes on standard input.
"""

import os
import sys
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import URL
from sqlalchemy.orm import Session

from bbconsumer.config import Settings, openshift_config
from bbconsumer.db.session import Database
from bbconsumer.domain.snapshots import AbsenceReason, BugAnswer, HistoryEntry
from bbconsumer.sources.bugzilla import BugzillaSource
from bbconsumer.sources.bugzilla_client import BugzillaClient
from bbconsumer.wiring import build_bug_worker

STEPS = ("after take", "after fetch", "before commit", "after commit")


@dataclass
class Stop:
    """The step at which this process stops, once."""

    step: str
    is_storing: bool = False

    def at(self, step: str) -> None:
        """Stop here, if this is the step."""
        if step == self.step:
            self.step = ""
            os.write(1, f"{os.getpid()}\n".encode())
            os.read(0, 1)


class SteppingSource(BugzillaSource):
    """Bugzilla, with a stop before the first request and after the last answer of a batch."""

    def __init__(self, client: BugzillaClient, stop: Stop, batch_size: int) -> None:
        super().__init__(client, batch_size=batch_size)
        self._stop = stop

    def fetch_bugs(
        self, ids: Collection[int], canary_ids: Collection[int], absent: Mapping[int, AbsenceReason]
    ) -> Mapping[int, BugAnswer]:
        self._stop.at("after take")
        return super().fetch_bugs(ids, canary_ids, absent)

    def fetch_histories(self, ids: Collection[int]) -> Mapping[int, tuple[HistoryEntry, ...]]:
        histories = super().fetch_histories(ids)
        self._stop.at("after fetch")
        self._stop.is_storing = True
        return histories


class SteppingDatabase(Database):
    """The database, with stops around the commit of what was fetched."""

    def __init__(self, url: URL, stop: Stop) -> None:
        super().__init__(url)
        self._stop = stop

    @contextmanager
    def writing(self) -> Iterator[Session]:
        # A lease is renewed in a thread of its own.
        is_storing = self._stop.is_storing and threading.current_thread() is threading.main_thread()
        with super().writing() as session:
            yield session
            if is_storing:
                session.flush()
                self._stop.at("before commit")
        if is_storing:
            self._stop.is_storing = False
            self._stop.at("after commit")


def work(settings: Settings, step: str) -> None:
    """Work on one batch, with a worker that is put together as `wiring` does."""
    stop = Stop(step)
    database = SteppingDatabase(settings.engine_url, stop)
    client = BugzillaClient(
        settings.bugzilla_url,
        settings.bugzilla_api_key,
        timeout_s=settings.bugzilla_timeout_s,
        tries=settings.bugzilla_tries,
    )
    source = SteppingSource(client, stop, settings.bugzilla_batch_size)
    worker = build_bug_worker(settings, database, source, threading.Event())
    while not worker.work_once():
        time.sleep(0.05)


def main() -> None:
    step, count = sys.argv[1], int(sys.argv[2])
    assert step in STEPS
    for _ in range(count):
        if os.fork() == 0:
            work(openshift_config(os.environ), step)
            return
    for _ in range(count):
        os.wait()


if __name__ == "__main__":
    main()
