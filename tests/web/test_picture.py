"""The picture of a bug's state: short, honest about its age, and silent about what is not public."""

from __future__ import annotations

import hashlib
from xml.etree.ElementTree import Element, fromstring

import pytest
from sqlalchemy import update

from bbconsumer.config import Settings
from bbconsumer.db.models import BugRow
from bbconsumer.db.session import Database
from tests.web.client import Client
from tests.web.reading import PREFIX, Reader, selects, told
from tests.web.world import NOW, World, ago
from web.app import create_app

PATH = f"{PREFIX}/api/v0/bugimg"
SVG = "{http://www.w3.org/2000/svg}"
SURE = "#ffffff"


def draw(reader: Reader, bug: object = 7) -> Element:
    """The parsed picture of a bug: it must be well-formed XML."""
    answer = reader.client.get(f"{PATH}/{bug}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml; charset=utf-8")
    picture = fromstring(answer.text)
    assert (picture.tag, picture.get("role")) == (f"{SVG}svg", "img")
    title = picture.find(f"{SVG}title")
    assert title is not None
    assert title.get("id") == picture.get("aria-labelledby")
    return picture


def lines(picture: Element) -> list[str]:
    """What is written in a picture."""
    return [text.text or "" for text in picture.iter(f"{SVG}text")]


def ground(picture: Element) -> str | None:
    """Its colour: white where it can be trusted."""
    return next(picture.iter(f"{SVG}rect")).get("fill")


def title(picture: Element) -> str | None:
    """What is read out in its place."""
    return next(picture.iter(f"{SVG}title")).text


def test_a_picture_has_a_line_for_each_open_nomination(world: World, reader: Reader) -> None:
    world.milestone("45", "final", trackers={"blocker": 2001, "freeze_exception": 2002})
    world.milestone()
    world.milestone("44", "final", trackers={"blocker": 3001}, is_active=False)
    world.bug(7, status="ON_QA")
    world.nomination(7, "accepted_0day", tracker_id=2001)
    world.nomination(7)
    world.nomination(7, "rejected", tracker_id=1002, ended_at=ago(days=1))
    world.nomination(7, tracker_id=3001)
    picture = draw(reader)
    assert lines(picture) == ["45 Beta Blocker: proposed · ON_QA", "45 Final Blocker: accepted 0-day · ON_QA"]
    assert title(picture) == "Bug 7: 45 Beta Blocker: proposed · ON_QA; 45 Final Blocker: accepted 0-day · ON_QA"
    assert ground(picture) == SURE


def test_a_bug_that_is_nominated_no_more_says_so(world: World, reader: Reader) -> None:
    world.milestone()
    world.nominated(7, "rejected", status="CLOSED", resolution="WONTFIX")
    assert lines(draw(reader)) == ["no open nomination · CLOSED WONTFIX"]


def test_an_old_picture_says_how_old_it_is_and_looks_so(world: World, reader: Reader) -> None:
    world.milestone()
    world.nominated(7, checked_at=ago(hours=3))
    picture = draw(reader)
    assert lines(picture) == ["45 Beta Blocker: proposed · NEW", "not checked since 2026-11-23 09:00 UTC"]
    assert ground(picture) != SURE
    assert "not checked since" in (title(picture) or "")


def test_a_bug_that_seems_to_be_gone_says_so(world: World, reader: Reader) -> None:
    world.milestone()
    world.nominated(7, removal_held="30 of 40 bugs disappeared")
    assert lines(draw(reader))[1] == "seems to be gone: an operator has to look"


def test_what_is_not_public_or_not_there_or_no_number_has_one_and_the_same_picture(
    world: World, reader: Reader
) -> None:
    world.milestone()
    world.nominated(7, absence="private", summary="SECRET", status="SECRET", checked_at=ago(days=3))
    world.nominated(8, absence="missing", status="SECRET")
    unknown = reader.client.get(f"{PATH}/123456")
    for bug in ("7", "8", "9" * 30, "0", "-1", "07", "x", "%3Csvg%3E"):
        answer = reader.client.get(f"{PATH}/{bug}")
        assert (answer.status_code, answer.text, told(answer)) == (200, unknown.text, told(unknown)), bug
    picture = draw(reader, 123456)
    assert (lines(picture), title(picture)) == (["not tracked"], "Not tracked")
    assert ground(picture) != SURE


TEXTS = ["<script>alert(1)</script>", "]]> & \" '", "a\x0b\x1bb\ufffe", "\u202eright", "x" * 9999]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_everything_in_a_picture_is_text_and_short(world: World, reader: Reader, text: str) -> None:
    world.milestone()
    world.nominated(7, status=text, resolution=text)
    picture = draw(reader)
    assert {element.tag.removeprefix(SVG) for element in picture.iter()} == {"svg", "title", "rect", "g", "text"}
    assert max(map(len, lines(picture))) <= 80
    assert len(reader.client.get(f"{PATH}/7").content) < 2000
    assert not [name for element in picture.iter() for name in element.attrib if name in {"style", "onload", "href"}]


def test_a_picture_is_asked_for_again_and_confirmed_while_it_stands(world: World, database: Database) -> None:
    world.milestone()
    world.nominated(7)
    client = Client(create_app(Settings.of(), database, clock=lambda: NOW))
    answer = client.get(f"{PATH}/7")
    assert answer.headers["cache-control"] == "no-cache"
    held = {"If-None-Match": answer.headers["etag"]}
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
    assert client.get(f"{PATH}/7", headers=held).status_code == 304
    assert told(client.head(f"{PATH}/7")) == told(answer)
    with world.database.writing() as session:
        session.execute(update(BugRow).values(absence="private"))
    gone = client.get(f"{PATH}/7", headers=held)
    assert (gone.status_code, "not tracked" in gone.text) == (200, True)


def test_a_picture_costs_two_selects(world: World, reader: Reader, database: Database) -> None:
    world.milestone()
    world.nominated(7)
    with selects(database) as statements:
        draw(reader)
    assert len(statements) == 2
    assert not [statement for statement in statements if "history" in statement]
