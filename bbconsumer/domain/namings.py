"""When an update named a bug: told from what it names now, and from the events of how that changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class NamingChange:
    """An update named other bugs than before."""

    at: datetime
    old: frozenset[int]
    new: frozenset[int]


@dataclass(frozen=True, slots=True)
class Span:
    """A time during which an update named a bug. `since` is None when it did so as far back as is known, `until` is
    None when it still does."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether that moment belongs to it. Both ends do: what happened together is told together."""
        return (self.since is None or self.since <= at) and (self.until is None or at <= self.until)


def parse_numbers(text: str) -> frozenset[int]:
    """The bugs in a value of an event, which are numbers between blanks."""
    return frozenset(map(int, text.split()))


def naming_spans(bug_id: int, named_now: Collection[int], changes: Iterable[NamingChange]) -> tuple[Span, ...]:
    """When an update named a bug, the earliest time first; `changes` are in order of time."""
    spans: list[Span] = []
    since: datetime | None = None
    is_named: bool | None = None
    for change in changes:
        was, becomes = bug_id in change.old, bug_id in change.new
        if was == becomes:
            continue
        if was:
            spans.append(Span(since, change.at))
        since, is_named = change.at, becomes
    if bug_id in named_now if is_named is None else is_named:
        spans.append(Span(since))
    return tuple(spans)
