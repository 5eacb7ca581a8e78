"""A worker may be killed at any step: its keys are worked on by another as soon as their lease has lapsed."""

import os
import signal
import time

import pytest

from bbconsumer.domain.keys import KeyKind
from tests.crashes.people import People
from tests.crashes.postgres import Databases
from tests.crashes.runs import LEASE_S, RUNS, chance_of
from tests.crashes.stepping_worker import STEPS_BY_KIND
from tests.crashes.truth import stored_rows, true_rows
from tests.crashes.workers import stepping_workers
from tests.end_to_end.deployment import Deployment, eventually
from tests.flow.world import World

# A process starts, finds the lapsed lease within a second, and stores.
START_S = 60


@pytest.mark.parametrize("step", STEPS_BY_KIND[KeyKind.BUG])
def test_whatever_a_killed_worker_had_in_hand_is_stored_once_by_another(
    world: World, deployment: Deployment, databases: Databases, step: str
) -> None:
    chance = chance_of(step)
    people = People(world, chance)
    while len(people.bug_ids) < 5 * len(RUNS):
        people.edit()
    world.deliver()
    truth, waiting = true_rows(world, databases), len(world.queue())
    with stepping_workers(deployment, KeyKind.BUG, step, len(RUNS), batch_size=chance.randrange(1, 4)) as workers:
        for _ in RUNS:
            os.kill(workers.wait_for_one(), signal.SIGKILL)
    # A bug that nobody proposed leaves no rows: only what left the queue tells that a batch was stored.
    is_stored = step == "after commit"
    assert (len(world.queue()) < waiting) == is_stored, "all of a batch or nothing"
    assert is_stored or not stored_rows(world.database)
    killed_at = time.monotonic()
    assert world.queue()
    deployment.start("work")
    eventually(lambda: not world.queue(), LEASE_S + START_S)
    assert time.monotonic() - killed_at < LEASE_S + START_S
    assert stored_rows(world.database) == truth


def test_a_worker_that_lost_its_lease_while_it_was_frozen_stores_nothing(
    world: World, deployment: Deployment, databases: Databases
) -> None:
    (bug_id,) = world.propose(1)
    world.deliver()
    with stepping_workers(deployment, KeyKind.BUG, "after fetch", 1, batch_size=10) as workers:
        pid = workers.wait_for_one()
        os.kill(pid, signal.SIGSTOP)
        other = deployment.start("work")
        eventually(lambda: not world.queue(), LEASE_S + START_S)
        world.edit(bug_id, whiteboard="AcceptedBlocker", status="ASSIGNED")
        world.deliver()
        eventually(lambda: world.bug(bug_id).status == "ASSIGNED")
        other.terminate()
        other.wait()
        # The key is there again, and in nobody's hands, when the frozen one comes back with what it knew.
        world.edit(bug_id, status="POST")
        world.deliver()
        newest = stored_rows(world.database)
        os.kill(pid, signal.SIGCONT)
        workers.go_on()
        workers.wait_for_all()
        assert "given to another worker" in deployment.output()
        assert stored_rows(world.database) == newest
    deployment.start("work")
    eventually(lambda: not world.queue(), LEASE_S + START_S)
    assert stored_rows(world.database) == true_rows(world, databases)
