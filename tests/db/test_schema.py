"""The schema comes into being once, whole or not at all, and old and new code know whether they may use it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, make_url, text
from sqlalchemy.exc import IntegrityError, OperationalError

from bbconsumer.db.models import Base, MilestoneRow, Release, RemovalGate, SyncRun
from bbconsumer.db.schema import ADVISORY_LOCK, SchemaError, Standing, code_head, schema_state, upgrade
from bbconsumer.db.session import Database
from tests.db.images import Image, write_later_migrations

NOW = datetime(2026, 11, 23, tzinfo=UTC)
HEAD = code_head()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database."""
    database = Database(make_url(database_url))
    yield database
    database.dispose()


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Database]:
    """The same where what is said matters, and not which database it is said of."""
    database = Database(make_url(sqlite_url))
    yield database
    database.dispose()


def url(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


def execute(database: Database, *statements: str) -> None:
    with database.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def standing(database: Database) -> Standing:
    with database.engine.connect() as connection:
        return schema_state(connection).standing


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names())


def add(database: Database, *rows: Any) -> None:
    with database.writing() as session:
        for row in rows:
            session.add(row)
            session.flush()


def declare_newer(database: Database, *code_revisions: str) -> None:
    """What a later image leaves behind: a revision that this code does not know, and for which code it is."""
    upgrade(database)
    execute(
        database,
        "UPDATE alembic_version SET version_num = '9999'",
        "DELETE FROM schema_compatibility",
        *(f"INSERT INTO schema_compatibility VALUES ('{revision}')" for revision in (*code_revisions, "9999")),
    )


def test_an_empty_database_gets_the_whole_schema(database: Database) -> None:
    assert standing(database) is Standing.EMPTY
    before, after = upgrade(database)
    assert (before.revision, before.standing, before.is_usable) == (None, Standing.EMPTY, False)
    assert (after.revision, after.standing, after.is_usable) == (HEAD, Standing.CURRENT, True)
    assert tables(database) == {*Base.metadata.tables, "alembic_version"}


def test_a_second_upgrade_changes_nothing(database: Database) -> None:
    upgrade(database)
    add(database, Release(name="45"))
    before, after = upgrade(database)
    assert before == after
    with database.reading() as session:
        assert session.get(Release, "45")


def _milestone(**values: Any) -> MilestoneRow:
    return MilestoneRow(**({"release": "45", "name": "beta", "is_active": True, "is_current": False} | values))


def _run(state: str) -> SyncRun:
    return SyncRun(state=state, started_at=NOW, heartbeat_at=NOW)


@pytest.mark.parametrize(
    "rows",
    [
        [_milestone(is_current=True), _milestone(name="final", is_current=True)],
        [_milestone(is_current=True, is_active=False)],
        [_milestone(), _milestone()],
        [_milestone(name="alpha")],
        [_milestone(release="46")],
        [_run("running"), _run("running")],
        [RemovalGate(id=2)],
    ],
    ids=["two current", "current, not active", "twice", "unknown name", "unknown release", "two running", "two gates"],
)
def test_the_database_itself_refuses_what_must_not_be(database: Database, rows: list[Any]) -> None:
    upgrade(database)
    add(database, Release(name="45"))
    copies = [type(row)(**{k: v for k, v in vars(row).items() if not k.startswith("_")}) for row in rows]
    with pytest.raises(IntegrityError):
        add(database, *copies)


def test_the_database_takes_what_may_be(database: Database) -> None:
    upgrade(database)
    milestones = [_milestone(is_current=True), _milestone(name="final"), _milestone(name="beta", release="44")]
    runs = [_run("running"), _run("complete"), _run("complete")]
    add(database, Release(name="44"), Release(name="45"), *milestones, *runs)


def test_two_pods_that_start_at_once_make_one_schema(database: Database, database_url: str) -> None:
    processes = [Image(database_url).start("upgrade_db") for _ in range(2)]
    outputs = []
    for process in processes:
        with process:
            output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        outputs.append(output.strip())
    assert sorted(outputs) == [
        f"The schema is now {HEAD} (it was empty).",
        f"The schema is up to date ({HEAD}).",
    ]
    assert standing(database) is Standing.CURRENT


def test_init_db_makes_a_schema_in_an_empty_database_only(sqlite: Database) -> None:
    code, output = Image(url(sqlite)).run("init_db")
    assert (code, f"Created schema {HEAD}." in output) == (0, True)
    code, output = Image(url(sqlite)).run("init_db")
    assert (code, output) == (1, f"Error: the database has a schema already ({HEAD}): use upgrade_db\n")
    assert standing(sqlite) is Standing.CURRENT


# Newer and older code on one database.


def test_a_rolled_back_image_says_that_it_runs_on_a_newer_schema(sqlite: Database) -> None:
    declare_newer(sqlite, HEAD)
    assert Image(url(sqlite)).run("upgrade_db") == (
        0,
        f"The schema (9999) is newer than this code ({HEAD}) and declared compatible with it.\n",
    )


def test_a_newer_schema_that_is_not_declared_compatible_is_refused_and_left_as_it_is(database: Database) -> None:
    declare_newer(database, "9998")
    assert standing(database) is Standing.UNUSABLE
    had = tables(database)
    with pytest.raises(SchemaError, match=r"has schema 9999, which this code .* does not know"):
        upgrade(database)
    assert tables(database) == had
    with database.engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"


def test_the_command_line_refuses_it_in_a_sentence(sqlite: Database) -> None:
    declare_newer(sqlite, "9998")
    code, output = Image(url(sqlite)).run("upgrade_db")
    assert code == 1
    assert output.startswith("Error: the database has schema 9999, which this code")
    assert output.count("\n") == 1


def test_a_later_image_upgrades_and_the_earlier_one_starts_again_on_it(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    later = write_later_migrations(tmp_path, "0999", HEAD, f'runs_on(["{HEAD}", "0999"])')
    upgrade(database)
    code, output = Image(database_url, later).run("upgrade_db")
    assert (code, output) == (0, f"The schema is now 0999 (it was {HEAD}).\n")
    before, after = upgrade(database)
    assert before == after
    assert (after.standing, after.revision, after.is_usable) == (Standing.NEWER_COMPATIBLE, "0999", True)
    add(database, Release(name="46"))


def test_a_migration_that_fails_leaves_nothing_behind_of_those_before_it_either(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    failing = write_later_migrations(tmp_path, "0999", HEAD, 'op.execute("DROP TABLE nowhere")')
    code, output = Image(database_url, failing).run("upgrade_db")
    assert code == 1
    assert "nowhere" in output
    assert tables(database) == set()
    assert standing(database) is Standing.EMPTY
    assert upgrade(database)[1].standing is Standing.CURRENT


# Databases of other programs.

FOREIGN = {
    "tables without a revision": ["CREATE TABLE bug (id integer)"],
    "another program's revision": [
        "CREATE TABLE alembic_version (version_num varchar(32))",
        "INSERT INTO alembic_version VALUES ('3f2a9c')",
    ],
    "another program's revision that is called as ours": [
        "CREATE TABLE alembic_version (version_num varchar(32))",
        f"INSERT INTO alembic_version VALUES ('{HEAD}')",
    ],
    "several revisions": [
        "CREATE TABLE alembic_version (version_num varchar(32))",
        "INSERT INTO alembic_version VALUES ('3f2a9c'), ('77aa00')",
    ],
}


@pytest.mark.parametrize("statements", FOREIGN.values(), ids=FOREIGN)
def test_another_programs_database_is_refused_and_left_as_it_is(database: Database, statements: list[str]) -> None:
    execute(database, *statements)
    had = tables(database)
    with pytest.raises(SchemaError, match="the database is not ours"):
        upgrade(database)
    assert tables(database) == had


@pytest.mark.parametrize("name", ["another program's revision", "several revisions"])
def test_the_state_of_another_programs_database_can_be_asked(database: Database, name: str) -> None:
    execute(database, *FOREIGN[name])
    assert standing(database) is Standing.UNUSABLE


def test_init_db_leaves_it_alone_and_says_so_in_a_sentence(sqlite: Database) -> None:
    execute(sqlite, *FOREIGN["another program's revision"])
    code, output = Image(url(sqlite)).run("init_db")
    assert code == 1
    assert output.startswith("Error: the database")
    assert "3f2a9c" in output
    assert output.count("\n") == 1


def test_an_upgrade_does_not_wait_for_ever_for_another(postgresql_url: str) -> None:
    database = Database(make_url(postgresql_url))
    with database.engine.connect() as other, other.begin():
        other.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        with pytest.raises(OperationalError, match="lock timeout"):
            upgrade(database, lock_timeout_s=1)
    assert tables(database) == set()
    assert upgrade(database, lock_timeout_s=1)[1].standing is Standing.CURRENT
    database.dispose()
