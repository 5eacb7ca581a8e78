"""Derives a bug's events from the source's own history.

Events are a function of what Bugzilla recorded, not of what this service happened to see, so a lost message, a second
sync or another worker cannot double or invent one. Bugzilla's history has a grain of one second and merges what
happens within it: at most one event per field and second exists.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from bbconsumer.domain.history import replay
from bbconsumer.domain.nominations import nominations_at
from bbconsumer.domain.snapshots import BugSnapshot, HistoryEntry
from bbconsumer.domain.trackers import Tracker

# Bugzilla's names, current and internal, of the fields whose changes people follow, by the event's field name.
_FIELD_BY_NAME = {
    "status": "status",
    "bug_status": "status",
    "resolution": "resolution",
    "component": "component",
    "product": "product",
    "version": "version",
    "assigned_to": "assigned_to",
    "flagtypes.name": "flags",
}
FOLLOWED_FIELDS = frozenset(_FIELD_BY_NAME)

# One value without a blank.
_WORD_FIELDS = frozenset({"status", "resolution", "assigned_to"})


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a bug: `field` changed from `old` to `new`; `who` as the source tells.

    `field` is a Bugzilla field, ``created``, or ``nomination/<tracker id>`` with the nomination's states as values.
    """

    at: datetime
    field: str
    who: str
    old: str
    new: str


def derive_events(bug: BugSnapshot, history: Sequence[HistoryEntry], trackers: Iterable[Tracker]) -> tuple[Event, ...]:
    """All events of a bug in order of time. A bug that the public may not read has none."""
    if bug.is_private:
        return ()
    events = [Event(bug.created_at, "created", bug.creator, "", _first_component(bug, history))]
    events += _nomination_events(bug, history, tuple(trackers))
    events += _field_events(entry for entry in history if entry.at <= bug.last_change_at)
    return one_per_moment(events)


def one_per_moment(events: Iterable[Event]) -> tuple[Event, ...]:
    """The events in order of time, those of one field at one time made one."""
    merged: dict[tuple[datetime, str], Event] = {}
    for event in sorted(events, key=lambda event: (event.at, event.field)):
        first = merged.get((event.at, event.field), event)
        merged[event.at, event.field] = replace(event, old=first.old)
    return tuple(event for event in merged.values() if event.old != event.new or event.field == "created")


def _first_component(bug: BugSnapshot, history: Iterable[HistoryEntry]) -> str:
    moves = (entry for entry in history if entry.field == "component")
    first = min(moves, key=lambda entry: entry.at, default=None)
    return first.removed if first else bug.component


def _nomination_events(
    bug: BugSnapshot, history: Sequence[HistoryEntry], trackers: Sequence[Tracker]
) -> Iterator[Event]:
    states: dict[int, str] = {}
    for standing in replay(bug, history):
        for nomination in nominations_at(standing, trackers):
            old, new = states.get(nomination.tracker.id, ""), nomination.state.value
            if old != new and standing.at is not None:
                yield Event(standing.at, f"nomination/{nomination.tracker.id}", standing.who, old, new)
            states[nomination.tracker.id] = new


def _field_events(entries: Iterable[HistoryEntry]) -> Iterator[Event]:
    followed = sorted(
        (entry for entry in entries if entry.field in _FIELD_BY_NAME),
        key=lambda entry: (entry.at, _FIELD_BY_NAME[entry.field]),
    )
    for (at, name), group in groupby(followed, key=lambda entry: (entry.at, _FIELD_BY_NAME[entry.field])):
        parts = list(group)
        old, new = parts[0].removed, parts[-1].added
        if name in _WORD_FIELDS:
            old, new = _first_and_last(parts)
        if old != new:
            yield Event(at, name, parts[-1].who, old, new)


def _first_and_last(parts: Sequence[HistoryEntry]) -> tuple[str, str]:
    """The value before and after one second, of which Bugzilla joined the changes: what is between is on both sides."""
    removed = Counter(word for part in parts for word in part.removed.split())
    added = Counter(word for part in parts for word in part.added.split())
    return next(iter(removed - added), ""), next(iter(added - removed), "")
