"""Where the addresses lead that people and other sites remember."""

from __future__ import annotations

import pytest

from bbconsumer.db.session import Database
from tests.web.client import Client
from tests.web.reading import Reader
from tests.web.signed_in import settings_with_sign_in
from tests.web.world import World
from web.app import create_app


@pytest.mark.parametrize("path", ["/", "/current"])
def test_the_start_leads_to_the_current_milestone_else_to_the_first_active_one(
    world: World, reader: Reader, path: str
) -> None:
    world.milestone("44", "final", trackers={}, is_active=False)
    world.milestone("100", "beta", trackers={})
    world.milestone("45", "final", trackers={})
    assert reader.redirect(path) == "/blockerbugs/milestone/45/final"
    world.milestone("46", "beta", trackers={}, is_current=True)
    assert reader.redirect(path) == "/blockerbugs/milestone/46/beta"


def test_without_a_milestone_the_start_says_what_to_do_and_current_is_not_there(world: World, reader: Reader) -> None:
    assert "bbconsumer add_milestone 45 beta --current" in reader.page("/").text
    assert "bbconsumer add_milestone 45 beta --current" in reader.page("/current", status=404).text
    world.milestone(is_active=False)
    assert "No active milestone" in reader.page("/").text


def test_outside_of_the_prefix_are_only_health_and_the_way_in(reader: Reader) -> None:
    assert reader.client.get("/").headers["location"] == "/blockerbugs/"
    assert reader.client.get("/blockerbugs").headers["location"].endswith("/blockerbugs/")
    assert [reader.client.get(path).status_code for path in ("/status", "/static/site.css", "/bug/1")] == [404] * 3
    assert reader.client.get("/blockerbugs/healthz/live").status_code == 404


def test_without_a_milestone_administrators_are_led_to_where_they_add_one(database: Database) -> None:
    page = Reader(Client(create_app(settings_with_sign_in(), database))).page("/")
    assert "/blockerbugs/admin/add_milestone" in page.links()
    assert "on the command line, for example" in page.text
