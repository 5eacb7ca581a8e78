"""Databases with our schema, copied from one that was migrated once."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import make_url

from bbconsumer.db import schema
from bbconsumer.db.session import Database
from tests.services.postgres import PostgreSQL


class Databases:
    """Hands out databases of a server."""

    def __init__(self, server: PostgreSQL) -> None:
        self.server = server
        self._template = server.create_database()
        database = Database(make_url(self._template))
        schema.upgrade(database)
        # A database that somebody uses cannot be copied.
        database.dispose()

    @contextmanager
    def borrowed(self) -> Iterator[str]:
        """The URL of a database that is gone afterwards."""
        url = self.server.create_database(template=self._template)
        try:
            yield url
        finally:
            self.server.start()
            self.server.drop_database(url)
