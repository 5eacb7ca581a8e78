"""Which dates of a milestone cannot be stored: what is told to who typed them, by the field that is to be changed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from bbconsumer.commands.refusal import FieldsRefused
from bbconsumer.domain.facts import MilestoneDates
from bbconsumer.domain.texts import minute

# Fedora's first release is of that month; nobody plans further ahead. What is beyond is a year that was mistyped.
_FIRST: Final = datetime(2003, 11, 1, tzinfo=UTC)
_AHEAD: Final = timedelta(days=5 * 366)
_NAMES: Final = tuple(field.name for field in fields(MilestoneDates))


def when(at: datetime | None) -> str:
    """A date for people."""
    return minute(at) if at else "not known"


def refuse_unfit(
    present: MilestoneDates,
    wanted: MilestoneDates,
    *,
    changed: Collection[str],
    seen: MilestoneDates | None,
    now: datetime,
) -> None:
    """`changed` are the names of the dates that somebody typed, `seen` the dates as they saw them.

    Raises:
        FieldsRefused: somebody else has changed one of them since, one is far from now, or they are not in order.
    """
    problems = _changed_meanwhile(present, wanted, seen) or _far(wanted, changed, now) or _disorder(wanted, changed)
    if problems:
        raise FieldsRefused(problems)


def _changed_meanwhile(present: MilestoneDates, wanted: MilestoneDates, seen: MilestoneDates | None) -> dict[str, str]:
    if seen is None:
        return {}
    return {
        name: f"{title} was changed by somebody else meanwhile: it is now {when(at)}; look again"
        for name, (title, at) in zip(_NAMES, present.by_title, strict=True)
        if at not in {getattr(seen, name), getattr(wanted, name)}
    }


def _far(wanted: MilestoneDates, changed: Collection[str], now: datetime) -> dict[str, str]:
    return {
        name: f"{title} would be {minute(at)}: look at the year again"
        for name, (title, at) in zip(_NAMES, wanted.by_title, strict=True)
        if name in changed and at and not _FIRST <= at <= now + _AHEAD
    }


def _disorder(wanted: MilestoneDates, changed: Collection[str]) -> dict[str, str]:
    known = [(name, title, at) for name, (title, at) in zip(_NAMES, wanted.by_title, strict=True) if at]
    problems = {}
    for (earlier_name, earlier, first), (later_name, later, second) in pairwise(known):
        if first > second:
            name = later_name if later_name in changed else earlier_name
            problems[name] = f"{later} ({minute(second)}) would be before {earlier} ({minute(first)})"
    return problems
