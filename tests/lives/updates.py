"""What the events of an update may be. Bodhi keeps no history, so they are what differs between two looks.

Whatever was missed, these must hold: they begin at what was seen first and each goes on where the one before ended, up
to what is stored; each value was true at Bodhi, in this order and no later than it is said to have been; and every push
of which Bodhi still tells the time is told with that time. What messages that were lost may change is:

* values that came and went between two looks (karma, requests, bugs, builds, a status) are not told;
* what no time of Bodhi's tells is told at the time of the look, and so later;
* an update that left a repository and came back between two looks is not told to have done so;
* the title under which an update was submitted is that of the first look.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from bbconsumer.domain.timeline import Event
from bbconsumer.simulator.bodhi_records import Update
from tests.lives.sources import UpdateChronicle
from tests.lives.stored import Row, Stored

_VALUES: Mapping[str, Callable[[Update], str]] = {
    "status": lambda update: update.status,
    "request": lambda update: update.request,
    "karma": lambda update: str(update.karma),
    "bugs": lambda update: " ".join(map(str, update.bugs)),
    "builds": lambda update: " ".join(build.nvr for build in update.builds),
}
_STORED: Mapping[str, Callable[[Row], str]] = {
    "status": lambda row: str(row["status"]),
    "request": lambda row: str(row["request"]),
    "karma": lambda row: str(row["karma"]),
    "bugs": lambda row: " ".join(map(str, row["bug_ids"])),
    "builds": lambda row: " ".join(row["builds"]),
    "absence": lambda row: row["absence"] or "",
}
# Bodhi's times have a grain of a second, and so has the life's clock.
_Truth = Sequence[tuple[datetime, str]]
# Steps that are told one after the other, a second apart.
_ORDER = timedelta(seconds=5)


def faults_in_events(stored: Stored, chronicle: UpdateChronicle, *, ahead: timedelta = timedelta(0)) -> Iterator[str]:
    """What is wrong with the events of updates, by themselves and by what was done at Bodhi.

    `ahead`: how far Bodhi's clock is ahead of the one by which a look has its time, less than nothing if behind.
    """
    late, ahead = max(timedelta(0), -ahead), max(timedelta(0), ahead)
    for alias, row in stored.updates.items():
        events = stored.update_events[alias]
        if row["submitted_at"] is None:
            if events:
                yield f"{alias} was never seen and has events {events}"
            continue
        yield from _faults_of_submission(alias, events, chronicle)
        by_field: dict[str, list[Event]] = defaultdict(list)
        for event in events:
            if event.field != "created":
                by_field[event.field].append(event)
        for field, own in by_field.items():
            if field not in _STORED:
                yield f"{alias}: nobody knows of {field}"
                continue
            truth = [(at - ahead, value) for at, value in _truth(field, chronicle, alias)]
            yield from (f"{alias}: {text}" for text in _faults_of_field(field, own, row, truth))
        yield from _faults_of_pushes(alias, row, by_field["status"], late)


def _faults_of_submission(alias: str, events: Sequence[Event], chronicle: UpdateChronicle) -> Iterator[str]:
    """It was submitted once, by whom and when Bodhi says."""
    first = chronicle.states[alias][0][1]
    created = [(event.at, event.who) for event in events if event.field == "created"]
    if created != [(first.submitted_at, first.submitter)]:
        yield f"{alias} was submitted by {first.submitter} at {first.submitted_at}, and told is {created}"


def _faults_of_field(field: str, events: Sequence[Event], row: Row, truth: _Truth) -> Iterator[str]:
    for before, after in pairwise(events):
        if before.new != after.old:
            yield f"{field} was {before.new!r}, and then changed from {after.old!r}"
    if events[-1].new != _STORED[field](row):
        yield f"the last event says {field} {events[-1].new!r}, and stored is {_STORED[field](row)!r}"
    for event in events:
        if event.old == event.new:
            yield f"{field} changed from {event.old!r} to the same"
    told = [(events[0].at, events[0].old), *((event.at, event.new) for event in events)]
    if field == "request":
        # What a push fulfills is told at its time, though Bodhi forgets the request only when the compose is over.
        truth = [(truth[0][0], value) for _, value in truth]
    if missing := _first_not_in(told, truth):
        yield f"{field} {missing} is told and was not so by then and in this order: {events}, in truth {truth}"


def _truth(field: str, chronicle: UpdateChronicle, alias: str) -> _Truth:
    """When the field took which value."""
    values: list[tuple[datetime, str]] = []
    for at, update, is_hidden in chronicle.states[alias]:
        value = ("missing" if is_hidden else "") if field == "absence" else _VALUES[field](update)
        if not values or values[-1][1] != value:
            values.append((at, value))
    return values


def _first_not_in(told: _Truth, truth: _Truth) -> tuple[datetime, str] | None:
    """The first of some values that the truth does not hold, after the one before it and no later than it is told."""
    rest = iter(truth)
    for at, value in told:
        for true_at, true_value in rest:
            if true_value == value and true_at <= at:
                break
        else:
            return at, value
    return None


def _faults_of_pushes(alias: str, row: Row, events: Sequence[Event], late: timedelta) -> Iterator[str]:
    """The last pushes to testing and to stable are told at their times, or the update was so already when last seen.

    With clocks that differ they may be told so much later: right after what was seen before.
    """
    latest = late + _ORDER if late else late
    for status in ("testing", "stable"):
        if (at := row[f"{status}_at"]) is None or any(e.new == status and at <= e.at <= at + latest for e in events):
            continue
        before = [event for event in events if event.at < at]
        if not before or before[-1].new != status:
            yield f"{alias} was pushed to {status} at {at}, of which {events} tell nothing"


def differences_of_events(one: Stored, other: Stored) -> Iterator[str]:
    """In what two databases differ that tell of the same update, beside what may differ."""
    for alias in sorted(one.updates.keys() & other.updates.keys()):
        mine, theirs = (_undisputed(stored.update_events[alias]) for stored in (one, other))
        if mine and theirs and mine != theirs:
            yield f"{alias} began with {mine} and {theirs}"


def _undisputed(events: Sequence[Event]) -> list[tuple[datetime, str]]:
    return [(event.at, event.who) for event in events if event.field == "created"]
