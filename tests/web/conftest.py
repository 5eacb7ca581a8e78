"""A stored world, and a reader who looks at it through the web."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import make_url

from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from tests.services.schema import make_schema
from tests.web.client import Client
from tests.web.reading import Reader
from tests.web.world import NOW, World
from web.app import create_app


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database on SQLite; on each kind of server for tests that are marked `on_both`.

    One kind is enough for most: test_both_databases shows that they lead to the same pages.
    """
    url: str = request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database with the schema."""
    database = Database(make_url(database_url))
    make_schema(database)
    yield database
    database.dispose()


@pytest.fixture
def world(database: Database) -> World:
    """Fills the database."""
    return World(database)


@pytest.fixture
def reader(database: Database) -> Reader:
    """Reads the pages at the time NOW. Without its lifespan the application keeps nothing: each page is made anew."""
    app = create_app(Settings.of(), database, clock=lambda: NOW)
    return Reader(Client(app, follow_redirects=False, raise_server_exceptions=False))
