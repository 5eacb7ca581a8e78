"""What a milestone's page tells about it: trackers, dates, and how decisions about it are made here."""

from __future__ import annotations

import pytest

from bbconsumer.config import Settings, openshift_config
from bbconsumer.db.session import Database
from tests.web.client import Client
from tests.web.reading import OVERVIEW, Page, Reader, text_of
from tests.web.world import NOW, World
from web.app import create_app

INFO = f"{OVERVIEW}/info"
BY_HAND = "The secretary of the meeting writes it there: this service writes nothing into Bugzilla"
BY_SERVICE = "This service writes there what was agreed in a ticket; the secretary of the meeting writes the rest."


def opened(database: Database, settings: Settings) -> Page:
    client = Client(create_app(settings, database, clock=lambda: NOW), follow_redirects=False)
    return Reader(client, settings.path_prefix).page(INFO)


@pytest.mark.parametrize(
    ("switches", "is_active", "said"),
    [
        ({}, True, f"{BY_HAND}."),
        ({"decisions_write_back": True}, True, BY_SERVICE),
        ({"decisions_write_back": True, "pagure_enabled": False}, True, f"{BY_HAND}."),
        ({"decisions_write_back": True}, False, f"{BY_HAND} about a milestone that has ended."),
    ],
)
def test_it_says_who_records_decisions_as_the_switches_are(
    world: World, database: Database, switches: dict[str, bool], is_active: bool, said: str
) -> None:
    world.milestone(is_active=is_active)
    told = text_of(opened(database, Settings.of(**switches)).by_id("decisions"))
    assert said in told
    assert ("in the ticket or at the review meeting" in told) is switches.get("pagure_enabled", True)


@pytest.mark.parametrize(("environ", "host"), [({}, ""), ({"OPENSHIFT_PROD": "0"}, "stg.")])
def test_the_rules_are_linked_where_the_service_itself_is(
    world: World, database: Database, environ: dict[str, str], host: str
) -> None:
    world.milestone()
    links = opened(database, openshift_config(environ)).links()
    wiki = f"https://{host}fedoraproject.org/wiki/"
    assert [link.removeprefix(wiki) for link in links if "wiki" in link] == [
        "QA:SOP_blocker_bug_process",
        "QA:SOP_freeze_exception_bug_process",
        "Fedora_Release_Criteria",
    ]
