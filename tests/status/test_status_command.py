"""What the command line tells about the service itself: the text, and the exit code that goes with it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import make_url

from bbconsumer.cli import main
from bbconsumer.config import Settings
from bbconsumer.db.models import Heartbeat, SourceState, SyncRun
from bbconsumer.db.schema import code_head
from bbconsumer.db.session import Database
from bbconsumer.log import escaped
from bbconsumer.status import load_service_status, render_status
from tests.hostile.corpus import TEXTS_BY_KIND
from tests.services.schema import make_schema
from tests.web.reading import selects
from tests.web.troubles import TROUBLES, make_well
from tests.web.world import NOW, World, ago, dead_letter_row, work_row

TEXTS = Path(__file__).parent / "texts"
WELL = "Nothing is known to be wrong: "
WRONG = "Something is wrong: "


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    database = Database(make_url(sqlite_url), clock=lambda: NOW)
    make_schema(database)
    yield World(database)
    database.dispose()


@pytest.fixture
def at_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database's clock says NOW in commands too."""
    monkeypatch.setattr("bbconsumer.cli_status.database_now", lambda _session: NOW)


def told(name: str) -> str:
    """The text of that name, with the schema's revision as it is now."""
    return (TEXTS / f"{name}.txt").read_text().replace("HEAD", code_head())


def run(world: World, **environment: str) -> Result:
    url = world.database.engine.url.render_as_string(hide_password=False)
    return CliRunner().invoke(main, ["status"], env={"DATABASE_URL": url, "LOG_LEVEL": "ERROR", **environment})


def text_of(world: World, settings: Settings | None = None) -> str:
    with world.database.reading() as session:
        return render_status(load_service_status(session, settings or Settings.of(), NOW))


def be_at_work(world: World) -> None:
    world.add(SourceState(name="bus", last_success_at=ago(seconds=9)))
    world.add(Heartbeat(part="consumer", at=ago(seconds=30)), Heartbeat(part="worker", at=ago(seconds=40)))


def go_wrong_in_every_way(world: World) -> None:
    world.milestone("45", "final", is_read=False, trackers={"blocker": 2001, "freeze_exception": 2002})
    with world.database.writing() as session:
        session.connection().exec_driver_sql("UPDATE tracker SET problem = 'no rights\nmore' WHERE id = 2001")
    world.source(
        failures=4, last_failure_at=ago(minutes=1), last_error="HTTP 502\nSECRET", down_until=ago(minutes=-2)
    )  # fmt: skip
    world.source("bodhi", failures=1, last_failure_at=ago(minutes=1), last_error="no answer")
    world.add(SourceState(name="bus", last_success_at=ago(minutes=31)))
    world.add(Heartbeat(part="consumer", at=ago(minutes=6)))
    world.gate(tripped_at=ago(hours=1), reason="31 of 60 bugs disappeared\nSECRET")
    world.bug(7777, absence="private")
    world.add(work_row(7777, attempts=1, last_error="SECRET"))
    world.add(work_row(5, due_at=ago(minutes=-5), attempts=3, last_error="ValueError: bad\nSECRET"))
    world.add(work_row(3, kind="ticket", due_at=ago(minutes=8)), work_row(4, kind="ticket", leased_until=ago(days=-1)))
    world.synced("incomplete", at=ago(minutes=50), keys=40, left=2, problem="2 bugs left\nSECRET")
    world.add(SyncRun(state="running", started_at=ago(minutes=45), heartbeat_at=ago(minutes=44), keys=40))
    world.add(dead_letter_row(1), dead_letter_row(2, reason="no JSON\nSECRET"))


def test_the_whole_text_when_all_is_well(world: World, at_now: None) -> None:
    make_well(world)
    be_at_work(world)
    done = run(world)
    assert (done.stdout, done.stderr, done.exit_code) == (told("well"), "", 0)


def test_the_whole_text_when_all_is_wrong(world: World, at_now: None) -> None:
    make_well(world)
    go_wrong_in_every_way(world)
    done = run(world)
    assert (done.stdout, done.stderr, done.exit_code) == (told("wrong"), "", 1)
    assert "SECRET" not in done.stdout
    assert "7777" not in done.stdout


def test_the_whole_text_of_a_fresh_installation(world: World, at_now: None) -> None:
    done = run(world)
    assert (done.stdout, done.stderr, done.exit_code) == (told("fresh"), "", 1)


@pytest.mark.parametrize(("_anchor", "sentence", "go_wrong"), TROUBLES)
def test_each_trouble_of_the_page_is_in_the_first_line_and_in_the_exit_code(
    world: World, at_now: None, _anchor: str, sentence: str, go_wrong: Callable[[World], None]
) -> None:
    make_well(world)
    assert run(world).exit_code == 0
    go_wrong(world)
    done = run(world)
    first = done.stdout.partition("\n")[0]
    assert (first.startswith(WRONG), sentence in first, done.exit_code) == (True, True, 1), first


def test_what_is_told_is_of_the_time_of_the_database(world: World) -> None:
    """Without a clock of the test's own: all was read just now."""
    now = datetime.now(UTC)
    world.milestone()
    world.synced(at=now)
    world.updates_synced(at=now)
    done = run(world)
    assert (done.stdout.startswith(WELL), done.exit_code) == (True, 0), done.output


def test_both_databases_tell_the_same(database_url: str) -> None:
    database = Database(make_url(database_url), clock=lambda: NOW)
    make_schema(database)
    make_well(World(database))
    go_wrong_in_every_way(World(database))
    assert text_of(World(database)) == told("wrong")
    database.dispose()


@pytest.mark.parametrize("kind", ["bug", "discussion", "record", "lookup"])
def test_a_failing_key_of_a_bug_that_is_not_public_keeps_its_number_to_itself(world: World, kind: str) -> None:
    world.bug(7777, absence="private")
    world.add(work_row(7777, kind=kind, attempts=1, last_error="SECRET"))
    text = text_of(world)
    assert "    a bug that is not public: 1 try, tried again 2026-11-23 11:59:00 UTC (1 min ago): the error" in text
    assert not re.search("7777|SECRET", text)


def test_where_sources_are_left_alone_nothing_is_told_of_them(world: World, at_now: None) -> None:
    make_well(world)
    world.source("pagure", failures=4, last_error="HTTP 502")
    world.tickets_synced("aborted")
    world.add(SourceState(name="bus-pagure", last_success_at=NOW))
    assert run(world).exit_code == 1
    done = run(world, PAGURE_ENABLED="0")
    assert ("agure" in done.stdout, done.exit_code) == (False, 0), done.stdout


def test_removals_that_are_accepted_are_told(world: World) -> None:
    world.gate(tripped_at=None, accepting_run_id=3)
    assert "  open for everything until the running sync has ended: an operator" in text_of(world)


@pytest.mark.parametrize("kind", TEXTS_BY_KIND)
def test_nothing_from_outside_commands_the_terminal_or_forges_a_line(world: World, kind: str) -> None:
    make_well(world)
    go_wrong_in_every_way(world)
    count = text_of(world).count("\n")
    for number, text in enumerate(TEXTS_BY_KIND[kind]):
        # What no database takes does not come from one.
        hostile = text.replace("\0", "").encode("utf-8", "ignore").decode()
        world.source(last_error=f"x{hostile}")
        world.gate(reason=f"x{hostile}")
        with world.database.writing() as session:
            for statement in (
                "UPDATE work_item SET last_error = ? WHERE id = 5",
                "UPDATE sync_run SET problem = ?",
                "UPDATE dead_letter SET reason = ?",
                "UPDATE dead_letter SET topic = ?",
                "UPDATE tracker SET problem = ? WHERE id = 2001",
            ):
                session.connection().exec_driver_sql(statement, (f"x{hostile}",))
        lines = text_of(world).split("\n")
        assert len(lines) == count + 1, (kind, number)
        assert [line for line in lines if line != escaped(line)] == [], (kind, number)


def test_the_number_of_selects_does_not_depend_on_what_is_stored(world: World) -> None:
    counts = []
    for numbers in (range(10), range(10, 300)):
        world.add(*(work_row(number, attempts=1) for number in numbers))
        world.add(*(dead_letter_row(number) for number in numbers))
        world.synced()
        with selects(world.database) as statements:
            text_of(world)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 8


def test_a_database_without_a_schema_is_told_and_stays_without_one(sqlite_url: str) -> None:
    database = Database(make_url(sqlite_url))
    done = run(World(database))
    assert (done.stdout, done.exit_code) == ("", 1)
    assert done.stderr == "Error: the database's schema is empty: run `bbconsumer upgrade_db`\n"
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar() == 0
    database.dispose()


@pytest.mark.parametrize(
    ("revision", "says"),
    [
        ("0001", "the database's schema is older: run `bbconsumer upgrade_db`"),
        ("9999", "the database has schema 9999, not made for this code: run a newer image"),
    ],
)
def test_a_schema_that_does_not_fit_is_told_and_stays_as_it_is(world: World, revision: str, says: str) -> None:
    with sqlite3.connect(world.database.engine.url.database or "") as connection:
        connection.execute("DELETE FROM schema_compatibility")
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    done = run(world)
    assert (done.stdout, done.stderr, done.exit_code) == ("", f"Error: {says}\n", 1)
    assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(revision,)]
    connection.close()


def test_a_database_that_is_away_is_told(tmp_path: Path) -> None:
    nowhere = Database(make_url(f"sqlite:///{tmp_path}/nowhere/test.sqlite"))
    done = run(World(nowhere))
    assert (done.stdout, done.exit_code) == ("", 1)
    assert done.stderr.startswith("Error: unable to open database file")
