"""What several commands of the command line take: a milestone, moments in UTC, and who runs them."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, TypeVar

import click

from bbconsumer.domain.moments import parse_moment
from bbconsumer.domain.trackers import MilestoneName

Command = TypeVar("Command", bound=Callable[..., Any])

CLEARED: Final = "none"


class Moment(click.ParamType[datetime | str]):
    """A date (its beginning) or a date with a time, in UTC unless it says otherwise; ``none`` stays that word."""

    name = "DATE"

    def convert(
        self, value: datetime | str, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime | str:
        """The moment that a text names."""
        if isinstance(value, datetime) or value == CLEARED:
            return value
        try:
            return parse_moment(value)
        except ValueError:
            self.fail(f"{value!r} is no date: write 2026-09-08, 2026-09-08T14:00 (UTC), or {CLEARED}", param, ctx)


def milestone_arguments(command: Command) -> Command:
    """The release and the name of a milestone."""
    command = click.argument("name", type=click.Choice([name.value for name in MilestoneName]))(command)
    return click.argument("release")(command)


def actor() -> str:
    """Who runs the command line, for the audit log. No name of Fedora's accounts has a colon."""
    try:
        return f"cli:{pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:
        # In a container on OpenShift the user is a number without a name.
        return f"cli:{os.getuid()}"
