"""The commands with which an operator writes to review tickets."""

from __future__ import annotations

import threading

import click

from bbconsumer import commands
from bbconsumer.cli_arguments import actor
from bbconsumer.config import Settings
from bbconsumer.sources.bugzilla import BugzillaSource
from bbconsumer.sources.pagure import PagureSource
from bbconsumer.wiring import (
    build_discussion_worker,
    build_discussions,
    build_source,
    build_ticket_source,
    ready_database,
)


@click.command("recreate_discussion")
@click.argument("bug_id", type=click.IntRange(min=1), metavar="BUG")
@click.pass_obj
def recreate_discussion(settings: Settings, bug_id: int) -> None:
    """Close the review tickets of BUG and open a new one."""
    with ready_database(settings) as database:
        tickets, bugs = _writing_sources(settings)
        ticket_id = build_discussions(settings, database, tickets, bugs).recreate(bug_id)
    click.echo(f"Opened ticket {ticket_id} for bug {bug_id}.")


@click.command("close_inactive_discussions")
@click.pass_obj
def close_inactive_discussions(settings: Settings) -> None:
    """Close the review tickets of bugs about which nothing is left to decide."""
    with ready_database(settings) as database:
        tickets, bugs = _writing_sources(settings)
        worker = build_discussion_worker(settings, database, tickets, bugs, threading.Event())
        count = commands.mark_open_discussions(database, actor=actor())
        while worker.work_once():
            pass
    click.echo(f"Looked at the tickets of {count} bugs.")


def _writing_sources(settings: Settings) -> tuple[PagureSource, BugzillaSource]:
    if not (settings.pagure_enabled and settings.pagure_bot_enabled):
        raise commands.CommandRefused("PAGURE_BOT_ENABLED is off: this service may not write to tickets")
    return build_ticket_source(settings), build_source(settings)
