"""Several processes may be sent the same form, or forms about the same bug, at the same moment: one is written."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bbconsumer import commands
from bbconsumer.commands import CommandRefused, ProposalForm
from bbconsumer.db.session import Database
from tests.proposals.world import DONE, SENDING, ProposalWorld, build_proposal_world

MANY = 6


@pytest.fixture
def world(database_url: str) -> Iterator[ProposalWorld]:
    """On each database in turn."""
    with build_proposal_world(database_url) as world:
        yield world


def _propose_at_once(world: ProposalWorld, forms: list[ProposalForm]) -> list[str]:
    """Send forms, each as from a process of its own; gives what came of each."""
    outcomes: list[str] = []
    ready = threading.Barrier(len(forms))

    def send(form: ProposalForm) -> None:
        database = Database(world.bugs.database.engine.url)
        ready.wait()
        try:
            outcomes.append(commands.propose(database, world.source(), world.bugs.settings, form).state)
        except CommandRefused as refusal:
            outcomes.append(str(refusal))
        finally:
            database.dispose()

    threads = [threading.Thread(target=send, args=[form]) for form in forms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_a_form_that_is_sent_many_times_at_once_is_written_once(world: ProposalWorld) -> None:
    bug_id = world.bugs.create()
    world.bugs.bugzilla.switches.update({"paths": "PUT", "slow_s": 0.5})
    outcomes = _propose_at_once(world, [world.form(bug_id)] * MANY)
    assert set(outcomes) <= {DONE, SENDING}
    assert DONE in outcomes
    assert len(world.said(bug_id)) == world.bugs.bugzilla.requests.count("update") == 1


def test_of_many_people_who_propose_the_same_bug_at_once_one_does(world: ProposalWorld) -> None:
    bug_id = world.bugs.create()
    world.bugs.bugzilla.switches.update({"paths": "PUT", "slow_s": 0.5})
    forms = [replace(world.form(bug_id), person=f"person{number}") for number in range(MANY)]
    outcomes = _propose_at_once(world, forms)
    assert outcomes.count(DONE) == 1
    refused = [outcome for outcome in outcomes if outcome != DONE]
    assert all("Somebody is just proposing" in outcome or "already" in outcome for outcome in refused), refused
    assert len(world.said(bug_id)) == world.bugs.bugzilla.requests.count("update") == 1
