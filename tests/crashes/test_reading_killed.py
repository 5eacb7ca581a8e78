"""A worker that reads tickets or updates may be killed at any step: the queue alone makes up for it, and nothing is
told twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bbconsumer.db.models import EventRow, TicketRow
from bbconsumer.domain.keys import KeyKind
from bbconsumer.wiring import build_update_source
from tests.crashes.conftest import environment_of, environment_of_review
from tests.crashes.postgres import Databases
from tests.crashes.runs import KILLS, ROUNDS
from tests.crashes.stepping_worker import STEPS_BY_KIND
from tests.crashes.workers import kill_at_every_step
from tests.end_to_end.deployment import Deployment, deployed, eventually
from tests.flow.bodhi import UpdateWorld, build_update_world
from tests.flow.world import World
from tests.review.world import SECRETARY, ReviewWorld, build_review_world

# Each process that is killed has a key of its own in hand.
UPDATES = KILLS * len(STEPS_BY_KIND[KeyKind.UPDATE])
TICKETS = KILLS * len(STEPS_BY_KIND[KeyKind.TICKET])


@pytest.fixture
def updates(databases: Databases) -> Iterator[UpdateWorld]:
    """Bugzilla and Bodhi, on a database of this test's own."""
    with databases.borrowed() as url, build_update_world(url) as world:
        yield world


@pytest.fixture
def reviews(databases: Databases) -> Iterator[ReviewWorld]:
    """Bugzilla and Pagure, of which the service only reads; on a database of this test's own."""
    with databases.borrowed() as url, build_review_world(url) as world:
        yield world


@pytest.mark.parametrize("run", ROUNDS)
def test_what_killed_workers_had_read_of_updates_is_stored_once(updates: UpdateWorld, tmp_path: Path, run: int) -> None:
    bug_id = updates.propose()
    aliases = [updates.submit(bug_id) for _ in range(UPDATES)]
    updates.settle()
    for alias in aliases:
        updates.state.push_to_testing(alias)
        updates.state.comment(alias, "bob", "works", 1)
    updates.bugs.deliver()
    settings = updates.bugs.settings
    with deployed(
        {**environment_of(updates.bugs), "BODHI_ENABLED": "1", "BODHI_URL": settings.bodhi_url}, tmp_path
    ) as d:
        kill_at_every_step(d, updates.bugs.database, KeyKind.UPDATE)
        stored = [update.status for update in updates.of(bug_id)]
        assert stored.count("testing") == KILLS, "all of a batch or nothing"
        _let_the_queue_run_dry(updates.bugs, d)
    assert {update.alias: update for update in updates.of(bug_id)} == build_update_source(settings).fetch_updates(
        aliases
    )
    for alias in aliases:
        assert sorted(updates.events(alias)) == [
            ("created", "", updates.state.update(alias).title),
            ("karma", "0", "1"),
            ("request", "testing", ""),
            ("status", "pending", "testing"),
        ]
    count = _count_events(updates.bugs)
    assert updates.sync_updates().problem == ""
    assert _count_events(updates.bugs) == count


@pytest.mark.parametrize("run", ROUNDS)
def test_what_killed_workers_had_read_of_tickets_is_stored_once(reviews: ReviewWorld, tmp_path: Path, run: int) -> None:
    bug_id = reviews.propose()
    ticket_ids = [reviews.open_ticket(f"[{bug_id}] Number {number}") for number in range(TICKETS)]
    reviews.settle()
    for ticket_id in ticket_ids:
        reviews.say(ticket_id, "BetaBlocker +1", "alice")
        reviews.say(ticket_id, "AGREED AcceptedBetaBlocker", SECRETARY)
    reviews.deliver()
    environment = {**environment_of_review(reviews), "PAGURE_BOT_ENABLED": "0", "DECISIONS_WRITE_BACK": "0"}
    with deployed(environment, tmp_path) as deployment:
        kill_at_every_step(deployment, reviews.bugs.database, KeyKind.TICKET)
        with reviews.bugs.database.reading() as session:
            stored = list(session.scalars(select(TicketRow.comments)))
        assert sum(map(bool, stored)) == KILLS, "all of a batch or nothing"
        _let_the_queue_run_dry(reviews.bugs, deployment)
    for number, ticket_id in enumerate(ticket_ids):
        assert reviews.tally(ticket_id) == "BetaBlocker (+1, 0, -0) (+alice)"
        assert sorted(reviews.events(ticket_id)) == [
            ("created", "", f"[{bug_id}] Number {number}"),
            ("decision/BetaBlocker", "", "accepted"),
            ("vote/BetaBlocker/alice", "", "+1"),
        ]
    count = _count_events(reviews.bugs)
    assert reviews.sync_tickets().problem == ""
    assert _count_events(reviews.bugs) == count


def _let_the_queue_run_dry(world: World, deployment: Deployment) -> None:
    """By one worker, without a message or a sync."""
    assert world.queue()
    deployment.start("work")
    eventually(lambda: not world.queue())


def _count_events(world: World) -> int:
    with world.database.reading() as session:
        return session.scalars(select(func.count()).select_from(EventRow)).one()
