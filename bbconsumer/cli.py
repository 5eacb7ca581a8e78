"""The command line. Also runs as a file from a checkout: ``python bbconsumer/cli.py sync``."""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

if __package__ in (None, ""):
    # Run as a file, Python looks for imports beside it instead of beside the package.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import click
from sqlalchemy.exc import DBAPIError

from bbconsumer import commands, messaging, reporting
from bbconsumer.cli_arguments import Moment, actor, milestone_arguments
from bbconsumer.cli_discussions import close_inactive_discussions, recreate_discussion
from bbconsumer.cli_milestones import rollover, set_milestone
from bbconsumer.cli_status import status
from bbconsumer.config import ConfigurationError, Settings, openshift_config
from bbconsumer.db import facts, schema
from bbconsumer.db.session import advice_on, database_now
from bbconsumer.domain.trackers import Milestone, MilestoneName, TrackerKind
from bbconsumer.effects.discussions import NothingToDiscuss
from bbconsumer.explaining import explain_bug
from bbconsumer.log import escaped, set_up_logging
from bbconsumer.progress import shown_progress
from bbconsumer.sources import RequestRefused, SourceUnavailable
from bbconsumer.sync import Outcome, Sync, SyncAlreadyRunning, SyncState
from bbconsumer.wiring import build_source, build_syncs, opened_database, ready_database

_EXPECTED = (
    ConfigurationError,
    commands.CommandRefused,
    schema.SchemaError,
    NothingToDiscuss,
    SourceUnavailable,
    RequestRefused,
    DBAPIError,
    OSError,
)

# Of the sentence about a command.
_LONGEST_SENTENCE = 300


class _Commands(click.Group):
    """Ends with a sentence instead of a traceback where the trouble is not a fault of the program."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except _EXPECTED as error:
            text = str(getattr(error, "orig", None) or error) + advice_on(error)
            for secret in ctx.obj.secrets() if isinstance(ctx.obj, Settings) else ():
                text = text.replace(secret, "***")
            # What a server said must not command the terminal; a database's errors have several lines.
            raise click.ClickException("\n".join(map(escaped, text.split("\n")))) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, each with its whole first sentence; click would cut it at the end of the line."""
        rows = [
            (name, command.get_short_help_str(limit=_LONGEST_SENTENCE))
            for name in self.list_commands(ctx)
            if (command := self.get_command(ctx, name))
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="bbconsumer")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Tell Fedora whether a release can ship.

    Settings come from the environment; see check_config.
    """
    ctx.obj = openshift_config(os.environ)
    set_up_logging(ctx.obj)


@main.command("check_config")
@click.pass_obj
def check_config(settings: Settings) -> None:
    """Print the settings in force, secrets masked."""
    for line in settings.lines():
        click.echo(line)


@main.command("upgrade_db")
@click.pass_obj
def upgrade_db(settings: Settings) -> None:
    """Bring the database's schema up to date. Safe at any time and from several places at once."""
    with opened_database(settings) as database:
        before, after = schema.upgrade(database)
        is_granted = schema.grant_roles(database)
    if before.standing is schema.Standing.NEWER_COMPATIBLE:
        click.echo(
            f"The schema ({after.revision}) is newer than this code ({after.head}) and declared compatible with it."
        )
    elif before.revision == after.revision:
        click.echo(f"The schema is up to date ({after.revision}).")
    else:
        click.echo(f"The schema is now {after.revision} (it was {before.revision or 'empty'}).")
    if is_granted:
        click.echo(f"The roles {' and '.join(schema.ROLES)} have what they need.")


@main.command("init_db")
@click.pass_obj
def init_db(settings: Settings) -> None:
    """Create the schema in an empty database; refuses one that has a schema."""
    with opened_database(settings) as database:
        with database.engine.connect() as connection:
            state = schema.schema_state(connection)
        if state.standing is not schema.Standing.EMPTY:
            raise schema.SchemaError(f"the database has a schema already ({state.revision}): use upgrade_db")
        _, after = schema.upgrade(database)
    click.echo(f"Created schema {after.revision}. Next: bbconsumer add_milestone 45 beta --current")


@main.command("add_release")
@click.argument("release")
@click.pass_obj
def add_release(settings: Settings, release: str) -> None:
    """Make RELEASE (its number) known."""
    with ready_database(settings) as database:
        is_new = commands.add_release(database, release, actor=actor())
    click.echo(f"Release {release} {'added' if is_new else 'was known already'}.")


@main.command("add_milestone")
@milestone_arguments
@click.option("--blocker", type=click.IntRange(min=1), help="The blocker tracker's bug number, instead of its alias.")
@click.option("--freeze-exception", type=click.IntRange(min=1), help="The freeze exception tracker's bug number.")
@click.option("--current", is_flag=True, help="Make it the milestone that /current leads to.")
@click.pass_obj
def add_milestone(
    settings: Settings, release: str, name: str, blocker: int | None, freeze_exception: int | None, current: bool
) -> None:
    """Make a milestone known and active, for example 45 beta, with its trackers as Bugzilla knows them."""
    milestone = Milestone(release, MilestoneName(name))
    given = {TrackerKind.BLOCKER: blocker, TrackerKind.FREEZE_EXCEPTION: freeze_exception}
    with ready_database(settings) as database:
        trackers = {kind: number for kind, number in given.items() if number is not None}
        if len(trackers) < len(given):
            trackers = commands.find_trackers(build_source(settings), milestone) | trackers
        commands.add_milestone(database, milestone, trackers, make_current=current, actor=actor())
    numbers = ", ".join(f"{kind.label} tracker {number}" for kind, number in trackers.items())
    click.echo(f"{milestone.title}: {numbers}. Next: bbconsumer sync")


@main.command("set_dates")
@milestone_arguments
@click.option("--freeze", type=Moment(), help="When only fixes of accepted bugs may become stable.")
@click.option("--go-no-go", type=Moment(), help="When the Go/No-Go meeting decides.")
@click.option("--target", type=Moment(), help="When the milestone shall be released.")
@click.pass_obj
def set_dates(settings: Settings, /, release: str, name: str, **moments: datetime | str | None) -> None:
    """Set the dates of a milestone: 2026-09-08 (its beginning) or 2026-09-08T14:00, in UTC; none clears one."""
    changes = {f"{key}_at": at if isinstance(at, datetime) else None for key, at in moments.items() if at is not None}
    milestone = Milestone(release, MilestoneName(name))
    with ready_database(settings) as database:
        dates = commands.set_dates(database, milestone, changes, actor=actor())
    click.echo(f"{milestone.title}: {'; '.join(dates.lines())}.")


@main.command("sync")
@click.option("--accept-removals", is_flag=True, help="Believe every removal, and open the removal gate.")
@click.pass_obj
def sync(settings: Settings, accept_removals: bool) -> None:
    """Read everything from all sources and store it; needs neither bus nor consumer.

    Exit code: 0 complete, 1 aborted, incomplete, or another one is running.
    """
    with ready_database(settings) as database:
        runs = build_syncs(settings, database)

        def stop(*_: object) -> None:
            for run in runs:
                run.stop()

        signal.signal(signal.SIGTERM, stop)
        # The gate is about bugs: it is open for as long as those are read.
        accepted_by = {facts.BUGZILLA: actor()} if accept_removals else {}
        # A source that cannot be read is no reason to leave the others out.
        are_complete = [_sync_one(run, accepted_by.get(run.plan.source_name, "")) for run in runs]
        reporting.note_verdicts(database, settings)
    if not all(are_complete):
        sys.exit(1)


def _sync_one(run: Sync, accepted_by: str) -> bool:
    """Run the sync of one source, and say how it went; whether it is complete."""
    try:
        with shown_progress(run.plan.noun) as report:
            outcome = run.run(accepted_by=accepted_by, report=report)
    except SyncAlreadyRunning as error:
        click.echo(f"Error: {error}", err=True)
        return False
    click.echo(escaped(_summary(run, outcome)))
    return outcome.state is SyncState.COMPLETE


@main.command("consume")
@click.option("--conf", help=f"fedora-messaging's configuration: a file, or one of {', '.join(messaging.PRESETS)}.")
@click.pass_obj
def consume(settings: Settings, conf: str | None) -> None:
    """Follow the bus and work on what it tells, until stopped."""
    from bbconsumer import cli_bus  # noqa: PLC0415 - brings Twisted, for which no other command shall wait

    sys.exit(cli_bus.consume(settings, conf))


@main.command("work")
@click.pass_obj
def work(settings: Settings) -> None:
    """Work on the queue without following the bus, until stopped: more hands for a large backlog."""
    from bbconsumer import cli_bus  # noqa: PLC0415 - as above

    sys.exit(cli_bus.work(settings))


@main.command("replay")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a message.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def replay(settings: Settings, as_json: bool, files: tuple[Path, ...]) -> None:
    """Run recorded messages through the consumer, without a broker, and tell what each marks."""
    from bbconsumer import cli_bus  # noqa: PLC0415 - as above

    cli_bus.replay(settings, files, as_json=as_json)


@main.command("report")
@click.argument("report", type=click.Choice(list(reporting.REPORTS)))
@milestone_arguments
@click.pass_obj
def report(settings: Settings, report: str, release: str, name: str) -> None:
    """Print a text about a milestone: the same that the web shows, from what is stored."""
    milestone = Milestone(release, MilestoneName(name))
    with ready_database(settings) as database, database.reading() as session:
        facts = reporting.load_facts(session, milestone, settings)
    if facts is None:
        raise commands.CommandRefused(f"{milestone.label} is not known: add it with add_milestone first")
    # As on the web, whose pages stay the same for a minute.
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    click.echo(reporting.render_report(reporting.REPORTS[report], facts, settings, now), nl=False)


@main.command("explain")
@click.argument("bug_id", type=click.IntRange(min=1), metavar="BUG")
@click.pass_obj
def explain(settings: Settings, bug_id: int) -> None:
    """Print what is known about BUG, from where, and why it is classified so."""
    with ready_database(settings) as database, database.reading() as session:
        click.echo(explain_bug(session, bug_id, settings, database_now(session)), nl=False)


main.add_command(status)
main.add_command(set_milestone)
main.add_command(rollover)
main.add_command(recreate_discussion)
main.add_command(close_inactive_discussions)


@main.command("demo", context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def demo(arguments: tuple[str, ...]) -> None:
    """Show the service with simulated sources and a release in the middle of its Beta freeze."""
    from bbconsumer.simulator.demo import main as run_demo  # noqa: PLC0415 - brings a web server, which nobody else needs

    sys.exit(run_demo(arguments))


def _summary(run: Sync, outcome: Outcome) -> str:
    done = outcome.keys - outcome.left
    text = f"sync {outcome.state}: {done} of {outcome.keys} {run.plan.noun} in {outcome.seconds:.1f} s"
    return f"{text}: {outcome.problem}" if outcome.problem else text


if __name__ == "__main__":
    main()
