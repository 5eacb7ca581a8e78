"""The commands that change which milestones are active and current."""

from __future__ import annotations

import click

from bbconsumer import commands
from bbconsumer.cli_arguments import actor, milestone_arguments
from bbconsumer.config import Settings
from bbconsumer.domain.trackers import Milestone, MilestoneName
from bbconsumer.wiring import build_source, ready_database


@click.command("set_milestone")
@milestone_arguments
@click.option(
    "--active/--inactive",
    "is_active",
    default=None,
    help="Whether it is synced and offered. An inactive milestone stays as history, and is not current.",
)
@click.option("--current", is_flag=True, help="Make it the milestone that /current leads to.")
@click.pass_obj
def set_milestone(settings: Settings, release: str, name: str, is_active: bool | None, current: bool) -> None:
    """Make a milestone active, inactive or current."""
    milestone = Milestone(release, MilestoneName(name))
    with ready_database(settings) as database:
        active_now, current_now = commands.set_milestone(
            database, milestone, is_active=is_active, make_current=current, actor=actor()
        )
    words = "active" if active_now else "inactive", "current" if current_now else "not current"
    click.echo(f"{milestone.title}: {', '.join(words)}.")


@click.command("rollover")
@milestone_arguments
@click.option("--dry-run", is_flag=True, help="Only print what would be done.")
@click.pass_obj
def rollover(settings: Settings, release: str, name: str, dry_run: bool) -> None:
    """End a Beta, or with its final a release, and begin what comes next.

    The end of a Beta makes it inactive and Final the current milestone. The end of Final makes the release's milestones
    inactive, and Beta of the next release the current one; its Final is added with it. Trackers that are not known yet
    are looked up in Bugzilla by their aliases; all of them must be there. Doing so again changes nothing.
    """
    ended = Milestone(release, MilestoneName(name))
    with ready_database(settings) as database:
        plan = commands.plan_rollover(database, build_source(settings), ended)
        if not dry_run:
            plan = commands.apply_rollover(database, plan, actor=actor())
    for line in plan.lines:
        click.echo(line)
    if plan.steps:
        click.echo("Dry run: nothing was changed." if dry_run else "Next: bbconsumer sync")
