"""The API tells what the pages show, of the same bugs, with the age of the data, and confirms what has not changed."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from bbconsumer.db.session import Database
from tests.web import crowd
from tests.web.api.asking import OF_BETA, V1, ask, follow, refused
from tests.web.reading import BETA, OVERVIEW, PREFIX, Reader, selects
from web.api.operations import OPERATIONS

FRESH = "2026-11-23T11:57:00Z"
QUERIES = (
    "",
    "?state=NEW&state=ASSIGNED",
    "?todo=vote&sort=-bug",
    "?section=accepted-blockers",
    "?q=crashes",
    "?depends=9",
)
ANSWERS = [
    f"{V1}/milestones",
    OF_BETA,
    f"{OF_BETA}/bugs",
    f"{OF_BETA}/updates",
    f"{V1}/bugs/4",
    f"{V1}/events",
    "/api/v0/milestones/45/beta/bugs",
    "/api/v0/milestones/45/beta/updates",
]


PATIENCE_S = 20


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Reader, Database]]:
    """One world that no test changes, and its database."""
    with crowd.opened(tmp_path_factory.mktemp("crowd")) as both:
        yield both


@pytest.fixture(scope="module")
def reader(opened: tuple[Reader, Database]) -> Reader:
    """Reads that world."""
    return opened[0]


@pytest.mark.parametrize("query", QUERIES)
def test_bugs_are_the_rows_of_the_page(reader: Reader, query: str) -> None:
    told = ask(reader, f"{OF_BETA}/bugs{query}")
    rows = reader.client.get(f"{PREFIX}{BETA}{query}{'&' if query else '?'}format=json").json()["rows"]
    assert [
        (b["id"], b["section"], b["kind"], b["nomination"] or "", b["state"], b["assignee"], b["title"], b["decision"])
        for b in told["bugs"]
    ] == [
        (r["bug"], r["section"], r["kind"], r["nomination"], r["state"], r["assignee"], r["title"], r["decision"])
        for r in rows
    ]
    assert [list(dict.fromkeys(todo["todo"] for todo in bug["todos"])) for bug in told["bugs"]] == [
        row["todo"] for row in rows
    ]
    assert told["total"] == len(rows) > 0


@pytest.mark.parametrize("query", ["", "?status=pending", "?sort=-karma", "?component=gdm"])
def test_updates_are_the_rows_of_the_page(reader: Reader, query: str) -> None:
    told = ask(reader, f"{OF_BETA}/updates{query}")
    rows = reader.client.get(f"{PREFIX}{OVERVIEW}/updates{query}{'&' if query else '?'}format=json").json()["rows"]
    shown = [(row["update"], row["missing"], row["bugs"], row["submitter"]) for row in rows]
    assert shown
    assert [
        (u["alias"], u["missing"], [fix["id"] for fix in u["fixes"]], u["submitter"]) for u in told["updates"]
    ] == shown
    assert told["are_known"]


def test_the_verdict_its_reasons_and_counts_are_those_of_the_overview(reader: Reader) -> None:
    told = ask(reader, OF_BETA)
    page = reader.page(OVERVIEW)
    assert f": {told['verdict']}, " in page.title
    assert [f"reason-{reason['code']}" for reason in told["reasons"] if reason["bug_ids"]] == [
        id_ for id_ in page.ids() if id_.startswith("reason-")
    ]
    bugs = ask(reader, f"{OF_BETA}/bugs")["bugs"]
    for count in told["counts"]:
        assert sum(bug["section"] == count["section"] for bug in bugs) == count["count"], count
    for count in told["todos"]:
        counted = sum(any(todo["todo"] == count["todo"] for todo in bug["todos"]) for bug in bugs)
        assert counted == count["count"], count


@pytest.mark.parametrize("path", ANSWERS)
def test_every_answer_tells_how_far_it_can_be_trusted(reader: Reader, path: str) -> None:
    told = ask(reader, path)
    assert (told["checked_at"], told["notices"]) == (FRESH, [])
    assert [(source["name"], source["is_stale"]) for source in told["sources"]] == [
        ("Bugzilla", False),
        ("Pagure", False),
        ("Bodhi", False),
    ]


@pytest.mark.parametrize("path", [*ANSWERS, f"{V1}/openapi.json"])
def test_nobodys_address_and_nothing_private_is_told(reader: Reader, path: str) -> None:
    text = reader.client.get(PREFIX + path).text
    assert not [word for word in ("example.com", "SECRET", "secret") if word in text]


def test_a_private_bug_is_answered_like_one_that_does_not_exist(reader: Reader) -> None:
    texts = {reader.client.get(f"{PREFIX}{V1}/bugs/{name}").text for name in ("11", "12", "0", "007", "x", "9" * 30)}
    assert len(texts) == 1
    assert refused(reader, f"{V1}/bugs/11")["status"] == 404


@pytest.mark.parametrize("path", [f"{V1}/milestones", f"{OF_BETA}/bugs?sort=-bug", f"{OF_BETA}/updates"])
@pytest.mark.parametrize("limit", [1, 2, 3, 1000])
def test_who_follows_next_reads_every_row_once(reader: Reader, path: str, limit: int) -> None:
    whole = ask(reader, path)
    name = next(name for name in ("bugs", "updates", "milestones") if name in whole)
    rows, address = [], f"{path}{'&' if '?' in path else '?'}limit={limit}"
    while address:
        part = ask(reader, address)
        assert part["total"] == whole["total"]
        assert 0 < len(part[name]) <= limit
        rows += part[name]
        address = follow(part["next"]) if part["next"] else ""
    assert rows == whole[name]
    assert ask(reader, f"{path}{'&' if '?' in path else '?'}page=1000000")[name] == []


@pytest.mark.parametrize("path", [*ANSWERS, f"{V1}/openapi.json"])
def test_an_answer_is_confirmed_by_its_tag_and_never_by_a_time(opened: tuple[Reader, Database], path: str) -> None:
    reader, database = opened
    deadline = time.monotonic() + PATIENCE_S
    # A process keeps nothing before it knows the state of the database.
    while True:
        with selects(database) as asked:
            first = reader.client.get(PREFIX + path)
        if not any("FROM bug" in statement or "FROM event" in statement for statement in asked):
            break
        assert time.monotonic() < deadline
    assert "last-modified" not in first.headers
    with selects(database) as statements:
        held = reader.client.get(PREFIX + path, headers={"If-None-Match": first.headers["etag"]})
        later = reader.client.get(PREFIX + path, headers={"If-Modified-Since": "Fri, 31 Dec 2100 00:00:00 GMT"})
        head = reader.client.head(PREFIX + path)
    assert (held.status_code, held.content, later.status_code) == (304, b"", 200)
    assert (head.content, head.headers["etag"]) == (b"", first.headers["etag"])
    # Kept, so that nothing is asked about bugs.
    assert not [statement for statement in statements if "FROM bug" in statement or "FROM event" in statement]


def test_the_documented_answers_are_those_that_are_told(reader: Reader) -> None:
    schemas = ask(reader, f"{V1}/openapi.json")["components"]["schemas"]
    names = {operation.path: operation.answer.__name__ for operation in OPERATIONS}
    for path, name in names.items():
        told = ask(reader, V1 + path.format(release="45", name="beta", bug_id=4))
        assert list(told) == list(schemas[name]["properties"]) == schemas[name]["required"]


def test_the_original_addresses_tell_each_bug_once_and_none_that_is_rejected(reader: Reader) -> None:
    bugs = {bug["bugid"]: bug for bug in ask(reader, "/api/v0/milestones/45/beta/bugs")["bugs"]}
    assert sorted(bugs) == [1, 2, 3, 4, 5, 6, 8]
    assert bugs[1] == {
        "bugid": 1,
        "component": "kernel",
        "status": "NEW",
        "resolution": "",
        "summary": "No sound on boot",
        "nominations": ["Proposed Blocker", "Proposed Freeze Exception"],
        "url": "https://qa.fedoraproject.org/blockerbugs/bug/1",
    }
    updates = ask(reader, "/api/v0/milestones/45/beta/updates")["updates"]
    assert {update["updateid"]: update["bugs"] for update in updates} == {"FEDORA-2026-4": [4], "FEDORA-2026-6": [4, 6]}
