"""Lists for programs: the rows of the page, with the age of the data, and safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import URL, make_url

from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from tests.services.schema import make_schema
from tests.web import crowd
from tests.web.client import Client
from tests.web.reading import BETA, OVERVIEW, PREFIX, Reader
from tests.web.world import NOW, World, ago
from web.app import create_app
from web.lists.formats import cell, plain

LISTS = [BETA, f"{OVERVIEW}/updates", f"{OVERVIEW}/need_testing", "/user/carol", "/package/kernel", "/search?q=kernel"]
FRESH = "2026-11-23T11:57:00Z"


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Reads one world that no test changes."""
    with crowd.opened(tmp_path_factory.mktemp("crowd")) as (reader, _):
        yield reader


def load_json(reader: Reader, path: str) -> Any:
    answer = reader.client.get(f"{PREFIX}{path}{'&' if '?' in path else '?'}format=json")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    return json.loads(answer.content)


def load_csv(reader: Reader, path: str) -> list[dict[str, str]]:
    answer = reader.client.get(f"{PREFIX}{path}{'&' if '?' in path else '?'}format=csv")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.count(b"\n") == answer.content.count(b"\r\n")
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


@pytest.mark.parametrize("path", LISTS)
def test_both_formats_have_the_rows_of_the_page_and_the_age_of_the_data(reader: Reader, path: str) -> None:
    document, rows = load_json(reader, path), load_csv(reader, path)
    page = reader.page(path)
    shown = [row[0].split()[0] for row in page.rows("content")]
    key = "update" if "/updates" in path or "need_testing" in path else "bug"
    assert [str(row[key]) for row in document["rows"]] == [row[key] for row in rows] == shown
    assert document["shown"] == document["total"] == len(shown) > 0
    assert document["checked_at"] == FRESH
    assert {row["checked_at"] for row in rows} == {FRESH}
    assert [source["name"] for source in document["sources"]] == ["Bugzilla", "Pagure", "Bodhi"]
    assert f"{PREFIX}{path}{'&' if '?' in path else '?'}format=csv" in page.links()


def test_a_row_has_what_the_page_says_and_accounts_without_their_domain(reader: Reader) -> None:
    document = load_json(reader, f"{BETA}?depends=9&sort=-bug")
    assert (document["title"], document["query"], document["sort"]) == (
        "Fedora 45 Beta bugs",
        {"depends": ["9"]},
        "-bug",
    )
    assert document["made_at"] == "2026-11-23T12:00:00Z"
    assert document["notices"] == []
    assert {(s["name"], s["last_success_at"], s["is_stale"]) for s in document["sources"]} == {
        ("Bugzilla", FRESH, False),
        ("Pagure", FRESH, False),
        ("Bodhi", FRESH, False),
    }
    (row,) = document["rows"]
    assert row == {
        "section": "accepted-blockers",
        "bug": 3,
        "component": "kernel",
        "state": "ASSIGNED",
        "resolution": "",
        "severity": "high",
        "title": "Bug number 3 crashes",
        "assignee": "dave",
        "kind": "blocker",
        "nomination": "accepted",
        "decision": "Accepted Blocker",
        "notes": [],
        "prioritized": False,
        "proposed_at": "2026-11-21T12:00:00Z",
        "todo": ["fix"],
        "next": "fix it (depends on 1, 9)",
        "next_who": "dave",
        "next_since": "2026-11-22T12:00:00Z",
        "needinfo": [],
        "needinfo_since": [],
        "depends_on_open": [1, 9],
        "ticket": None,
        "tally": [],
        "updates": [],
        "last_change_at": "2026-11-23T07:00:00Z",
    }
    everything = reader.client.get(f"{PREFIX}{BETA}?format=json").text
    assert not [word for word in ("example.com", "SECRET", "secret") if word in everything]


def test_a_cell_that_looks_like_a_formula_is_marked_as_text(reader: Reader) -> None:
    (row,) = load_csv(reader, f"{BETA}?component=dnf")
    assert (row["title"], row["bug"], row["prioritized"]) == ("'=HYPERLINK(1)", "7", "no")
    (of_json,) = load_json(reader, f"{BETA}?component=dnf")["rows"]
    assert of_json["title"] == "=HYPERLINK(1)"


CELLS = [
    ("=1+1", "'=1+1"),
    ("+1", "'+1"),
    ("-1", "'-1"),
    ("@SUM(1)", "'@SUM(1)"),
    ("\t=1", "'\t=1"),
    ("\r=1", "'\r=1"),
    ("\n=1", "'\n=1"),
    ("a=1", "a=1"),
    (" =1", "' =1"),
    ("\u3000=1", "'\u3000=1"),
    ("\u200b=1", "'\u200b=1"),
    ("＝1", "'＝1"),
    ("", ""),
    (-1, "-1"),
    (None, ""),
    (True, "yes"),
    (("=a", "b"), "'=a; b"),
    (("a", None), "a; "),
    (datetime(2026, 11, 23, 12, tzinfo=UTC), "2026-11-23T12:00:00Z"),
    ("a\0b", "a\N{REPLACEMENT CHARACTER}b"),
]


@pytest.mark.parametrize(("value", "expected"), CELLS, ids=[repr(value) for value, _ in CELLS])
def test_what_a_cell_looks_like(value: object, expected: str) -> None:
    assert cell(value) == expected


@given(st.lists(st.text(), max_size=4))
def test_whatever_is_in_it_csv_reads_back_and_no_cell_begins_a_formula(texts: list[str]) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([*map(cell, texts), "end"])
    (row,) = csv.reader(io.StringIO(out.getvalue(), newline=""))
    assert row == [*map(cell, texts), "end"]
    assert not [text for text in row if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]
    assert json.loads(json.dumps(plain(tuple(texts)))) == texts


def test_formats_say_when_data_are_missing_or_old(tmp_path_factory: pytest.TempPathFactory) -> None:
    database = Database(make_url(f"sqlite:///{tmp_path_factory.mktemp('old') / 'world.sqlite'}"))
    make_schema(database)
    world = World(database)
    world.milestone()
    client = Client(create_app(Settings.of(), database, clock=lambda: NOW))
    reader = Reader(client)
    document = load_json(reader, BETA)
    assert (document["checked_at"], document["rows"]) == (None, [])
    assert "No data yet" in [notice["title"] for notice in document["notices"]]
    assert all(source["is_stale"] for source in document["sources"])
    world.nominated(7)
    world.synced(at=ago(hours=5))
    document = load_json(reader, BETA)
    assert (document["checked_at"], len(document["rows"])) == ("2026-11-23T07:00:00Z", 1)
    assert "Stale data" in [notice["title"] for notice in document["notices"]]
    assert {row["checked_at"] for row in load_csv(reader, BETA)} == {"2026-11-23T07:00:00Z"}


REFUSED = [
    (f"{BETA}?state=LOST", 400, "state cannot be “LOST”: it may be NEW, ASSIGNED, POST"),
    (f"{OVERVIEW}/updates?todo=vote", 400, "There is no parameter “todo” here."),
    ("/package/kernel?sort=-", 400, "sort cannot be “-”"),
    ("/milestone/45/gamma/buglist?sort=bug", 404, "There is no such milestone. Known here: 45-beta"),
    ("/milestone/9/final/updates?sort=bugs", 404, "There is no such milestone. Known here: 45-beta"),
    ("/nothing?x=", 404, "Page not found. There is nothing at this address."),
]


@pytest.mark.parametrize(("path", "status", "sentence"), REFUSED)
def test_a_refusal_comes_in_the_format_that_was_asked_for(
    reader: Reader, path: str, status: int, sentence: str
) -> None:
    as_json, as_csv = (reader.client.get(f"{PREFIX}{path}&format={name}") for name in ("json", "csv"))
    assert (as_json.status_code, as_csv.status_code) == (status, status)
    assert as_json.headers["content-type"] == "application/problem+json"
    problem = json.loads(as_json.content)
    assert (problem["status"], problem["detail"][: len(sentence)]) == (status, sentence)
    assert as_csv.headers["content-type"] == "text/plain; charset=utf-8"
    assert as_csv.text == f"{problem['detail']}\n"
    assert "etag" not in {**as_json.headers, **as_csv.headers}


@pytest.mark.parametrize("formats", ["format=xml", "format=json&format=csv", "format=&state=LOST"])
def test_where_no_format_is_clear_a_refusal_is_a_page(reader: Reader, formats: str) -> None:
    assert reader.page(f"{BETA}?{formats}", status=400).title.startswith("This cannot be asked of the list")


def test_without_the_database_programs_are_told_when_to_come_back() -> None:
    away = Database(URL.create("postgresql+psycopg", host="127.0.0.1", port=1))
    with Client(create_app(Settings.of(), away)) as client:
        answer = client.get(f"{PREFIX}{BETA}?format=json")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert answer.json()["detail"].startswith("The database cannot be reached; try again.")


def test_a_format_is_held_and_asked_for_again_like_a_page(reader: Reader) -> None:
    names = {"json": None, "csv": 'inline; filename="45-beta-buglist.csv"'}
    for name, file in names.items():
        answer = reader.client.get(f"{PREFIX}{BETA}?format={name}")
        again = reader.client.get(f"{PREFIX}{BETA}?format={name}", headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, answer.headers["cache-control"]) == (304, "no-cache")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers.get("content-disposition") == file
    assert reader.client.get(f"{PREFIX}/milestone/99/beta/buglist?format=json").status_code == 404
