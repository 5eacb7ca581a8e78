"""How far votes can be trusted is told apart from how far bugs can; and nothing is told where Pagure is left alone."""

from __future__ import annotations

import pytest

from bbconsumer.config import Settings
from bbconsumer.db.models import SourceState
from bbconsumer.db.session import Database
from tests.web.client import Client
from tests.web.reading import BETA, PREFIX, Page, Reader
from tests.web.world import NOW, World, ago, comments
from web.app import create_app


@pytest.fixture(autouse=True)
def _milestone(world: World) -> None:
    """Every test is about the Beta of Fedora 45, and sources that are well."""
    world.milestone()
    world.synced()


FRESHNESS = [
    ("DELETE FROM sync_run WHERE source = 'pagure'", "No votes yet. No sync of the review tickets has been complete"),
    (
        "UPDATE source_state SET failures = 3, last_error = 'HTTP 502' WHERE name = 'pagure'",
        "Pagure cannot be read. Bugs are not concerned, but votes and decisions may have changed; the last 3 tries "
        "failed: HTTP 502 (it last answered 3 min ago)",
    ),
]


@pytest.mark.parametrize(("statement", "told"), FRESHNESS)
def test_what_is_wrong_with_pagure_is_told_of_votes_only(
    world: World, reader: Reader, statement: str, told: str
) -> None:
    world.nominated(7)
    assert reader.page(BETA).warnings == reader.page("/bug/7").warnings == ""
    with world.database.writing() as session:
        session.connection().exec_driver_sql(statement)
    for path in (BETA, "/bug/7"):
        assert told in reader.page(path).warnings
    assert "Checked 3 min ago by the last complete sync." in reader.page(BETA).text


def test_stale_votes_and_an_incomplete_sync_of_tickets_are_told(world: World, reader: Reader) -> None:
    with world.database.writing() as session:
        session.connection().exec_driver_sql("DELETE FROM sync_run WHERE source = 'pagure'")
    world.nominated(7)
    world.tickets_synced(at=ago(hours=3))
    world.tickets_synced("incomplete", problem="out of time\nSECRET", at=ago(hours=1))
    for path in (BETA, "/bug/7"):
        warnings = reader.page(path).warnings
        assert "Stale votes." in warnings
        assert "(last complete sync of the review tickets 3 h ago)" in warnings
        assert "The last sync of the review tickets was incomplete." in warnings
        assert "may have changed: out of time (begun 1 h ago)" in warnings
        assert "SECRET" not in warnings
        assert "Stale data" not in warnings


def test_where_pagure_is_left_alone_no_page_tells_of_it(world: World, database: Database) -> None:
    world.nominated(7)
    world.ticket(3, 7, comments(("alice", "BetaBlocker +1"), ("chair", "AGREED AcceptedBetaBlocker")))
    world.tickets_synced("incomplete", problem="out of time")
    world.source("pagure", failures=4, last_error="HTTP 502")
    world.add(SourceState(name="bus-pagure", last_success_at=NOW))
    app = create_app(Settings.of(pagure_enabled=False), database, clock=lambda: NOW)
    client = Client(app)
    for path in (BETA, "/bug/7", "/status"):
        html = client.get(PREFIX + path).text
        told = [word for word in ("agure", "icket", "votes", "Review", "alice") if word in Page(html).text]
        assert told == [], path
    assert Page(client.get(PREFIX + BETA).text).warnings == ""
