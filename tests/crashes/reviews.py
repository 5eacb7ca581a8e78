"""What the tests share that end or freeze a worker while it writes: the ways there, and what must be true in the end.

Only the worker that is ended or frozen stops at a step; those that come after it run as they do in production.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from bbconsumer.db.models import DiscussionRow, RecordRow, WorkItem
from bbconsumer.db.session import database_now
from bbconsumer.domain.keys import KeyKind
from bbconsumer.simulator.cast import SERVICE
from bbconsumer.simulator.pagure_records import CLOSED, OPEN
from bbconsumer.sources.pagure_client import WRITE_TIMEOUT_S
from bbconsumer.wiring import build_crew, build_source
from tests.crashes import workers
from tests.crashes.runs import KILLS, LONG_LEASE_S
from tests.crashes.workers import SteppingWorkers, let_leases_lapse, stepping_workers
from tests.end_to_end.deployment import Deployment, eventually
from tests.review.world import BOT, SECRETARY, ReviewWorld

# Longer than any request is uncertain.
LONG_AGO = timedelta(hours=1)


def work_on(review: ReviewWorld, *kinds: KeyKind) -> None:
    """Deliver, and work on the keys of some kinds until none is due: the others stay for other processes."""
    review.deliver()
    workers = [worker for worker in build_crew(review.bugs.settings, review.bugs.database) if worker.kind in kinds]
    while sum(worker.work_once() for worker in workers):
        pass


def kill_at_every_step(review: ReviewWorld, deployment: Deployment, kind: KeyKind) -> None:
    """Kill `KILLS` workers at each step, and let all that they held and asked for be over."""
    workers.kill_at_every_step(deployment, review.bugs.database, kind)
    _end_requests(review)


def kill_while_they_wait(
    review: ReviewWorld, deployment: Deployment, kind: KeyKind, is_done: Callable[[], bool]
) -> None:
    """Kill `KILLS` workers that have sent their requests, as soon as these are done; their answers must come late."""
    with stepping_workers(deployment, kind, "after intent", KILLS, lease_s=LONG_LEASE_S) as waiting:
        pids = [waiting.wait_for_one() for _ in range(KILLS)]
        for _ in pids:
            waiting.go_on()
        eventually(is_done)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
    let_leases_lapse(review.bugs.database)
    _end_requests(review)


def _end_requests(review: ReviewWorld) -> None:
    """However long a busy machine took to come here, requests are uncertain from now on."""
    with review.bugs.database.writing() as session:
        _date_intents(session, database_now(session))


def _date_intents(session: Session, at: datetime) -> None:
    session.execute(update(DiscussionRow).where(DiscussionRow.intended_at.is_not(None)).values(intended_at=at))
    session.execute(update(RecordRow).values(changed_at=at))


def freeze(workers: SteppingWorkers) -> int:
    """Freeze a worker that has come to its step; gives its process id."""
    pid = workers.wait_for_one()
    os.kill(pid, signal.SIGSTOP)
    return pid


def thaw(workers: SteppingWorkers, pid: int) -> None:
    """Let a frozen worker end what it had begun."""
    os.kill(pid, signal.SIGCONT)
    workers.go_on()
    workers.wait_for_all()


def work_once(deployment: Deployment, kind: KeyKind, *, write_timeout_s: float = WRITE_TIMEOUT_S) -> None:
    """One batch, in a process of its own that ends afterwards."""
    with stepping_workers(deployment, kind, "", 1, write_timeout_s=write_timeout_s) as workers:
        workers.wait_for_all()


def settle(review: ReviewWorld) -> None:
    """Wait until running workers find nothing due any more, and nobody says anything more."""

    def is_settled() -> bool:
        review.deliver()
        with review.bugs.database.reading() as session:
            due = or_(WorkItem.due_at <= database_now(session), WorkItem.lease_token.is_not(None))
            return session.scalars(select(WorkItem.id).where(due)).first() is None and not review.bugs.messages

    eventually(is_settled)


def let_requests_be_old(review: ReviewWorld) -> None:
    """Whatever was intended was so long ago, and what waits for that is due. Leases stay as they are."""
    with review.bugs.database.writing() as session:
        _date_intents(session, database_now(session) - LONG_AGO)
    hurry(review)


def hurry(review: ReviewWorld) -> None:
    """Whatever waits is due. Leases stay as they are."""
    with review.bugs.database.writing() as session:
        session.execute(update(WorkItem).values(due_at=database_now(session)))


def decided(review: ReviewWorld, count: int) -> list[int]:
    """Bugs about which something is decided, by turns for and against, that waits to be recorded. Bugzilla's messages
    are lost from then on."""
    bug_ids = [review.propose(summary=f"Bug {number}") for number in range(count)]
    review.settle()
    for number, ticket in enumerate(review.tickets_at_pagure()):
        review.say(ticket.id, f"AGREED {('Accepted', 'Rejected')[number % 2]}BetaBlocker", SECRETARY)
    work_on(review, KeyKind.TICKET, KeyKind.DISCUSSION)
    review.bugs.bugzilla.switches.lose_messages = True
    return bug_ids


def our_comments(review: ReviewWorld, bug_id: int) -> list[str]:
    """What the service said about decisions in a bug."""
    comments = build_source(review.bugs.settings).fetch_comments(bug_id)
    return [comment.text for comment in comments if comment.text.startswith("Decided in the review ticket")]


def our_changes(review: ReviewWorld, bug_id: int) -> list[tuple[str, str, str]]:
    """Field, old and new value of what the service changed in a bug, as its history tells."""
    history = build_source(review.bugs.settings).fetch_histories([bug_id])[bug_id]
    return sorted((entry.field, entry.removed, entry.added) for entry in history if entry.who == SERVICE)


def assert_one_is_open(review: ReviewWorld, bug_id: int) -> None:
    """Of several tickets of ours the oldest stays, and is the one that is known."""
    first, *others = review.tickets_at_pagure()
    assert [ticket.status for ticket in (first, *others)] == [OPEN, *[CLOSED] * len(others)]
    for ticket in (first, *others):
        assert (ticket.user, review.ticket(ticket.id).bug_id) == (BOT, bug_id)


def assert_all_is_done(review: ReviewWorld, deployment: Deployment) -> None:
    """Nothing is left to do, and a sync with all that follows from it writes nothing more."""
    assert review.bugs.queue() == [], deployment.output()
    review.pagure.requests.clear()
    review.bugs.bugzilla.requests.clear()
    assert [outcome.state for outcome in review.sync()] == ["complete", "complete"]
    settle(review)
    asked = review.pagure.requests.all() + review.bugs.bugzilla.requests.all()
    assert [each for each in asked if each.method != "GET"] == []
    assert review.bugs.queue() == []
