"""A page that is held may be asked for again: it is confirmed only while it would be sent just so."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bbconsumer.config import Settings
from bbconsumer.db.models import BugRow
from bbconsumer.db.session import Database
from tests.web.client import Client
from tests.web.reading import BETA, PREFIX, Page, Reader, told
from tests.web.world import NOW, World, ago
from web.app import create_app
from web.conditional import TaggedPage, is_named
from web.security import security_headers

PAGES = [BETA, "/bug/7", "/status"]
TAG = '"0123abcd"'


@pytest.fixture
def filled(world: World) -> World:
    """One bug on a current milestone, read three minutes and a half ago."""
    world.milestone(is_current=True)
    world.nominated(7, checked_at=ago(seconds=210))
    world.synced(at=ago(seconds=210))
    return world


def _client_at(database: Database, seconds: float) -> Client:
    """Reads the pages so many seconds after NOW."""
    return Client(create_app(Settings.of(), database, clock=lambda: NOW + timedelta(seconds=seconds)))


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_page_is_tagged_by_its_bytes_and_not_sent_to_who_has_them(
    filled: World, reader: Reader, method: str, path: str
) -> None:
    page = reader.client.get(PREFIX + path)
    assert page.headers["etag"] == f'"{hashlib.sha256(page.content).hexdigest()}"'
    answer = reader.client.request(method, PREFIX + path, headers={"If-None-Match": page.headers["etag"]})
    assert (answer.status_code, answer.content) == (304, b"")
    usual = {name.lower(): value for name, value in security_headers("https://qa.fedoraproject.org").items()}
    assert told(answer) == usual | {"etag": page.headers["etag"]}


def test_the_start_page_without_a_milestone_is_a_page_like_others(reader: Reader) -> None:
    tag = reader.client.get(f"{PREFIX}/").headers["etag"]
    assert reader.client.get(f"{PREFIX}/", headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize(
    ("fields", "is_it"),
    [
        ([TAG], True),
        ([f"W/{TAG}"], True),
        ([f'"a", {TAG}'], True),
        ([f'"a",W/{TAG} , W/"b"'], True),
        (['"a"', TAG], True),
        (["*"], True),
        ([" * "], True),
        ([], False),
        ([""], False),
        (['"a"'], False),
        (["0123abcd"], False),
        ([f"w/{TAG}"], False),
        (['"0123ABCD"'], False),
        (['"0123abcd-gzip"'], False),
        (['"*"'], False),
        (['"a", *'], False),
    ],
)
def test_a_tag_is_found_in_every_form_that_a_request_may_name_it_in(fields: list[str], is_it: bool) -> None:
    assert is_named(TAG, fields) is is_it


_PARTS = st.lists(st.sampled_from(["0123abcd", "a", ",", " ", "W/", "*"]), max_size=4)
_OPAQUE = _PARTS.map(lambda parts: f'"{"".join(parts)}"')


@given(st.lists(st.lists(st.tuples(st.sampled_from(["", "W/"]), _OPAQUE), min_size=1, max_size=3), max_size=3))
def test_a_tag_is_named_exactly_when_it_is_one_of_the_listed_ones(fields: list[list[tuple[str, str]]]) -> None:
    listed = {opaque for field in fields for _, opaque in field}
    assert is_named(TAG, [", ".join(weak + opaque for weak, opaque in field) for field in fields]) is (TAG in listed)


def test_a_page_that_answers_a_form_is_always_sent() -> None:
    def answer(_request: Request) -> Response:
        return TaggedPage("<p>done</p>")

    client = Client(Starlette(routes=[Route("/", answer, methods=["POST"])]))
    assert client.post("/", headers={"If-None-Match": "*"}).text == "<p>done</p>"


@pytest.mark.parametrize("path", ["/current", "/milestone/1/beta", "/bug/8", "/milestone/1/beta/buglist", "/nothing"])
def test_what_leads_elsewhere_or_is_not_there_has_no_tag_and_is_never_confirmed(
    filled: World, reader: Reader, path: str
) -> None:
    plain = reader.client.get(PREFIX + path)
    assert plain.status_code in {307, 404}
    assert "etag" not in plain.headers
    assert reader.client.get(PREFIX + path, headers={"If-None-Match": "*"}).status_code == plain.status_code


def test_a_failure_has_no_tag_and_confirms_nothing(filled: World, reader: Reader) -> None:
    with filled.database.writing() as session:
        session.connection().exec_driver_sql("DROP TABLE nomination")
    answer = reader.client.get(PREFIX + BETA, headers={"If-None-Match": "*"})
    assert answer.status_code == 503
    assert "etag" not in answer.headers


@pytest.mark.parametrize("path", PAGES)
def test_a_page_stays_the_same_for_the_minute_that_it_tells(filled: World, database: Database, path: str) -> None:
    first = _client_at(database, 0.5).get(PREFIX + path)
    tag = first.headers["etag"]
    assert "Made on 2026-11-23 12:00 UTC." in Page(first.text).text
    held = {"If-None-Match": tag}
    assert _client_at(database, 59.9).get(PREFIX + path, headers=held).status_code == 304
    later = _client_at(database, 60).get(PREFIX + path, headers=held)
    assert later.status_code == 200
    assert later.headers["etag"] != tag
    assert "Made on 2026-11-23 12:01 UTC." in Page(later.text).text


@pytest.mark.parametrize("path", [BETA, "/bug/7"])
@pytest.mark.parametrize("values", [{"summary": "Bug number 7 crashed"}, {"status": "POST"}, {"flags": []}])
def test_a_change_of_a_bug_makes_another_tag(
    world: World, reader: Reader, path: str, values: dict[str, object]
) -> None:
    world.milestone()
    world.nominated(7, flags=[{"name": "needinfo", "status": "?", "requestee": "alice@example.com"}])
    tag = reader.client.get(PREFIX + path).headers["etag"]
    with world.database.writing() as session:
        session.execute(update(BugRow).values(**values))
    answer = reader.client.get(PREFIX + path, headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert answer.headers["etag"] != tag
