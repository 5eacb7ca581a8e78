"""The dates of a release as a calendar, as RFC 5545 wants it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from icalendar import Calendar
from sqlalchemy import make_url, update

from bbconsumer.config import Settings
from bbconsumer.db.models import MilestoneRow
from bbconsumer.db.session import Database
from tests.services.schema import make_schema
from tests.web.client import Client
from tests.web.reading import OVERVIEW, PREFIX, Page
from tests.web.world import NOW, World, ago
from web.app import create_app

PATH = f"{PREFIX}/release/45/dates.ics"
ODD = "4;5, \\n\x07é" + "ü" * 60


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Two milestones of one release, one with an odd name, and one without dates."""
    database = Database(make_url(f"sqlite:///{tmp_path_factory.mktemp('calendar') / 'world.sqlite'}"))
    make_schema(database)
    world = World(database)
    world.milestone("45", "beta")
    for release in ("45", ODD, "46"):
        world.milestone(release, "final", trackers={})
    _set(database, "45", "final", target_at=ago(days=-30, microseconds=-5))
    _set(database, ODD, "final", freeze_at=NOW)
    _set_beta(database)
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def client(database: Database) -> Client:
    """Asks for calendars."""
    return Client(create_app(Settings.of(), database, clock=lambda: NOW))


def _set(database: Database, release: str, name: str, **dates: datetime | None) -> None:
    mine = (MilestoneRow.release == release, MilestoneRow.name == name)
    with database.writing() as session:
        session.execute(update(MilestoneRow).where(*mine).values(**dates))


def _set_beta(database: Database, **changes: datetime | None) -> None:
    dates = {"freeze_at": datetime(2026, 9, 8, 14, tzinfo=UTC), "go_no_go_at": datetime(2026, 9, 24, 17, tzinfo=UTC)}
    _set(database, "45", "beta", **(dates | changes))


def lines(client: Client, path: str = PATH) -> list[str]:
    """The unfolded lines of a calendar whose physical lines are as they must be."""
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    physical = answer.content.split(b"\r\n")
    assert physical[-1] == b""
    assert all(len(line) <= 75 and b"\n" not in line and b"\r" not in line for line in physical)
    assert Calendar.from_ical(answer.content).errors == []
    return answer.content.replace(b"\r\n ", b"").decode().split("\r\n")[:-1]


def values(client: Client, name: str, path: str = PATH) -> list[str]:
    """All values of a property."""
    return [line.partition(":")[2] for line in lines(client, path) if line.partition(":")[0] == name]


def test_all_dates_of_a_release_that_are_set_are_events(client: Client) -> None:
    assert lines(client)[0] == "BEGIN:VCALENDAR"
    assert values(client, "VERSION") == ["2.0"]
    assert len(values(client, "PRODID")) == 1
    assert values(client, "SUMMARY") == [
        "Fedora 45 Beta: Freeze",
        "Fedora 45 Beta: Go/No-Go",
        "Fedora 45 Final: Target date",
    ]
    starts = ["20260908T140000Z", "20260924T170000Z", "20261223T120000Z"]
    assert values(client, "DTSTART") == values(client, "DTSTAMP") == starts
    assert values(client, "UID") == [
        "45-beta-freeze@qa.fedoraproject.org",
        "45-beta-go-no-go@qa.fedoraproject.org",
        "45-final-target@qa.fedoraproject.org",
    ]
    assert values(client, "URL")[0] == f"https://qa.fedoraproject.org{PREFIX}{OVERVIEW}"


def test_a_date_that_moves_keeps_its_name_and_makes_another_document(client: Client, database: Database) -> None:
    before = client.get(PATH)
    held, names = {"If-None-Match": before.headers["etag"]}, values(client, "UID")
    assert client.get(PATH, headers=held).status_code == 304
    _set_beta(database, go_no_go_at=datetime(2026, 10, 1, 17, tzinfo=UTC))
    assert client.get(PATH, headers=held).status_code == 200
    assert (values(client, "UID"), values(client, "DTSTART")[1]) == (names, "20261001T170000Z")
    _set_beta(database)
    assert client.get(PATH, headers=held).status_code == 304


def test_a_name_that_holds_anything_is_escaped_and_folded(client: Client) -> None:
    path = f"{PREFIX}/release/{quote(ODD, safe='')}/dates.ics"
    (summary,) = values(client, "SUMMARY", path)
    assert summary == f"Fedora 4\\;5\\, \\\\n é{'ü' * 60} Final: Freeze"
    (address,) = values(client, "URL", path)
    assert client.get(address.removeprefix("https://qa.fedoraproject.org")).status_code == 200


@pytest.mark.parametrize(("release", "said"), [("46", "Page not found"), ("47", "These milestones are known here")])
def test_without_dates_there_is_no_calendar_and_no_link_to_one(client: Client, release: str, said: str) -> None:
    answer = client.get(f"{PREFIX}/release/{release}/dates.ics")
    assert answer.status_code == 404
    assert said in Page(answer.text).text
    assert PATH in Page(client.get(PREFIX + OVERVIEW).text).links()
    assert not [
        link for link in Page(client.get(f"{PREFIX}/milestone/46/final").text).links() if link.endswith("dates.ics")
    ]
