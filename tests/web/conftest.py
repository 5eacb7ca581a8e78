"""A stored world, and a reader who looks at it through the web."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import make_url
from starlette.testclient import TestClient

from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from tests.services.schema import make_schema
from tests.web.reading import Reader
from tests.web.world import NOW, World
from web.app import create_app


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database with the schema, on each kind of server."""
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
    return Reader(TestClient(app, follow_redirects=False, raise_server_exceptions=False))
