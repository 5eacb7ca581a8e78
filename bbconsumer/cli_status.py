"""The command that tells whether all is well."""

from __future__ import annotations

import sys

import click

from bbconsumer.config import Settings
from bbconsumer.db.schema import require_usable
from bbconsumer.db.session import database_now
from bbconsumer.status import load_service_status, render_status
from bbconsumer.wiring import opened_database


@click.command("status")
@click.pass_obj
def status(settings: Settings) -> None:
    """Print what the status page shows; whether anything is wrong is in the first line.

    Changes nothing, not even an old schema. Exit code: 0 nothing is known to be wrong, 1 something is, or nothing can
    be told.
    """
    with opened_database(settings) as database, database.reading() as session:
        require_usable(session.connection())
        found = load_service_status(session, settings, database_now(session))
    click.echo(render_status(found), nl=False)
    if found.troubles:
        sys.exit(1)
