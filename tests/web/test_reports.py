"""The texts about a milestone: as pages to copy from, and as plain text, the same as on the command line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from bbconsumer.reporting import REPORTS
from tests.end_to_end.deployment import deployed
from tests.web.client import Client
from tests.web.reading import OVERVIEW, PREFIX, Reader, selects, text_of
from tests.web.world import World, bug_row, nomination_row
from web.app import create_app

PAGES = {
    "irc": ["meeting"],
    "meeting": ["meeting"],
    "report": ["weekly"],
    "report?format=table": ["table"],
    "requests": ["requests", "compose"],
    "go-no-go": ["go-no-go"],
}


@pytest.fixture
def filled(world: World) -> World:
    """A milestone with a bug for every report."""
    world.milestone()
    world.synced()
    world.nominated(7, summary="No <sound> & “light” – ünïcode")
    world.nominated(8, "accepted", status="ON_QA")
    world.nominated(9, "accepted", tracker_id=1002, status="MODIFIED")
    return world


@pytest.mark.parametrize("path", PAGES)
def test_a_page_shows_its_texts_and_leads_to_each_as_plain_text(filled: World, reader: Reader, path: str) -> None:
    page = reader.page(f"{OVERVIEW}/{path}")
    addresses = [link for link in page.links() if link.endswith(".txt")]
    assert addresses == [f"{PREFIX}{OVERVIEW}/{name}.txt" for name in PAGES[path]]
    answers = [reader.client.get(address) for address in addresses]
    shown = ["".join(e.text or "" for e in page.by_id(f"{name}-text").iter("pre")) for name in PAGES[path]]
    assert shown == [answer.text for answer in answers]
    assert {answer.headers["content-type"] for answer in answers} == {"text/plain; charset=utf-8"}


BUGS: dict[str, set[int]] = {
    "meeting": {7, 8},
    "weekly": {7, 8, 9},
    "table": {7, 8},
    "requests": set(),  # bugs without an update are in the compose list only
    "compose": {8, 9},
    "go-no-go": {7, 8},
}


@pytest.mark.parametrize("name", REPORTS)
def test_a_text_names_its_bugs_and_says_that_updates_are_not_known(filled: World, reader: Reader, name: str) -> None:
    text = reader.client.get(f"{PREFIX}{OVERVIEW}/{name}.txt").text
    assert "Updates are not known to this service yet" in text
    numbers = re.findall(r"(?:id=|: |\n  |Blocker |Exception |\* )([789])(?:[ )\n])", text)
    assert {int(number) for number in numbers} == BUGS[name]


def without_minute(text: str) -> str:
    """A text without the time at which it was made."""
    assert text.count("Made at ") == 1
    return re.sub("Made at [^;]*;", "Made now;", text)


def test_the_command_line_prints_the_same_bytes(tmp_path: Path, database: Database, filled: World) -> None:
    """Both with the true clock, and with data that are stale by it: but for the minute they say the same."""
    environment = {"DATABASE_URL": database.engine.url.render_as_string(hide_password=False)}
    app = create_app(Settings.of(), Database(make_url(environment["DATABASE_URL"])))
    with Client(app) as client, deployed(environment, tmp_path) as deployment:
        # Starting the command takes longer than all the rest; what it calls is the same for each.
        for name in ("meeting", "requests"):
            printed = deployment.run("report", name, "45", "beta")
            served = client.get(f"{PREFIX}{OVERVIEW}/{name}.txt")
            assert served.status_code == 200
            assert without_minute(printed.stdout).encode() == without_minute(served.text).encode(), printed.stderr
        refused = deployment.run("report", "meeting", "46", "beta")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "Error: 46-beta is not known: add it with add_milestone first\n"


def test_a_text_is_confirmed_to_who_holds_it(filled: World, reader: Reader) -> None:
    path = f"{PREFIX}{OVERVIEW}/weekly.txt"
    tag = reader.client.get(path).headers["etag"]
    assert reader.client.get(path, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("path", ["irc", "report", "requests", "go-no-go", "meeting.txt"])
def test_an_unknown_milestone_has_no_texts(filled: World, reader: Reader, path: str) -> None:
    assert "Fedora 45 Beta" in reader.page(f"/milestone/46/beta/{path}", status=404).text


def test_an_unknown_text_is_not_there(filled: World, reader: Reader) -> None:
    assert "Page not found" in reader.page(f"{OVERVIEW}/nothing.txt", status=404).text


def test_the_cost_of_a_text_does_not_grow_with_the_bugs(filled: World, reader: Reader, database: Database) -> None:
    counts = []
    for first, last in ((101, 161), (161, 1101)):
        filled.add(*(row for i in range(first, last) for row in (bug_row(i), nomination_row(i))))
        with selects(database) as statements:
            assert text_of(reader.page(f"{OVERVIEW}/go-no-go").one("h1")) == "Fedora 45 Beta: Go/No-Go"
        counts.append(len(statements))
    assert counts == [11, 11]
