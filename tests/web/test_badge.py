"""The badge: the verdict of the overview, and its colour only while the data can be trusted."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest

from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from tests.web.client import Client
from tests.web.reading import OVERVIEW, PREFIX, Page, Reader
from tests.web.world import NOW, World, ago
from web.app import create_app

PATH = f"{PREFIX}/badge/45/beta.svg"
SVG = "{http://www.w3.org/2000/svg}"
GREEN, RED, GREY = "#2e7d32", "#b3261e", "#555b66"


def look(client: Client) -> tuple[str, str, str]:
    """What is written in the badge, what is read out in its place, and its colour."""
    answer = client.get(PATH)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml; charset=utf-8")
    picture = fromstring(answer.text)
    assert {element.tag.removeprefix(SVG) for element in picture.iter()} == {"svg", "title", "rect", "g", "text"}
    assert not [name for element in picture.iter() for name in element.attrib if name in {"style", "onload", "href"}]
    title, ground = next(picture.iter(f"{SVG}title")), next(picture.iter(f"{SVG}rect"))
    assert title.get("id") == picture.get("aria-labelledby")
    written = " | ".join(text.text or "" for text in picture.iter(f"{SVG}text"))
    return written, title.text or "", ground.get("fill") or ""


def test_a_badge_has_the_verdict_and_is_grey_when_data_are_in_doubt(world: World, database: Database) -> None:
    world.milestone(is_current=True)
    client = Client(create_app(Settings.of(), database, clock=lambda: NOW))
    assert look(client) == ("Fedora 45 Beta | UNKNOWN", "Fedora 45 Beta: UNKNOWN, no data yet", GREY)
    world.synced()
    world.source("pagure", last_success_at=ago(minutes=3))
    world.updates_synced()
    checked = "checked 2026-11-23 11:57 UTC"
    assert look(client) == ("Fedora 45 Beta | GO", f"Fedora 45 Beta: GO, {checked}", GREEN)
    later = Client(create_app(Settings.of(), database, clock=lambda: ago(hours=-3)))
    assert look(later) == ("Fedora 45 Beta | UNKNOWN", f"Fedora 45 Beta: UNKNOWN, {checked}", GREY)
    world.nominated(7)
    assert look(client) == ("Fedora 45 Beta | NO-GO", f"Fedora 45 Beta: NO-GO, {checked}", RED)
    in_doubt = "NO-GO, data in doubt"
    assert look(later) == (f"Fedora 45 Beta | {in_doubt}", f"Fedora 45 Beta: {in_doubt}, {checked}", GREY)
    world.source(failures=1)
    assert look(client)[2] == GREY


def test_a_badge_is_confirmed_while_it_stands_and_the_overview_leads_to_it(world: World, reader: Reader) -> None:
    world.milestone()
    answer = reader.client.get(PATH)
    assert reader.client.get(PATH, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert PATH in reader.page(OVERVIEW).links()


@pytest.mark.parametrize("path", ["/badge/46/beta.svg", "/badge/45/alpha.svg"])
def test_there_is_no_badge_of_an_unknown_milestone(world: World, reader: Reader, path: str) -> None:
    world.milestone()
    answer = reader.client.get(PREFIX + path)
    assert (answer.status_code, "Fedora 45 Beta" in Page(answer.text).text) == (404, True)
