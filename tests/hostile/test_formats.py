"""What is for programs stays in its format, whatever the texts in it: read by strict parsers, row by row."""

from __future__ import annotations

import csv
import io
import json
import re
from xml.etree.ElementTree import fromstring

import pytest
from icalendar import Calendar

from tests.hostile.corpus import TEXTS_BY_KIND
from tests.hostile.pages import stored
from tests.hostile.world import Release
from tests.web.client import Client
from tests.web.reading import BETA, OVERVIEW, PREFIX

LISTS = (BETA, f"{OVERVIEW}/updates", f"{OVERVIEW}/need_testing", f"{OVERVIEW}/decisions")
# Full-width signs are taken for the plain ones by spreadsheets that are set to Japanese or Chinese.
FORMULA = re.compile(r"[=+\-@＝＋－＠\t\r\n]")
ATOM = "{http://www.w3.org/2005/Atom}"
SVG = "{http://www.w3.org/2000/svg}"
ENTRY = ["content", "id", "link", "title", "updated"]
FEED_ELEMENTS = {f"{ATOM}{name}" for name in (*ENTRY, "feed", "subtitle", "author", "name", "uri", "entry")}
FEED_ATTRIBUTES = {"rel", "type", "href", "{http://www.w3.org/XML/1998/namespace}lang"}
PICTURE_ELEMENTS = {f"{SVG}{name}" for name in ("svg", "title", "rect", "g", "text")}
# What may end a line, or be seen as anything but the text.
UNFIT = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def _get(client: Client, path: str, media_type: str) -> str:
    answer = client.get(PREFIX + path)
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    assert answer.headers["content-type"].startswith(media_type)
    assert answer.headers["x-content-type-options"] == "nosniff"
    return answer.content.decode("utf-8")


def _numbers(release: Release, *kinds: str) -> list[int]:
    texts = {text for kind in kinds for text in TEXTS_BY_KIND[kind]}
    return [number for number, text in release.text_by_bug.items() if text in texts]


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def read_json(text: str) -> dict[str, list[dict[str, object]]]:
    """An object, by a reader that takes nothing but JSON."""
    read = json.loads(text, parse_constant=_no_constant)
    assert isinstance(read, dict)
    return read


def test_json_has_every_title_as_it_was_stored(client: Client, release: Release) -> None:
    stored_titles = {bug_id: stored(text) for bug_id, text in release.text_by_bug.items()}
    of_list = read_json(_get(client, f"{BETA}?format=json", "application/json"))["rows"]
    assert {row["bug"]: row["title"] for row in of_list} == stored_titles
    of_api = read_json(_get(client, "/api/v1/milestones/45/beta/bugs?limit=1000", "application/json"))["bugs"]
    assert {row["id"]: row["title"] for row in of_api} == stored_titles


@pytest.mark.parametrize(
    "path",
    [
        *(f"{path}?format=json" for path in LISTS[1:]),
        "/api/v1/milestones/45/beta",
        "/api/v1/milestones/45/beta/updates?limit=1000",
        "/api/v1/events?limit=1000",
        "/api/v0/milestones/45/beta/bugs",
        "/api/v0/milestones/45/beta/updates",
    ],
)
def test_json_is_json_and_nothing_in_it_ends_a_script(client: Client, path: str) -> None:
    text = _get(client, path, "application/json")
    read_json(text)
    # In case that somebody puts it into a page: these end a script, or a line of one.
    assert not re.search("[\u2028\u2029]", text)


def assert_is_csv(client: Client, path: str) -> None:
    """A list as CSV has the cells that it should have, of which none is a formula."""
    rows = list(csv.reader(io.StringIO(_get(client, f"{path}?format=csv", "text/csv"), newline=""), strict=True))
    of_json = read_json(_get(client, f"{path}?format=json", "application/json"))["rows"]
    assert len(rows) == len(of_json) + 1
    assert {len(row) for row in rows} == {len(rows[0])}
    formulas = [cell for row in rows for cell in row if FORMULA.match(cell.lstrip()) or FORMULA.match(cell)]
    assert formulas == []
    assert not any("\0" in cell for row in rows for cell in row)


@pytest.mark.parametrize("path", LISTS)
def test_csv_has_as_many_cells_as_it_should_and_none_is_a_formula(client: Client, path: str) -> None:
    assert_is_csv(client, path)


def test_csv_has_every_title_as_it_was_stored(client: Client, release: Release) -> None:
    table = csv.DictReader(io.StringIO(_get(client, f"{BETA}?format=csv", "text/csv"), newline=""), strict=True)
    for row in table:
        text = stored(release.text_by_bug[int(row["bug"])])
        # A mark before what a spreadsheet would take for a formula is all that may differ.
        assert row["title"] in {text, f"'{text}"}


def assert_is_feed(text: str) -> None:
    """An Atom feed has nothing but what ours have."""
    feed = fromstring(text)
    assert {element.tag for element in feed.iter()} <= FEED_ELEMENTS
    assert {name for element in feed.iter() for name in element.attrib} <= FEED_ATTRIBUTES
    addresses = [link.get("href", "") for link in feed.iter(f"{ATOM}link")]
    assert [each for each in addresses if not each.startswith(f"https://qa.fedoraproject.org{PREFIX}")] == []
    for entry in feed.iter(f"{ATOM}entry"):
        assert sorted(child.tag.removeprefix(ATOM) for child in entry) == ENTRY
        assert not any(UNFIT.search(child.text or "") for child in entry)


def test_a_feed_has_nothing_but_what_feeds_of_ours_have(client: Client, release: Release) -> None:
    numbers = _numbers(release, "XML", "Unicode", "lengths")
    for path in (f"{OVERVIEW}/feed.atom", *(f"/bug/{number}/feed.atom" for number in numbers)):
        assert_is_feed(_get(client, path, "application/atom+xml"))


def test_a_picture_has_nothing_but_what_pictures_of_ours_have(client: Client, release: Release) -> None:
    paths = ["/badge/45/beta.svg", *(f"/api/v0/bugimg/{number}" for number in _numbers(release, "markup", "XML"))]
    for path in paths:
        assert_is_picture(_get(client, path, "image/svg+xml"))


def assert_is_picture(text: str) -> None:
    """A picture has nothing but what ours have."""
    picture = fromstring(text)
    assert {element.tag for element in picture.iter()} <= PICTURE_ELEMENTS
    names = {name for element in picture.iter() for name in element.attrib}
    assert not {name for name in names if name.startswith("on") or name.endswith("href") or name == "style"}


def test_the_calendar_is_one(client: Client) -> None:
    assert_is_calendar(_get(client, "/release/45/dates.ics", "text/calendar"))


def assert_is_calendar(text: str) -> None:
    """A calendar has events and nothing else, on lines that are not too long."""
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    calendar = Calendar.from_ical(text)
    assert {component.name for component in calendar.walk()} == {"VCALENDAR", "VEVENT"}


@pytest.mark.parametrize("report", ["meeting", "weekly", "requests", "compose", "go-no-go", "table"])
def test_a_text_has_nothing_in_it_that_ends_or_turns_a_line(client: Client, report: str) -> None:
    assert_is_text(_get(client, f"{OVERVIEW}/{report}.txt", "text/plain"))


def assert_is_text(text: str) -> None:
    """Nothing in a text ends or turns a line but the ends of its lines."""
    assert not UNFIT.search(text)
    assert len(text.splitlines()) == text.count("\n")


def test_in_the_text_of_a_meeting_each_line_is_one_command_and_it_is_ours(client: Client) -> None:
    lines = _get(client, f"{OVERVIEW}/meeting.txt", "text/plain").splitlines()
    assert {line.split()[0] for line in lines} == {"!topic", "!info", "!link"}
    assert [line for line in lines if re.search(r"[!^](?=[^\W\d_])", line[1:])] == []
