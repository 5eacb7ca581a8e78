"""A migrated template, worlds and sites; those of a module are shared by its tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crashes.postgres import Databases
from tests.crashes.runs import LEASE_S
from tests.crashes.site import Site, open_site
from tests.end_to_end.deployment import Deployment, deployed
from tests.flow.world import World, build_world
from tests.review.world import ReviewWorld, build_review_world
from tests.services.postgres import PostgreSQL
from tests.services.rabbitmq import RabbitMQ

# Removals are not what these tests are about.
SETTINGS = {"lease_s": LEASE_S, "removals_max": 1_000_000}


@pytest.fixture(scope="session")
def databases(postgres: PostgreSQL) -> Databases:
    """Empty databases with our schema."""
    return Databases(postgres)


@pytest.fixture
def world(databases: Databases) -> Iterator[World]:
    """A Beta milestone without bugs on a database of this test's own."""
    with databases.borrowed() as url, build_world(url, **SETTINGS) as world:
        yield world


@pytest.fixture
def deployment(world: World, tmp_path: Path) -> Iterator[Deployment]:
    """The world's service as processes."""
    with deployed(environment_of(world), tmp_path) as deployment:
        yield deployment


@pytest.fixture
def review(databases: Databases) -> Iterator[ReviewWorld]:
    """Such a world with a review project, in which the service writes; on a database of this test's own."""
    writing = {"pagure_bot_enabled": True, "decisions_write_back": True, "tickets_opened_max": 1_000}
    with databases.borrowed() as url, build_review_world(url, **SETTINGS, **writing) as review:
        yield review


@pytest.fixture
def review_deployment(review: ReviewWorld, tmp_path: Path) -> Iterator[Deployment]:
    """The review world's service as processes."""
    with deployed(environment_of_review(review), tmp_path) as deployment:
        yield deployment


@pytest.fixture(scope="module")
def site(databases: Databases, rabbitmq: RabbitMQ, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The service with a broker, for all tests of a module: a consumer that runs is used again."""
    with databases.borrowed() as url, build_world(url, **SETTINGS) as world:
        folder = tmp_path_factory.mktemp("site")
        with deployed(environment_of(world), folder) as deployment, open_site(world, rabbitmq, deployment) as site:
            yield site


def environment_of_review(review: ReviewWorld) -> dict[str, str]:
    """The same with Pagure, and with everything that lets the service write."""
    settings = review.bugs.settings
    return {
        **environment_of(review.bugs),
        "BUGZILLA_API_KEY": settings.bugzilla_api_key.reveal(),
        "PAGURE_ENABLED": "1",
        "PAGURE_URL": settings.pagure_url,
        "PAGURE_API": settings.pagure_api,
        "PAGURE_REPO": settings.pagure_repo,
        "PAGURE_REPO_TOKEN": settings.pagure_repo_token.reveal(),
        "PAGURE_TRIES": "1",
        "PAGURE_BOT_ENABLED": "1",
        "DECISIONS_WRITE_BACK": "1",
        "TICKETS_OPENED_MAX": str(settings.tickets_opened_max),
    }


def environment_of(world: World) -> dict[str, str]:
    """The settings of a world as its processes find them."""
    settings = world.settings
    return {
        "DATABASE_URL": world.database.engine.url.render_as_string(hide_password=False),
        "BUGZILLA_URL": world.bugzilla.url,
        "PAGURE_ENABLED": "0",
        "BODHI_ENABLED": "0",
        "BUGZILLA_TRIES": "1",
        "LEASE_S": str(settings.lease_s),
        "REMOVALS_MAX": str(settings.removals_max),
    }
