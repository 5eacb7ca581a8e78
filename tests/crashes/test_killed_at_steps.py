"""Consumer, sync and web are killed at one step after the other, in the long form at each that there is.

See `mortal.py` for what a step is. Whoever comes next completes the work, once.
"""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from bbconsumer.commands import new_form_id
from bbconsumer.config import Settings
from tests.crashes.mortal import arm
from tests.crashes.postgres import Databases
from tests.crashes.runs import LEASE_S, chance_of
from tests.crashes.site import Site
from tests.crashes.syncs import let_time_pass, sync_runs
from tests.crashes.truth import assert_all_is_stored, stored_rows, true_rows
from tests.end_to_end.deployment import Deployment, deployed, environment_of, eventually
from tests.flow.world import World
from tests.long import IS_LONG
from tests.proposals.world import DONE, ProposalWorld, build_proposal_world
from tests.services.server import find_free_port
from tests.web.signed_in import settings_with_sign_in
from web.sessions import Sessions


@dataclass(frozen=True)
class Steps:
    """At which steps to kill: every so many from the first on, until whoever asks ends that; in the short form one of
    `count`, which is a little less than there are."""

    count: int
    first: int
    distance: int

    def __iter__(self) -> Iterator[int]:
        if IS_LONG:
            return itertools.count(self.first, self.distance)
        return iter([chance_of(self.count).randint(1, self.count)])


def at_steps(count: int, *, parts: int) -> pytest.MarkDecorator:
    """Run a test with all steps, in so many parts in the long form: each must end within pytest's time for a test."""
    firsts = range(1, (parts if IS_LONG else 1) + 1)
    return pytest.mark.parametrize("steps", [pytest.param(Steps(count, n, parts), id=f"from-{n}") for n in firsts])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """In which a process finds its last step."""
    return tmp_path / "last-step"


@at_steps(20, parts=4)
def test_what_a_killed_consumer_and_its_worker_had_in_hand_is_done_by_the_next(
    site: Site, databases: Databases, file: Path, steps: Steps
) -> None:
    (bug_id,) = site.world.propose()
    assert_all_is_stored_by_somebody(site, databases)
    survived = 0
    for step in steps:
        site.end_consumer()
        consumer = site.start_consumer(program=["tests.crashes.mortal", str(file), "bbconsumer.cli"])
        eventually(lambda: site.consumer_count() == 1)
        # Of all that is done while nothing is to be done nothing marks a bug.
        arm(file, step, "INSERT INTO work_item")
        site.world.edit(bug_id, summary=f"Step {step}")
        site.publisher.flush()
        consumer.wait(60)
        assert not file.exists(), site.output_of(consumer)
        # The broker notices that a connection is gone a moment later.
        eventually(lambda: site.consumer_count() == 0)
        is_done = site.is_idle() and site.world.bug(bug_id).summary == f"Step {step}"
        survived = survived + 1 if is_done else 0
        assert_all_is_stored_by_somebody(site, databases)
        # From then on it is killed while it has nothing to do.
        if survived == 2:
            break
    print(f"figure: consumer and worker were killed at steps up to {step}")


def assert_all_is_stored_by_somebody(site: Site, databases: Databases) -> None:
    site.running_consumer()
    assert_all_is_stored(site, databases)


@at_steps(60, parts=12)
def test_what_a_killed_sync_began_is_completed_by_the_next(
    world: World, deployment: Deployment, databases: Databases, file: Path, steps: Steps
) -> None:
    deployment.environment = {**deployment.environment, "BUGZILLA_BATCH_SIZE": "2"}
    bug_ids = world.propose(3)
    for step in steps:
        for bug_id in bug_ids:
            world.edit(bug_id, summary=f"Step {step}", whiteboard=f"AcceptedBlocker {step}")
        truth = true_rows(world, databases)
        arm(file, step)
        program = ["tests.crashes.mortal", str(file), "bbconsumer.cli"]
        code = deployment.start("sync", program=program).wait(60)
        if IS_LONG and code == 0 and file.exists():
            break
        assert not file.exists(), deployment.output()
        let_time_pass(world)
        done = deployment.run("sync")
        assert done.returncode == 0, done.stdout + done.stderr
        assert (stored_rows(world.database), world.queue()) == (truth, [])
        assert sync_runs(world)[-1].state == "complete"
    print(f"figure: a sync was killed at steps up to {step}")


@pytest.fixture
def proposals(databases: Databases) -> Iterator[ProposalWorld]:
    """A world in which people propose, on a database of this test's own."""
    with databases.borrowed() as url, build_proposal_world(url, lease_s=LEASE_S) as world:
        yield world


@pytest.fixture
def web(proposals: ProposalWorld, tmp_path: Path) -> Iterator[Web]:
    """The web in front of it, with a worker."""
    bugs, port = proposals.bugs, find_free_port()
    settings = settings_with_sign_in(
        blockerbugs_url=f"http://127.0.0.1:{port}/blockerbugs",
        bugzilla_url=bugs.bugzilla.url,
        bugzilla_api_key=bugs.settings.bugzilla_api_key,
        bugzilla_tries=1,
        proposals_enabled=True,
    )
    database_url = bugs.database.engine.url.render_as_string(hide_password=False)
    with deployed(environment_of(settings, database_url), tmp_path) as deployment:
        deployment.start("work")
        yield Web(settings, deployment, port)


@at_steps(20, parts=4)
def test_what_a_killed_web_was_told_to_propose_is_proposed_once(
    proposals: ProposalWorld, web: Web, file: Path, steps: Steps
) -> None:
    for step in steps:
        bug_id = proposals.bugs.create()
        form = form_about(bug_id)
        mortal = web.start("tests.crashes.mortal", str(file))
        arm(file, step)
        is_answered = web.send(form) is not None
        if is_answered:
            mortal.kill()
        mortal.wait(60)
        assert is_answered or not file.exists(), web.deployment.output()
        # Whether the request was made, and will still be carried out, nobody knows before it must be through.
        proposals.let_requests_be_old()
        living = web.start()
        again = web.send(form)
        assert again is not None
        assert again.status_code == 303, again.text
        assert_is_proposed_once(proposals, bug_id)
        living.terminate()
        living.wait(60)
        if is_answered:
            assert IS_LONG, "there are fewer steps than was thought"
            break
    print(f"figure: the web was killed at steps up to {step}")


@dataclass(frozen=True)
class Web:
    """Processes of the web, one after the other, and alice's browser."""

    settings: Settings
    deployment: Deployment
    port: int

    def start(self, *program: str) -> subprocess.Popen[bytes]:
        """A process that answers already."""
        process = self.deployment.launch_web(self.port, program=program)
        url = f"http://127.0.0.1:{self.port}/healthz/ready"
        eventually(lambda: requests.get(url, timeout=5).status_code == 200)
        return process

    def send(self, form: Mapping[str, str]) -> requests.Response | None:
        """The answer to a form; None: the process ended before it."""
        sessions = Sessions(self.settings, lambda: datetime.now(UTC))
        try:
            return requests.post(
                f"{self.settings.blockerbugs_url}/propose_bug",
                data=form,
                cookies={sessions.cookie.name: sessions.seal("alice", [])},
                headers={"Origin": self.settings.origin},
                allow_redirects=False,
                timeout=60,
            )
        except requests.ConnectionError:
            return None


def form_about(bug_id: int) -> dict[str, str]:
    """What a browser sends when a person has filled in the form and presses the last button."""
    text = {"criterion": "Must boot", "justification": "It does not boot.", "account": ""}
    chosen = {"id": new_form_id(), "bug": str(bug_id), "milestone": "45-beta", "kinds": "blocker"}
    return {**chosen, **text, "action": "send"}


def assert_is_proposed_once(proposals: ProposalWorld, bug_id: int) -> None:
    """It is so in Bugzilla, in what is kept of the form, and on the list."""
    assert len(proposals.said(bug_id)) == 1
    assert proposals.blocks(bug_id) == {proposals.bugs.blocker}
    assert [kept.state for kept in proposals.kept() if kept.bug_id == bug_id] == [DONE]
    eventually(lambda: proposals.bugs.states().get(bug_id) == "proposed")
