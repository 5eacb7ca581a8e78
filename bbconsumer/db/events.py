"""The change feed. An object has exactly those events that its source lets one derive, or whose cause was seen."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Final, TypeAlias, cast

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.orm import Session

from bbconsumer.db.counters import load_last_number, next_number
from bbconsumer.db.models import EventRow
from bbconsumer.domain.keys import KeyKind
from bbconsumer.domain.timeline import Event

# The plain table: a first sync writes thousands of events, and the mapper would take most of that time.
_events = cast("Table", EventRow.__table__)

_COUNTER: Final = "event"
# By so much what was told out of order comes after what was told before: sources tell times to the second.
_GRAIN = timedelta(seconds=1)

_Stored: TypeAlias = dict[int, dict[tuple[str, datetime], tuple[int, Event]]]


class EventLog:
    """The events of some objects of one kind, within one transaction; `close` comes last in it."""

    def __init__(self, session: Session, kind: KeyKind, now: datetime) -> None:
        self._session = session
        self._kind = kind
        self._now = now
        self._derived: dict[int, tuple[Event, ...]] = {}
        self._added: dict[int, list[Event]] = {}

    def put(self, object_id: int, events: Iterable[Event]) -> None:
        """Say which events an object has. An object that is not named here keeps those that are stored."""
        self._derived[object_id] = tuple(events)

    def add(self, object_id: int, events: Iterable[Event]) -> None:
        """Add events to those that an object has: its source keeps no history from which all could be derived.

        Each comes after those of its field that were told before, also where its time, by the clock of the source, lies
        before one that was seen by ours.
        """
        self._added.setdefault(object_id, []).extend(events)

    def close(self) -> None:
        """Write what differs, in the order of the feed: its counter is locked from here until the transaction ends.

        Events that the source no longer tells are removed: within the second in which it was read a history may still
        change, and so may what was read too early.
        """
        new = self._remove_obsolete()
        if not new:
            return
        last = next_number(self._session, _COUNTER, len(new))
        rows = []
        for seq, (object_id, event) in enumerate(new, start=last - len(new) + 1):
            rows.append(self._row(seq, object_id, event))
        self._session.execute(insert(_events), rows)

    def _remove_obsolete(self) -> list[tuple[int, Event]]:
        """Remove what is no longer derived; gives back what is not stored as it was derived, in order."""
        stored = _load(self._session, self._kind, self._derived.keys() | self._added.keys())
        new: list[tuple[int, Event]] = []
        obsolete: list[int] = []
        for object_id, events in self._derived.items():
            derived = {(event.field, event.at): event for event in events}
            for key, (seq, event) in stored.get(object_id, {}).items():
                if derived.get(key) == event:
                    del derived[key]
                else:
                    obsolete.append(seq)
            new += [(object_id, event) for event in derived.values()]
        for object_id, added in self._added.items():
            told = stored.get(object_id, {})
            for event in _in_order(added, told):
                seq, same_time = told.get((event.field, event.at), (0, event))
                # What came about in several steps at one time is one event.
                joined = replace(event, old=same_time.old)
                if seq and joined != same_time:
                    obsolete.append(seq)
                if joined.old != joined.new and not (seq and joined == same_time):
                    new.append((object_id, joined))
        if obsolete:
            self._session.execute(delete(EventRow).where(EventRow.seq.in_(obsolete)))
        return sorted(new, key=lambda item: (item[1].at, item[0], item[1].field))

    def _row(self, seq: int, object_id: int, event: Event) -> dict[str, object]:
        return {
            "seq": seq,
            "object_kind": self._kind,
            "object_id": object_id,
            "field": event.field,
            "at": event.at,
            "who": event.who,
            "old": event.old,
            "new": event.new,
            "recorded_at": self._now,
        }


def _in_order(added: Iterable[Event], told: Iterable[tuple[str, datetime]]) -> Iterator[Event]:
    """The events, none of them before one of its field that was told already."""
    last = dict(sorted(told, key=itemgetter(1)))
    for event in added:
        after = last.get(event.field, event.at)
        in_order = event if event.at >= after else replace(event, at=after + _GRAIN)
        last[event.field] = in_order.at
        yield in_order


def load_last_event_number(session: Session) -> int:
    """The number of the last event that this transaction can see, also when the event itself was removed since."""
    return load_last_number(session, _COUNTER)


def _load(session: Session, kind: KeyKind, object_ids: Collection[int]) -> _Stored:
    rows = session.execute(
        select(
            EventRow.object_id, EventRow.seq, EventRow.at, EventRow.field, EventRow.who, EventRow.old, EventRow.new
        ).where(EventRow.object_kind == kind, EventRow.object_id.in_(object_ids))
    )
    stored: _Stored = {}
    for object_id, seq, at, field, who, old, new in rows:
        stored.setdefault(object_id, {})[field, at] = (seq, Event(at, field, who, old, new))
    return stored
