"""Each revision keeps the promises that the next one, and the code of the one before, rely on."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, make_url, text

from bbconsumer.db.models import Base
from bbconsumer.db.schema import code_head, upgrade
from bbconsumer.db.session import Database
from tests.db.images import ROOT


@pytest.fixture
def schema(database_url: str) -> Iterator[Database]:
    """A database as the migrations make it."""
    database = Database(make_url(database_url))
    upgrade(database)
    yield database
    database.dispose()


def test_the_migrations_lead_to_the_tables_that_the_code_has(schema: Database) -> None:
    with schema.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
        names = {table: _constraint_names(connection, table) for table in Base.metadata.tables}
    assert names == {name: _declared_names(name) for name in Base.metadata.tables}


def _constraint_names(connection: Connection, table: str) -> set[str]:
    inspector = inspect(connection)
    checks, foreign = inspector.get_check_constraints(table), inspector.get_foreign_keys(table)
    unique, indexes = inspector.get_unique_constraints(table), inspector.get_indexes(table)
    primary = inspector.get_pk_constraint(table)
    return {str(found["name"]) for found in (*checks, *foreign, *unique, *indexes, primary)}


def _declared_names(table: str) -> set[str]:
    declared = Base.metadata.tables[table]
    return {str(part.name) for part in declared.constraints} | {str(part.name) for part in declared.indexes}


def test_the_files_names_tell_which_revisions_there_are_and_in_which_order() -> None:
    """So that whoever asks only where a database stands need not load them all, nor Alembic."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    script = ScriptDirectory.from_config(config)
    in_order = [revision.revision for revision in script.walk_revisions()][::-1]
    assert in_order == [path.stem[:4] for path in sorted((ROOT / "migrations" / "versions").glob("[0-9]*.py"))]
    assert script.get_current_head() == code_head()


def test_a_process_on_a_schema_that_is_up_to_date_does_not_load_alembic(schema: Database) -> None:
    look = (
        "import sys, sqlalchemy; from bbconsumer.db.session import Database; from bbconsumer.db.schema import upgrade; "
        "upgrade(Database(sqlalchemy.make_url(sys.argv[1]))); print('alembic' in sys.modules)"
    )
    url = schema.engine.url.render_as_string(hide_password=False)
    run = subprocess.run([sys.executable, "-c", look, url], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"


@pytest.mark.parametrize(
    "path", sorted((ROOT / "migrations" / "versions").glob("[0-9]*.py")), ids=lambda path: path.stem
)
def test_each_revision_ends_by_declaring_that_its_own_code_runs_on_it(path: Path) -> None:
    (upgrade_function,) = (
        part
        for part in ast.parse(path.read_text()).body
        if isinstance(part, ast.FunctionDef) and part.name == "upgrade"
    )
    last = ast.unparse(upgrade_function.body[-1])
    assert last.startswith("runs_on([")
    assert last.endswith("revision])")


def test_the_head_declares_itself(schema: Database) -> None:
    with schema.engine.connect() as connection:
        assert code_head() in connection.scalars(text("SELECT code_revision FROM schema_compatibility")).all()
