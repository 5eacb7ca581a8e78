"""A sync may be killed at any moment: as soon as it counts as dead, the next one completes its work."""

import signal
import subprocess

import pytest

from tests.crashes.people import People
from tests.crashes.postgres import Databases
from tests.crashes.runs import RUNS, chance_of
from tests.crashes.syncs import let_time_pass, sync_runs
from tests.crashes.truth import stored_rows, true_rows
from tests.end_to_end.deployment import Deployment, eventually
from tests.flow.world import World

BUGS = 12


@pytest.fixture
def deployment(deployment: Deployment) -> Deployment:
    """Processes that ask for two bugs at a time."""
    deployment.environment = {**deployment.environment, "BUGZILLA_BATCH_SIZE": "2"}
    return deployment


@pytest.mark.parametrize("run", RUNS)
def test_after_a_killed_sync_the_next_one_completes_when_that_is_known_to_be_dead(
    world: World, deployment: Deployment, databases: Databases, run: int
) -> None:
    chance = chance_of(run)
    people = People(world, chance)
    while len(people.bug_ids) < BUGS:
        people.edit()
    truth = true_rows(world, databases)
    killed = started_sync(world, deployment, left=chance.randrange(2, BUGS // 2))
    killed.kill()
    killed.wait()
    refused = deployment.run("sync")
    assert (refused.returncode, "another sync of bugzilla is running since" in refused.stderr) == (1, True)
    let_time_pass(world)
    done = deployment.run("sync")
    assert done.returncode == 0, done.stdout + done.stderr
    assert stored_rows(world.database) == truth
    assert world.queue() == []
    assert [(run.state, run.problem) for run in sync_runs(world)] == [("aborted", "its process died"), ("complete", "")]


def test_a_sync_that_lives_is_not_disturbed(world: World, deployment: Deployment) -> None:
    world.propose(BUGS)
    living = started_sync(world, deployment, left=BUGS)
    living.send_signal(signal.SIGSTOP)
    second = deployment.run("sync")
    living.send_signal(signal.SIGCONT)
    assert second.returncode == 1
    assert "another sync of bugzilla is running since" in second.stderr
    world.bugzilla.switches.reset()
    assert living.wait(60) == 0
    assert [run.state for run in sync_runs(world)] == ["complete"]


def started_sync(world: World, deployment: Deployment, *, left: int) -> subprocess.Popen[bytes]:
    """A sync that has so many of its bugs, or fewer, still to do."""
    # Slow enough that no busy machine overlooks the moment.
    world.bugzilla.switches.slow_s = 0.5
    sync = deployment.start("sync")
    eventually(lambda: sync_runs(world) and 0 < sum(1 for item in world.queue() if item.sync_run_id) <= left)
    return sync
