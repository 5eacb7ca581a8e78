"""What an operator may do to tickets from the command line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bbconsumer.simulator.cast import SERVICE_KEY
from bbconsumer.simulator.pagure_records import CLOSED, OPEN
from tests.end_to_end.deployment import Deployment, deployed
from tests.review.world import REPO, TOKEN, ReviewWorld, build_review_world


@pytest.fixture
def world(sqlite_url: str) -> Iterator[ReviewWorld]:
    """A world that may write tickets; what is asked on the command line is the same on both databases."""
    with build_review_world(sqlite_url, pagure_bot_enabled=True) as world:
        yield world


@pytest.fixture
def command_line(world: ReviewWorld, sqlite_url: str, tmp_path: Path) -> Iterator[Deployment]:
    environment = {
        "DATABASE_URL": sqlite_url,
        "BUGZILLA_URL": world.bugs.bugzilla.url,
        "BUGZILLA_API_KEY": SERVICE_KEY,
        "BODHI_ENABLED": "0",
        "PAGURE_URL": world.pagure.url,
        "PAGURE_API": world.pagure.api_url,
        "PAGURE_REPO": REPO,
        "PAGURE_REPO_TOKEN": TOKEN,
        "PAGURE_BOT_ENABLED": "1",
    }
    with deployed(environment, tmp_path) as deployment:
        yield deployment


def test_a_sync_reads_bugs_and_tickets_and_says_so(world: ReviewWorld, command_line: Deployment) -> None:
    bug_id = world.propose()
    ticket_id = world.open_ticket(f"[{bug_id}] It crashes")
    done = command_line.run("sync")
    assert done.returncode == 0, done.stderr
    bugs, tickets = done.stdout.splitlines()
    assert bugs.startswith("sync complete: 1 of 1 bugs in ")
    assert tickets.startswith("sync complete: 2 of 2 tickets in ")
    assert world.ticket_ids() == {ticket_id}


def test_a_sync_fails_with_a_sentence_when_pagure_is_away(world: ReviewWorld, command_line: Deployment) -> None:
    world.pagure.switches.update({"fail": {"kind": "status", "status": 403}})
    done = command_line.run("sync")
    assert done.returncode == 1
    assert "sync complete: 0 of 0 bugs" in done.stdout
    assert "our token is refused" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_discussion_can_be_made_anew(world: ReviewWorld, command_line: Deployment) -> None:
    bug_id = world.propose()
    world.settle()
    (old,) = world.tickets_at_pagure()
    done = command_line.run("recreate_discussion", str(bug_id))
    assert done.returncode == 0, done.stderr
    world.settle()
    world.sync()
    old_now, new = world.tickets_at_pagure()
    assert done.stdout == f"Opened ticket {new.id} for bug {bug_id}.\n"
    assert (old_now.id, old_now.status, new.status) == (old.id, CLOSED, OPEN)


def test_a_discussion_of_nothing_is_refused(world: ReviewWorld, command_line: Deployment) -> None:
    done = command_line.run("recreate_discussion", "77")
    assert done.returncode == 1
    assert done.stderr == "Error: nothing is undecided about bug 77, as far as the last sync knows\n"
    assert world.tickets_at_pagure() == []


def test_tickets_without_anything_to_decide_can_be_closed(world: ReviewWorld, command_line: Deployment) -> None:
    bug_id, other_id = world.propose(), world.propose()
    world.settle()
    world.bugs.edit(bug_id, whiteboard="AcceptedBlocker")
    world.bugs.messages.clear()
    world.bugs.sync()
    done = command_line.run("close_inactive_discussions")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Looked at the tickets of 2 bugs.\n"
    statuses = {ticket.title.split("]")[0][1:]: ticket.status for ticket in world.tickets_at_pagure()}
    assert statuses == {str(bug_id): CLOSED, str(other_id): OPEN}


@pytest.mark.parametrize("command", [("recreate_discussion", "5"), ("close_inactive_discussions",)])
def test_both_are_refused_where_the_service_may_not_write(command_line: Deployment, command: tuple[str, ...]) -> None:
    command_line.environment = {**command_line.environment, "PAGURE_BOT_ENABLED": "0"}
    done = command_line.run(*command)
    assert done.returncode == 1
    assert "PAGURE_BOT_ENABLED is off" in done.stderr
