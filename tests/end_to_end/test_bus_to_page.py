"""The main job on real parts: an edit in Bugzilla is on the page, by a message or by the next sync."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import requests

from bbconsumer.simulator.amqp import AmqpPublisher
from bbconsumer.simulator.cast import SERVICE_KEY
from bbconsumer.simulator.scenario import Scenario, build_release
from bbconsumer.simulator.server import SimulatedBugzilla
from tests.end_to_end.deployment import Deployment, deployed, eventually
from tests.services.rabbitmq import RabbitMQ

PREFIX = "/blockerbugs"


@pytest.fixture
def scenario() -> Scenario:
    """A release in the middle of its Beta freeze."""
    return build_release(7, unrelated=50)


@pytest.fixture
def bugzilla(scenario: Scenario) -> Iterator[SimulatedBugzilla]:
    """Its Bugzilla, over HTTP."""
    with SimulatedBugzilla(scenario.state) as bugzilla:
        yield bugzilla


@pytest.fixture
def deployment(postgresql_url: str, bugzilla: SimulatedBugzilla, tmp_path: Path) -> Iterator[Deployment]:
    """The service on PostgreSQL, its milestones known and synced once; no process runs yet."""
    environment = {
        "DATABASE_URL": postgresql_url,
        "BUGZILLA_URL": bugzilla.url,
        "PAGURE_ENABLED": "0",
        "BODHI_ENABLED": "0",
        "BLOCKERBUGS_URL": f"http://127.0.0.1{PREFIX}",
        "BUGZILLA_API_KEY": SERVICE_KEY,
    }
    with deployed(environment, tmp_path) as deployment:
        for arguments in (["upgrade_db"], ["add_milestone", "45", "beta", "--current"], ["sync"]):
            done = deployment.run(*arguments)
            assert done.returncode == 0, done.stderr
        yield deployment


def _put(bugzilla: SimulatedBugzilla, bug_id: int, **changes: object) -> None:
    """Edit a bug as a person's program would, over REST."""
    answer = requests.put(
        f"{bugzilla.url}/rest/bug/{bug_id}", params={"Bugzilla_api_key": SERVICE_KEY}, json=changes, timeout=10
    )
    answer.raise_for_status()


def test_an_edit_reaches_the_page_through_broker_consumer_and_database(
    deployment: Deployment, bugzilla: SimulatedBugzilla, scenario: Scenario, rabbitmq: RabbitMQ
) -> None:
    web = deployment.start_web()
    deployment.start_consumer(rabbitmq.url, queue := f"bbconsumer-{uuid4()}")
    bug_id = scenario.unrelated_ids[3]
    assert requests.get(f"{web}{PREFIX}/bug/{bug_id}", timeout=10).status_code == 404
    eventually(lambda: rabbitmq.has_queue(queue))
    with AmqpPublisher(rabbitmq.url) as publisher:
        bugzilla.on_message(publisher.publish)
        _put(bugzilla, bug_id, blocks={"add": ["F45BetaBlocker"]}, summary="The installer eats the disk")
        buglist = f"{web}{PREFIX}/milestone/45/beta/buglist"
        eventually(lambda: "The installer eats the disk" in requests.get(buglist, timeout=10).text)
        _put(bugzilla, bug_id, whiteboard="AcceptedBlocker")
        page = f"{web}{PREFIX}/bug/{bug_id}"
        eventually(lambda: "has AcceptedBlocker" in requests.get(page, timeout=10).text)
    eventually(lambda: rabbitmq.queue_depth(queue) == 0)


def test_with_the_bus_off_one_sync_gives_the_same_current_state(
    deployment: Deployment, bugzilla: SimulatedBugzilla, scenario: Scenario
) -> None:
    web = deployment.start_web()
    bug_id = scenario.unrelated_ids[3]
    _put(bugzilla, bug_id, blocks={"add": ["F45BetaBlocker"]}, summary="The installer eats the disk")
    _put(bugzilla, bug_id, whiteboard="AcceptedBlocker")
    assert requests.get(f"{web}{PREFIX}/bug/{bug_id}", timeout=10).status_code == 404
    done = deployment.run("sync")
    assert done.returncode == 0, done.stderr
    assert "has AcceptedBlocker" in requests.get(f"{web}{PREFIX}/bug/{bug_id}", timeout=10).text
