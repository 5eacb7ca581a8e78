"""Alembic's entry point. The connection and its transaction are `bbconsumer.db.schema`'s."""

from alembic import context

from bbconsumer.db.models import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    compare_type=True,
    compare_server_default=True,
    # SQLite changes a table only by making it anew.
    render_as_batch=connection.dialect.name == "sqlite",
)
context.run_migrations()
