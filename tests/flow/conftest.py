"""A service whose Bugzilla is simulated and whose database is real."""

from collections.abc import Iterator

import pytest

from tests.flow.world import World, build_world


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """A Beta milestone with its two trackers and no bugs, on each database in turn."""
    with build_world(database_url) as world:
        yield world


@pytest.fixture
def postgresql_world(postgresql_url: str) -> Iterator[World]:
    """The same on PostgreSQL only: for what is about two connections at once."""
    with build_world(postgresql_url) as world:
        yield world


@pytest.fixture
def sqlite_world(sqlite_url: str) -> Iterator[World]:
    """The same on SQLite only: for what does not depend on the database, as most of the command line."""
    with build_world(sqlite_url) as world:
        yield world
