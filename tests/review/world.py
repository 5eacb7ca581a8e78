"""The small world with a review project in a simulated Pagure beside the simulated Bugzilla."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from fedora_messaging.message import Message
from sqlalchemy import delete, select, update

from bbconsumer.config import Secret
from bbconsumer.consumer import Consumer
from bbconsumer.db.gate import lock_gate, trip
from bbconsumer.db.models import DiscussionRow, EventRow, RecordRow, SourceState, SyncRun, TicketRow, WorkItem
from bbconsumer.db.session import database_now
from bbconsumer.domain.ballots import VoteTracker
from bbconsumer.domain.keys import KeyKind
from bbconsumer.domain.reviews import Review, read_json
from bbconsumer.effects.discussions import UNCERTAIN_S
from bbconsumer.simulator.cast import SERVICE_KEY
from bbconsumer.simulator.pagure import Pagure
from bbconsumer.simulator.pagure_records import OPEN, Ticket
from bbconsumer.simulator.pagure_server import SimulatedPagure
from bbconsumer.sync import Outcome
from bbconsumer.wiring import build_crew, build_syncs, build_ticket_sync
from tests.flow.world import World, build_world

REPO = "fedora-qa/blocker-review"
BOT, SECRETARY = "blockerbot", "carol"
PEOPLE = ("alice", "bob", SECRETARY, "dave", "erin", BOT)
TOKEN = "a-token-of-the-bot"


class PagureClock:
    """The true time, since the service compares Pagure's with its own; it can be advanced."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, seconds: float) -> None:
        """Let time pass at Pagure."""
        self._ahead += timedelta(seconds=seconds)


@dataclass
class ReviewWorld:
    """`bugs` is the world without tickets; what people do in tickets gathers as messages there, too."""

    bugs: World
    pagure: SimulatedPagure
    clock: PagureClock

    def open_ticket(self, title: str, content: str = "", user: str = "alice") -> int:
        """Open a ticket by hand; gives its number."""
        return self.pagure.state.create_ticket(REPO, title, content, user)

    def say(self, ticket_id: int, text: str, user: str) -> int:
        """Comment on a ticket; gives the comment's id."""
        return self.pagure.state.comment(REPO, ticket_id, text, user)

    def propose(self, **fields: Any) -> int:
        """File a bug that blocks the Beta blocker tracker."""
        (bug_id,) = self.bugs.propose(**fields)
        return bug_id

    def deliver(self) -> None:
        """Give the gathered messages to the consumer."""
        consumer = Consumer(self.bugs.settings, self.bugs.database)
        for message in self.bugs.messages:
            consumer(message)
        self.bugs.messages.clear()

    def settle(self) -> None:
        """Deliver and work until nothing is due and nobody says anything more."""
        crew = build_crew(self.bugs.settings, self.bugs.database)
        self.deliver()
        while crew.work_once() or self.bugs.messages:
            self.deliver()

    def sync(self) -> list[Outcome]:
        """Run the syncs of all sources."""
        return [sync.run() for sync in build_syncs(self.bugs.settings, self.bugs.database)]

    def sync_tickets(self) -> Outcome:
        """Run that of Pagure."""
        return build_ticket_sync(self.bugs.settings, self.bugs.database).run()

    def let_time_pass(self) -> None:
        """Everything that waits is due, and what was intended was long ago."""
        with self.bugs.database.writing() as session:
            past = database_now(session) - timedelta(hours=1)
            session.execute(update(WorkItem).values(due_at=past, lease_token=None, leased_until=None))
            session.execute(update(SourceState).values(down_until=None))

    def forget_when_it_was_intended(self, bug_id: int) -> None:
        """Let the request for a ticket have been made long ago."""
        with self.bugs.database.writing() as session:
            row = session.get_one(DiscussionRow, bug_id)
            assert row.intended_at is not None
            row.intended_at -= timedelta(seconds=UNCERTAIN_S)

    def forget_when_it_was_recorded(self, bug_id: int) -> None:
        """Let the request that records a decision have been made long ago."""
        with self.bugs.database.writing() as session:
            for row in session.scalars(select(RecordRow).where(RecordRow.bug_id == bug_id)):
                row.changed_at -= timedelta(hours=1)

    def forget_syncs(self) -> None:
        """Let no sync ever have been complete."""
        with self.bugs.database.writing() as session:
            session.execute(update(WorkItem).values(sync_run_id=None))
            session.execute(delete(SyncRun))

    def trip_gate(self) -> None:
        """Close the removal gate."""
        with self.bugs.database.writing() as session:
            trip(lock_gate(session), "too many bugs are gone", database_now(session))

    def ticket(self, ticket_id: int) -> TicketRow:
        """The stored row of a ticket."""
        with self.bugs.database.reading() as session:
            row = session.get_one(TicketRow, ticket_id)
            session.expunge(row)
            return row

    def ticket_ids(self) -> set[int]:
        """The tickets that are stored."""
        with self.bugs.database.reading() as session:
            return set(session.scalars(select(TicketRow.id)))

    def review(self, ticket_id: int) -> Review:
        """What is stored of a ticket's votes."""
        return read_json(self.ticket(ticket_id).review)

    def tally(self, ticket_id: int, tracker: VoteTracker = VoteTracker.BETA_BLOCKER) -> str:
        """The votes on a tracker, as meetings write them."""
        review = self.review(ticket_id).trackers.get(tracker)
        return review.tally if review else ""

    def events(self, ticket_id: int) -> list[tuple[str, str, str]]:
        """Field, old and new value of a ticket's events, in order."""
        with self.bugs.database.reading() as session:
            rows = session.execute(
                select(EventRow.field, EventRow.old, EventRow.new)
                .where(EventRow.object_kind == KeyKind.TICKET, EventRow.object_id == ticket_id)
                .order_by(EventRow.at, EventRow.field)
            )
            return [(field, old, new) for field, old, new in rows]

    def records(self, bug_id: int) -> dict[str, tuple[str, str]]:
        """What became of the decisions about a bug: state and problem by tracker."""
        with self.bugs.database.reading() as session:
            rows = session.scalars(select(RecordRow).where(RecordRow.bug_id == bug_id))
            return {row.vote_tracker: (row.state, row.problem) for row in rows}

    def tickets_at_pagure(self, *, open_only: bool = False) -> list[Ticket]:
        """All tickets as they stand at Pagure, in order."""
        tickets = sorted(self.pagure.state.tickets.all(), key=lambda ticket: ticket.id)
        return [ticket for ticket in tickets if ticket.status == OPEN or not open_only]


@contextmanager
def build_review_world(database_url: str, **settings: Any) -> Iterator[ReviewWorld]:
    """Both sources, the milestone, and a database that has been synced once, so that effects are allowed."""
    with build_world(database_url) as bugs:
        clock = PagureClock()
        state = Pagure(clock=clock)
        for name in PEOPLE:
            state.add_user(name, name.title(), token=TOKEN if name == BOT else "")
        state.add_project(REPO, "dave", users={"commit": [SECRETARY, BOT]}, close_statuses=["Closed"])
        with SimulatedPagure(state) as pagure:
            plain: dict[str, Any] = {
                "bugzilla_url": bugs.bugzilla.url,
                "bugzilla_api_key": Secret(SERVICE_KEY),
                "bugzilla_tries": 1,
                "pagure_url": pagure.url,
                "pagure_api": pagure.api_url,
                "pagure_repo": REPO,
                "pagure_repo_token": Secret(TOKEN),
                "pagure_tries": 1,
                "bodhi_enabled": False,
                "lease_s": 5,
            }
            bugs.settings = bugs.settings.of(**{**plain, **settings})
            pagure.on_message(lambda topic, body: bugs.messages.append(Message(topic=topic, body=body)))
            world = ReviewWorld(bugs, pagure, clock)
            outcomes = world.sync()
            assert [str(outcome.state) for outcome in outcomes] == ["complete", "complete"], outcomes
            yield world
