"""Whatever goes wrong under /api/ is told as a problem, in a sentence that says what there is; and who may read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url, update

from bbconsumer.config import Settings
from bbconsumer.db.models import NominationRow
from bbconsumer.db.session import Database
from tests.web import crowd
from tests.web.api.asking import OF_BETA, V1, refused
from tests.web.client import Client
from tests.web.reading import BETA, PREFIX, Reader
from tests.web.world import NOW, World
from web.app import create_app

V0_BUGS = "/api/v0/milestones/45/beta/bugs"
ORIGIN = {"Origin": "https://example.org"}
REFUSALS = [
    (f"{V1}/milestones?limit=0", 400, "limit cannot be “0”: it may be a whole number from 1 to 1000."),
    (f"{V1}/milestones?limit=1001", 400, "from 1 to 1000."),
    (f"{V1}/milestones?limit=ten", 400, "limit cannot be “ten”"),
    (f"{V1}/milestones?limit=٣", 400, "limit cannot be “٣”"),
    (f"{V1}/milestones?limit=", 400, "limit is empty: it must have a value, or be left out."),
    (f"{V1}/milestones?limit=1&limit=2", 400, "limit may be given only once."),
    (f"{V1}/milestones?page=0", 400, "page cannot be “0”"),
    (f"{V1}/milestones?pages=2", 400, "There is no parameter “pages” here. There are limit or page."),
    (f"{OF_BETA}?limit=2", 400, "There is no parameter “limit” here. There are none."),
    (f"{OF_BETA}/bugs?state=LOST", 400, "state cannot be “LOST”: it may be NEW, ASSIGNED,"),
    (f"{OF_BETA}/bugs?format=csv", 400, "There is no parameter “format” here."),
    (f"{OF_BETA}/bugs?sort=sideways", 400, "sort cannot be “sideways”"),
    (f"{OF_BETA}/bugs?{'x' * 400}=1", 400, f"“{'x' * 60}…”"),
    (f"{OF_BETA}/updates?todo=vote", 400, "There is no parameter “todo” here."),
    (f"{V1}/events?since=-1", 400, "since cannot be “-1”: it may be a whole number from 0 to 9223372036854775807."),
    (f"{V1}/events?since=9223372036854775808", 400, "since cannot be “9223372036854775808”"),
    (f"{V1}/events?since={'9' * 5000}", 400, "since cannot be"),
    (f"{V1}/bugs/7?x=1", 400, "There are none."),
    (f"{V1}/openapi.json?x=1", 400, "There are none."),
    (f"{V0_BUGS}?type=blocker", 400, "There are none."),
    ("/api/v0/milestones/45/beta/updates?x=1", 400, "There are none."),
    (f"{V1}/milestones/45/gamma", 404, "There is no such milestone here. Known are: 45/beta, 45/final."),
    (f"{V1}/milestones/44/beta/bugs", 404, "Known are: 45/beta, 45/final."),
    (f"{V1}/milestones/44/beta/updates", 404, "Known are: 45/beta, 45/final."),
    ("/api/v0/milestones/44/beta/bugs", 404, "Known are: 45/beta, 45/final."),
    (f"{V1}/bugs/12", 404, "A bug is known here only while it is public"),
    (f"{V1}/nothing", 404, "/api/v1/openapi.json tells"),
    ("/api/v2/milestones", 404, "/api/v1/openapi.json tells"),
    ("/api/", 404, "/api/v1/openapi.json tells"),
    (f"{V1}/bugs/7%0A", 404, "/api/v1/openapi.json tells"),
]


@pytest.fixture(scope="module")
def asker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Reads one world that no test changes."""
    with crowd.opened(tmp_path_factory.mktemp("crowd")) as (reader, _):
        yield reader


def test_what_cannot_be_asked_is_refused_with_what_can(asker: Reader) -> None:
    for path, status, words in REFUSALS:
        problem = refused(asker, path)
        assert (problem["status"], words in problem["detail"]) == (status, True), (path, problem)


def test_without_any_milestone_that_is_said(world: World, reader: Reader) -> None:
    assert refused(reader, OF_BETA)["detail"] == "There is no such milestone here. Known are: none."


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", [f"{V1}/events", f"{V1}/openapi.json", "/api/v0/bugimg/7", V0_BUGS])
def test_what_is_read_cannot_be_written(asker: Reader, method: str, path: str) -> None:
    response = asker.client.request(method, PREFIX + path, headers={"Sec-Fetch-Site": "same-origin"})
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD"}
    assert "header Allow" in refused(asker, path, method=method)["detail"]


def test_a_call_that_the_webhook_does_not_take_is_a_problem(asker: Reader) -> None:
    assert "no key is set up here" in refused(asker, "/api/v0/webhook", method="POST")["detail"]


def test_a_fault_of_ours_shows_no_traceback(world: World, reader: Reader) -> None:
    world.milestone()
    world.nominated(7)
    with world.database.writing() as session:
        session.execute(update(NominationRow).values(state="SECRET"))
    problem = refused(reader, f"{V1}/bugs/7")
    assert (problem["status"], problem["title"]) == (500, "Internal Server Error")
    assert "SECRET" not in problem["detail"]
    response = reader.client.get(f"{PREFIX}{V1}/bugs/7", headers=ORIGIN)
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", [f"{V1}/milestones", f"{OF_BETA}/bugs", f"{V1}/events", V0_BUGS, "/api/v0/bugimg/7"])
def test_without_the_database_problems_say_when_to_come_back(path: str) -> None:
    away = Database(URL.create("postgresql+psycopg", host="127.0.0.1", port=1, username="SECRET", password="SECRET"))
    with Client(create_app(Settings.of(), away)) as client:
        response = client.get(PREFIX + path)
        problem = refused(Reader(client), path)
    assert (response.status_code, response.headers["retry-after"]) == (503, "30")
    assert problem["detail"].startswith("The database cannot be reached; try again.")
    assert "SECRET" not in response.text


def test_without_tables_problems_say_what_the_operator_must_do(tmp_path: Path) -> None:
    database = Database(make_url(f"sqlite:///{tmp_path / 'empty.sqlite'}"))
    with Client(create_app(Settings.of(), database, clock=lambda: NOW)) as client:
        problem = refused(Reader(client), f"{V1}/events")
    assert (problem["status"], "bbconsumer upgrade_db" in problem["detail"]) == (503, True)


@pytest.mark.parametrize("path", [f"{V1}/events", f"{V1}/nothing", V0_BUGS, "/api/v0/bugimg/7", f"{V1}/openapi.json"])
def test_scripts_of_any_site_may_read_without_credentials(asker: Reader, path: str) -> None:
    answer = asker.client.get(PREFIX + path, headers=ORIGIN)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "ETag" in answer.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in answer.headers
    asked = ORIGIN | {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "if-none-match"}
    preflight = asker.client.options(PREFIX + path, headers=asked)
    assert (preflight.status_code, preflight.headers["access-control-allow-methods"]) == (200, "GET, HEAD, OPTIONS")
    for method in ("POST", "PUT", "DELETE"):
        refusal = asker.client.options(PREFIX + path, headers=asked | {"Access-Control-Request-Method": method})
        assert refusal.status_code == 400, method


@pytest.mark.parametrize(
    "path", ["/api/v0/webhook", BETA, "/bug/7", "/status", "/badge/45/beta.svg", "/static/site.css"]
)
def test_nothing_else_is_shared(asker: Reader, path: str) -> None:
    asked = ORIGIN | {"Access-Control-Request-Method": "POST"}
    for answer in (
        asker.client.get(PREFIX + path, headers=ORIGIN),
        asker.client.post(PREFIX + path, headers=ORIGIN),
        asker.client.options(PREFIX + path, headers=asked),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control-")]
