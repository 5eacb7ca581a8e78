"""One bug as the API tells it, and what is told as long as data are missing."""

from __future__ import annotations

from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from tests.domain.milestones import update
from tests.web.api.asking import OF_BETA, V1, ask
from tests.web.client import Client
from tests.web.reading import Reader
from tests.web.world import NOW, World, ago, comments
from web.app import create_app

TALK = (("alice", "BetaBlocker +1"), ("bob", "BetaBlocker +1 for sure"), ("carol", "What hardware? " * 60))


def test_a_bug_has_its_nominations_tickets_votes_updates_and_events(world: World, reader: Reader) -> None:
    world.milestone(is_current=True)
    world.synced()
    world.updates_synced()
    world.nominated(7, assigned_to="carol@example.com", status="ON_QA")
    world.nomination(7, "rejected", tracker_id=1002, decided_by="chair@example.com", ended_at=ago(hours=1))
    world.ticket(3, 7, comments(*TALK))
    world.bodhi_update(update(alias="FEDORA-2026-7", bug_ids=frozenset({7, 8}), submitter="dave"))
    world.events(7, [("status", "NEW", "ON_QA", "carol@example.com")], first=90)
    told = ask(reader, f"{V1}/bugs/7")
    assert [(n["kind"], n["nomination"], n["is_open"], n["reason"]) for n in told["nominations"]] == [
        ("blocker", "proposed", True, "the reason of 7"),
        ("freeze-exception", "rejected", False, "the reason of 7"),
    ]
    assert [n["decided_by"] for n in told["nominations"]] == ["", "chair"]
    (ticket,) = told["tickets"]
    assert ticket["votes"][0]["tally"] == "BetaBlocker (+1, 0, -0) (+alice)"
    assert [(line["author"], line["text"]) for line in ticket["uncounted"]] == [TALK[1]]
    assert ticket["uncounted"][0]["reason"]
    assert [line["author"] for line in ticket["remarks"]] == ["carol"]
    assert [each["alias"] for each in told["updates"]] == ["FEDORA-2026-7"]
    assert [(each["milestone"], [todo["todo"] for todo in each["todos"]]) for each in told["todos"]] == [
        ("45-beta", ["vote"])
    ]
    (change,) = [event for event in told["events"] if event["seq"] == 90]
    assert change == {
        "seq": 90,
        "at": "2026-11-23T02:00:00Z",
        "kind": "bug",
        "object": "7",
        "field": "status",
        "what": "state",
        "old": "NEW",
        "new": "ON_QA",
        "who": "carol",
        "bug_ids": [7],
        "url": "https://qa.fedoraproject.org/blockerbugs/bug/7#event-90",
    }
    page = reader.page("/bug/7")
    assert {f"event-{event['seq']}" for event in told["events"]} <= set(page.ids())


def test_no_data_are_told_from_no_bugs(world: World, reader: Reader) -> None:
    world.milestone()
    for path in (f"{V1}/milestones", OF_BETA, f"{OF_BETA}/bugs", f"{OF_BETA}/updates", f"{V1}/events"):
        told = ask(reader, path)
        assert told["checked_at"] is None
        assert "No data yet" in [notice["title"] for notice in told["notices"]]
        assert all(source["is_stale"] for source in told["sources"])
    assert ask(reader, OF_BETA)["verdict"] == "UNKNOWN"
    assert ask(reader, f"{OF_BETA}/updates")["are_known"] is False
    world.nominated(7)
    world.synced(at=ago(hours=5))
    told = ask(reader, f"{OF_BETA}/bugs")
    assert (told["checked_at"], len(told["bugs"])) == ("2026-11-23T07:00:00Z", 1)
    assert "Stale data" in [notice["title"] for notice in told["notices"]]
    assert ask(reader, f"{V1}/bugs/7")["updates"] is None


def test_where_pagure_and_bodhi_are_left_alone_nothing_is_told_of_them(world: World, database: Database) -> None:
    world.milestone()
    world.synced()
    world.updates_synced()
    world.nominated(7)
    world.ticket(3, 7, comments(*TALK))
    world.bodhi_update(update(alias="FEDORA-2026-7", bug_ids=frozenset({7})))
    settings = Settings.of(pagure_enabled=False, bodhi_enabled=False)
    reader = Reader(Client(create_app(settings, database, clock=lambda: NOW)))
    told = ask(reader, f"{V1}/bugs/7")
    assert (told["tickets"], told["updates"], told["events"]) == (None, None, [])
    assert ask(reader, f"{OF_BETA}/bugs")["bugs"][0]["review"] is None
    assert ask(reader, f"{OF_BETA}/updates")["updates"] == []
    assert ask(reader, f"{V1}/events")["events"] == []
