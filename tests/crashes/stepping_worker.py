"""Real workers that stop at a named step: a program of its own, for tests that end or freeze its processes there.

Each child process works on one batch as `bbconsumer work` does, with the settings of the environment; at the step it
prints its process id and waits until a line comes on standard input.
"""

from __future__ import annotations

import argparse
import os
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import URL
from sqlalchemy.orm import Session

from bbconsumer.config import Settings, openshift_config
from bbconsumer.db.session import Database
from bbconsumer.domain.keys import KeyKind
from bbconsumer.domain.snapshots import (
    AbsenceReason,
    BugAnswer,
    Comment,
    HistoryEntry,
    TicketAnswer,
    TicketSnapshot,
    UpdateSnapshot,
)
from bbconsumer.sources.bodhi import BodhiSource
from bbconsumer.sources.bodhi_client import BodhiClient
from bbconsumer.sources.bugzilla import BugzillaSource
from bbconsumer.sources.bugzilla_client import BugzillaClient
from bbconsumer.sources.pagure import PagureSource
from bbconsumer.sources.pagure_client import WRITE_TIMEOUT_S, PagureClient
from bbconsumer.wiring import (
    build_bug_worker,
    build_discussion_worker,
    build_record_worker,
    build_ticket_worker,
    build_update_worker,
)
from bbconsumer.worker import Worker

# In the order in which a worker comes to them. "Commit" is the one with which keys leave the queue.
_STEPS_OF_READING = ("after take", "after fetch", "before commit", "after commit")
STEPS_BY_KIND: Mapping[KeyKind, tuple[str, ...]] = {
    KeyKind.BUG: _STEPS_OF_READING,
    KeyKind.TICKET: _STEPS_OF_READING,
    KeyKind.UPDATE: _STEPS_OF_READING,
    KeyKind.DISCUSSION: ("after fetch", "after intent", "after answer", "before commit", "after commit"),
    KeyKind.RECORD: ("after fetch", "after intent", "after answer", "after check", "before commit", "after commit"),
}
NO_STEP = ""


@dataclass
class Stop:
    """The step at which this process stops, once. `commits_left`: the last transaction of the batch is so many away."""

    step: str
    commits_left: int = 0

    def at(self, step: str) -> None:
        """Stop here, if this is the step."""
        if step == self.step:
            self.step = NO_STEP
            os.write(1, f"{os.getpid()}\n".encode())
            os.read(0, 1)

    def at_end_of_reading(self) -> None:
        """Stop here, if this is the step; what was read is stored in one transaction."""
        self.at("after fetch")
        self.commits_left = 1

    def is_before_last_commit(self) -> bool:
        """Count one transaction; whether it is the last of the batch."""
        self.commits_left -= 1
        return self.commits_left == 0


class SteppingBugs(BugzillaSource):
    """Bugzilla for reading, with a stop before the first request and after the last answer of a batch."""

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
        self._stop.at_end_of_reading()
        return histories


class SteppingReviews(PagureSource):
    """Pagure for reading, with a stop before the first request and after the last answer of a batch."""

    def __init__(self, client: PagureClient, stop: Stop, repo: str) -> None:
        super().__init__(client, repo=repo)
        self._stop = stop

    def fetch_tickets(self, ids: Collection[int]) -> Mapping[int, TicketAnswer]:
        self._stop.at("after take")
        tickets = super().fetch_tickets(ids)
        self._stop.at_end_of_reading()
        return tickets


class SteppingUpdates(BodhiSource):
    """Bodhi, with a stop before the first request and after the last answer of a batch."""

    def __init__(self, client: BodhiClient, stop: Stop) -> None:
        super().__init__(client)
        self._stop = stop

    def fetch_updates(self, aliases: Collection[str]) -> Mapping[str, UpdateSnapshot | None]:
        self._stop.at("after take")
        updates = super().fetch_updates(aliases)
        self._stop.at_end_of_reading()
        return updates


class SteppingRecords(BugzillaSource):
    """Bugzilla for writing, with stops around the change and after each look at the bug."""

    def __init__(self, client: BugzillaClient, stop: Stop) -> None:
        super().__init__(client)
        self._stop = stop
        self._look = "after fetch"

    def fetch_histories(self, ids: Collection[int]) -> Mapping[int, tuple[HistoryEntry, ...]]:
        histories = super().fetch_histories(ids)
        self._stop.at(self._look)
        return histories

    def fetch_comments(self, bug_id: int) -> tuple[Comment, ...]:
        comments = super().fetch_comments(bug_id)
        self._stop.at("after fetch")
        return comments

    def change_bug(self, bug_id: int, *, whiteboard: str, unblock_ids: Collection[int], comment: str) -> None:
        self._stop.at("after intent")
        super().change_bug(bug_id, whiteboard=whiteboard, unblock_ids=unblock_ids, comment=comment)
        self._stop.at("after answer")
        self._look = "after check"
        # The bug is marked; the record is noted, and the key leaves the queue.
        self._stop.commits_left = 2


class SteppingTickets(PagureSource):
    """Pagure for writing, with stops around the request for a ticket."""

    def __init__(self, client: PagureClient, stop: Stop, repo: str) -> None:
        super().__init__(client, repo=repo)
        self._stop = stop

    def create_ticket(self, title: str, content: str, tags: Collection[str]) -> TicketSnapshot:
        self._stop.at("after intent")
        ticket = super().create_ticket(title, content, tags)
        self._stop.at("after answer")
        # The ticket is marked, the key leaves the queue.
        self._stop.commits_left = 2
        return ticket


class SteppingDatabase(Database):
    """The database, with stops around the last commit of a batch."""

    def __init__(self, url: URL, stop: Stop) -> None:
        super().__init__(url)
        self._stop = stop

    @contextmanager
    def writing(self, *, is_shown: bool = True) -> Iterator[Session]:
        # A lease is renewed in a thread of its own.
        is_last = threading.current_thread() is threading.main_thread() and self._stop.is_before_last_commit()
        with super().writing(is_shown=is_shown) as session:
            yield session
            if is_last:
                session.flush()
                self._stop.at("before commit")
        if is_last:
            self._stop.at("after commit")


def build_stepping_worker(settings: Settings, kind: KeyKind, stop: Stop, write_timeout_s: float) -> Worker:
    """A worker that is put together as `wiring` does."""
    database, over = SteppingDatabase(settings.engine_url, stop), threading.Event()
    bugzilla = BugzillaClient(
        settings.bugzilla_url,
        settings.bugzilla_api_key,
        timeout_s=settings.bugzilla_timeout_s,
        tries=settings.bugzilla_tries,
    )
    if kind is KeyKind.BUG:
        bugs = SteppingBugs(bugzilla, stop, settings.bugzilla_batch_size)
        return build_bug_worker(settings, database, bugs, over)
    if kind is KeyKind.UPDATE:
        bodhi = BodhiClient(settings.bodhi_url, timeout_s=settings.bodhi_timeout_s, tries=settings.bodhi_tries)
        return build_update_worker(settings, database, SteppingUpdates(bodhi, stop), over)
    if kind is KeyKind.RECORD:
        return build_record_worker(settings, database, SteppingRecords(bugzilla, stop), over)
    pagure = _pagure_client(settings, write_timeout_s)
    if kind is KeyKind.TICKET:
        reviews = SteppingReviews(pagure, stop, settings.pagure_repo)
        return build_ticket_worker(settings, database, reviews, over)
    tickets = SteppingTickets(pagure, stop, settings.pagure_repo)
    return build_discussion_worker(settings, database, tickets, SteppingRecords(bugzilla, stop), over)


def _pagure_client(settings: Settings, write_timeout_s: float) -> PagureClient:
    return PagureClient(
        settings.pagure_api,
        settings.pagure_repo_token,
        timeout_s=settings.pagure_timeout_s,
        tries=settings.pagure_tries,
        write_timeout_s=write_timeout_s,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", type=KeyKind, help="of the keys to work on")
    parser.add_argument("steps", help="where to stop, separated by commas; empty: nowhere")
    parser.add_argument("count", type=int, help="of the child processes for each step; each works on one batch")
    parser.add_argument("--write-timeout-s", type=float, default=WRITE_TIMEOUT_S, help="of Pagure's answers to writes")
    asked = parser.parse_args()
    steps = asked.steps.split(",") * asked.count
    assert {*steps} <= {NO_STEP, *STEPS_BY_KIND[asked.kind]}
    for step in steps:
        if os.fork() == 0:
            worker = build_stepping_worker(openshift_config(os.environ), asked.kind, Stop(step), asked.write_timeout_s)
            while not worker.work_once():
                time.sleep(0.05)
            return
    for _ in steps:
        os.wait()


if __name__ == "__main__":
    main()
