"""What each command of a pod does when it starts into trouble: how it ends, and the sentence that says why.

The same table stands in openshift/TROUBLE.md. Real processes; those of one condition start together. What happens to a
process that runs already is in tests/crashes.
"""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import make_url

from bbconsumer.db.schema import code_head
from bbconsumer.db.session import Database
from tests.db.images import write_later_migrations
from tests.end_to_end.deployment import eventually
from tests.services.postgres import PostgreSQL
from tests.services.schema import make_schema
from tests.services.server import find_free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120

ENDS_BADLY, ENDS_WELL, STAYS = "exit 1", "exit 0", "stays"
READY, NOT_READY = "live, ready", "live, not ready"

DATABASE_AWAY = "the database is away"
WRONG_PASSWORD = "the database refuses the password"
NEWER = "the schema is newer than the code and not declared compatible"
COMPATIBLE = "the schema is newer than the code and declared compatible"
OLDER = "the schema is older than the code"
BROKER_AWAY = "the broker is away"
NO_CONFIGURATION = "the broker's configuration is missing"
DISK_FULL = "the disk of an SQLite database is full"


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    condition: str
    command: str
    ends: str
    says: str

    def row(self) -> str:
        return f"| {self.condition} | `{self.command}` | {self.ends} | {self.says} |"


CASES = (
    Case(DATABASE_AWAY, "upgrade_db", ENDS_BADLY, "Connection refused"),
    Case(DATABASE_AWAY, "sync", ENDS_BADLY, "Connection refused"),
    Case(DATABASE_AWAY, "consume", ENDS_BADLY, "Connection refused"),
    Case(DATABASE_AWAY, "status", ENDS_BADLY, "Connection refused"),
    Case(DATABASE_AWAY, "web", NOT_READY, "the database cannot be reached"),
    Case(WRONG_PASSWORD, "upgrade_db", ENDS_BADLY, "password authentication failed for user"),
    Case(WRONG_PASSWORD, "web", NOT_READY, "the database cannot be reached"),
    Case(NEWER, "upgrade_db", ENDS_BADLY, "run a newer image, or restore the database from before"),
    Case(NEWER, "sync", ENDS_BADLY, "run a newer image, or restore the database from before"),
    Case(NEWER, "consume", ENDS_BADLY, "run a newer image, or restore the database from before"),
    Case(NEWER, "status", ENDS_BADLY, "run a newer image"),
    Case(NEWER, "web", NOT_READY, "run a newer image"),
    Case(COMPATIBLE, "upgrade_db", ENDS_WELL, "declared compatible with it"),
    Case(COMPATIBLE, "web", READY, "ok"),
    Case(OLDER, "upgrade_db", ENDS_WELL, "The schema is now"),
    Case(OLDER, "web", NOT_READY, "run `bbconsumer upgrade_db`"),
    Case(BROKER_AWAY, "consume", STAYS, "will retry in"),
    Case(NO_CONFIGURATION, "consume", ENDS_BADLY, "does not exist"),
    Case(DISK_FULL, "upgrade_db", ENDS_BADLY, "is there room on the disk of SQLITE_PATH"),
    Case(DISK_FULL, "sync", ENDS_BADLY, "is there room on the disk of SQLITE_PATH"),
)

# Those that a change of ours breaks most easily.
IN_EVERY_RUN = {DATABASE_AWAY, NEWER, DISK_FULL}


@dataclass
class Pod:
    """A process and what it wrote."""

    process: subprocess.Popen[bytes]
    log: Path
    port: int

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def asked(self, path: str) -> requests.Response:
        """What a web answers, once it does at all."""
        return eventually(lambda: [requests.get(f"http://127.0.0.1:{self.port}{path}", timeout=30)], PATIENCE_S)[0]


@contextmanager
def started(command: str, environment: dict[str, str], folder: Path) -> Iterator[Pod]:
    """A command as a pod runs it; more than 4 KiB go into no file where the disk is full."""
    port = find_free_port()
    words = {
        "web": ["uvicorn", "--factory", "web.app:create_app_from_environment", "--port", str(port)],
    }.get(command, ["bbconsumer.cli", command])
    log = folder / f"{command}.log"
    # In blocks of 512 bytes.
    limit = ["sh", "-c", 'ulimit -f 8 && exec "$0" "$@"'] if environment.get("LIMITED") == "1" else []
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*limit, sys.executable, "-m", *words],
            # Compiled code that is cut off at the limit would break whoever imports it next.
            env={
                "PATH": "/usr/bin:/bin",
                "PYTHONPATH": str(ROOT),
                "PYTHONDONTWRITEBYTECODE": "1",
                "METRICS_PORT": "0",
                **environment,
            },
            cwd=folder,
            stdout=output,
            stderr=output,
        )
    try:
        yield Pod(process, log, port)
    finally:
        process.kill()
        process.wait()


def broker_configuration(folder: Path, port: int) -> Path:
    path = folder / "broker.toml"
    preset = (ROOT / "bbconsumer" / "messaging" / "local.toml").read_text()
    path.write_text(preset.replace("localhost:5672", f"127.0.0.1:{port}"))
    return path


def sqlite_file(folder: Path, revision: str = "", compatible: bool = False) -> dict[str, str]:
    """A database of ours, whose schema then claims another revision."""
    path = folder / "test.sqlite"
    database = Database(make_url(f"sqlite:///{path}"))
    make_schema(database)
    database.dispose()
    if revision:
        with sqlite3.connect(path) as connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
            connection.execute("DELETE FROM schema_compatibility")
            known = (code_head(), revision) if compatible else (revision,)
            connection.executemany("INSERT INTO schema_compatibility VALUES (?)", [(each,) for each in known])
        connection.close()
    return {"SQLITE_PATH": str(path)}


def older_schema(folder: Path) -> dict[str, str]:
    """For code with one more migration, which is found first in the folder in which the commands run."""
    write_later_migrations(folder, "0999", code_head(), f'runs_on(["{code_head()}", "0999"])')
    return sqlite_file(folder)


@pytest.fixture
def conditions(tmp_path: Path, request: pytest.FixtureRequest) -> dict[str, str]:
    """The environment in which the commands of this test's condition start."""
    condition = request.param
    configuration = {"FEDORA_MESSAGING_CONF": str(broker_configuration(tmp_path, find_free_port()))}
    nobody = f"postgresql+psycopg://someone:made-up-word@127.0.0.1:{find_free_port()}/blockerbugs"
    match condition:
        case "the database is away":
            return {"DATABASE_URL": nobody} | configuration
        case "the database refuses the password":
            server: PostgreSQL = request.getfixturevalue("postgres")
            url = make_url(server.url).set(password="made-up-word")
            return {"DATABASE_URL": url.render_as_string(hide_password=False)}
        case "the schema is older than the code":
            return older_schema(tmp_path)
        case "the broker's configuration is missing":
            return sqlite_file(tmp_path) | {"FEDORA_MESSAGING_CONF": str(tmp_path / "nowhere.toml")}
        case "the disk of an SQLite database is full":
            return sqlite_file(tmp_path) | {"SQLITE_PATH": str(tmp_path / "full.sqlite"), "LIMITED": "1"}
        case "the broker is away":
            return sqlite_file(tmp_path) | configuration
    return sqlite_file(tmp_path, "9999", compatible=condition == COMPATIBLE) | configuration


def _each_condition() -> list[Any]:
    marks = {each: [] if each in IN_EVERY_RUN else [pytest.mark.long_form] for each in (c.condition for c in CASES)}
    return [pytest.param(each, each, marks=marks[each], id=each) for each in marks]


@pytest.mark.parametrize(("conditions", "condition"), _each_condition(), indirect=["conditions"])
def test_every_command_ends_as_documented_and_says_why(
    condition: str, conditions: dict[str, str], tmp_path: Path
) -> None:
    cases = [case for case in CASES if case.condition == condition]
    # The schema that one command brings up to date must not be found so by the web.
    cases.sort(key=lambda case: case.command != "web")
    with ExitStack() as stack:
        pods = []
        for case in cases:
            pods.append(stack.enter_context(started(case.command, conditions, tmp_path)))
            if case.command == "web":
                assert_web(case, pods[-1])
        for case, pod in zip(cases, pods, strict=True):
            if case.command != "web":
                assert_command(case, pod)
            assert "made-up-word" not in pod.said()
            assert "Traceback" not in pod.said()


def assert_web(case: Case, pod: Pod) -> None:
    assert pod.asked("/healthz/live").text == "ok"
    status = pod.asked("/healthz/ready")
    assert (status.status_code, case.says in status.text) == (200 if case.ends == READY else 503, True), status.text


def assert_command(case: Case, pod: Pod) -> None:
    if case.ends == STAYS:
        eventually(lambda: case.says in pod.said(), PATIENCE_S)
        assert pod.process.poll() is None
        pod.process.send_signal(signal.SIGTERM)
        assert pod.process.wait(PATIENCE_S) == 0, pod.said()
    else:
        assert pod.process.wait(PATIENCE_S) == {ENDS_WELL: 0, ENDS_BADLY: 1}[case.ends], pod.said()
        assert case.says in pod.said()


@pytest.mark.long_form
def test_a_database_that_had_no_room_goes_on_when_there_is_some(tmp_path: Path) -> None:
    for limited, code in (("1", 1), ("0", 0)):
        with started("upgrade_db", {"SQLITE_PATH": f"{tmp_path}/new.sqlite", "LIMITED": limited}, tmp_path) as pod:
            assert pod.process.wait(PATIENCE_S) == code, pod.said()


def test_the_guide_has_the_same_table() -> None:
    guide = (ROOT / "openshift" / "TROUBLE.md").read_text()
    listed = [line for line in guide.splitlines() if re.search(r"\| (exit \d|stays|live, )", line)]
    assert listed == [case.row() for case in CASES]
