"""Each request has an id, from the proxy or made, which is in the answer and in every line that is logged for it."""

import json
import logging
from collections.abc import Iterator

import pytest
from sqlalchemy import make_url

from bbconsumer.config import Secret, Settings
from bbconsumer.db.session import Database
from bbconsumer.log import JsonLines
from tests.services.server import find_free_port
from tests.web.client import Client
from tests.web.reading import Reader
from tests.web.world import World
from web.app import create_app

MADE = 16


class Lines(logging.Handler):
    """Keeps what is logged, as a pod's log has it."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines(Settings.of(secret_key=Secret("signing-text")).secrets()))
        self.lines: list[dict[str, object]] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = self.format(record)
        assert "\n" not in text
        self.lines.append(json.loads(text))


@pytest.fixture
def logged() -> Iterator[Lines]:
    """What the process logs from INFO on."""
    root, lines = logging.getLogger("web"), Lines()
    level = root.level
    root.addHandler(lines)
    root.setLevel(logging.INFO)
    yield lines
    root.removeHandler(lines)
    root.setLevel(level)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_id_of_a_request(world: World, reader: Reader, logged: Lines) -> None:
    given = reader.client.get("/blockerbugs/status", headers={"X-Request-ID": "router-0123abcd"})
    assert given.headers["X-Request-ID"] == "router-0123abcd"
    made = {
        reader.client.get("/blockerbugs/bug/77", headers={"X-Request-ID": forged} if forged else {}).headers[
            "X-Request-ID"
        ]
        for forged in ("", "short", "x" * 65, 'a"} {"level": "ERROR', "line two\tof it", "a-name-with/slash")
    }
    assert len(made) == 6
    assert all(len(number) == MADE and number.isalnum() for number in made)
    ours = [line for line in logged.lines if line["logger"] == "web.observed"]
    assert ours[0]["request_id"] == "router-0123abcd"
    assert {line["request_id"] for line in ours[1:]} == made
    assert (ours[0]["route"], ours[0]["status"], ours[0]["method"]) == ("/status", 200, "GET")
    assert ours[1]["route"] == "/bug/{bug_id}"
    assert str(ours[1]["message"]).startswith("GET /bug/{bug_id}: 404 in ")


def test_what_goes_wrong_within_a_request_is_logged_with_its_id_and_health_is_not_logged(logged: Lines) -> None:
    away = Database(make_url(f"postgresql+psycopg://bob:x@127.0.0.1:{find_free_port()}/x"))
    client = Client(create_app(Settings.of(), away), raise_server_exceptions=False)
    assert client.get("/healthz/live").status_code == 200
    assert logged.lines == []
    number = client.get("/blockerbugs/user/alice?state=NEW").headers["X-Request-ID"]
    assert [line["level"] for line in logged.lines] == ["ERROR", "INFO"]
    assert {line["request_id"] for line in logged.lines} == {number}
    # By its route, and not by its address.
    assert "alice" not in str(logged.lines)
    assert str(logged.lines[0]["message"]).startswith("/user/{account:path} cannot be served: ")
