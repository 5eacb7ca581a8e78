"""What must be stored in the end, and in what a database differs from it, in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from bbconsumer.db.models import Base, BugRow, EventRow, NominationRow
from bbconsumer.db.session import Database
from bbconsumer.domain.keys import KeyKind
from bbconsumer.domain.nominations import ENDED_STATES, Nomination, classify
from bbconsumer.domain.snapshots import BugSnapshot
from bbconsumer.domain.timeline import Event, derive_events
from bbconsumer.sources import BugSource
from tests.convergence.chronicle import FOLLOWED, Note
from tests.convergence.scene import Scene
from tests.convergence.service import TRACKER_LIST
from tests.convergence.story import ANCHOR, TRACKERS

# When and by which way something was seen; all else is a function of what Bugzilla says.
_OBSERVED = {"first_seen_at", "checked_at", "deactivated_at", "is_removal_explained", "fingerprint"}
_ENDED = {state.value for state in ENDED_STATES}
_BLANK: tuple[Any, ...] = ("", None, [], False, "none")


@dataclass(frozen=True, slots=True)
class Stored:
    """The rows that people are shown, by bug."""

    bugs: Mapping[int, Mapping[str, Any]]
    nominations: Mapping[int, Mapping[int, Mapping[str, Any]]]
    events: Mapping[int, tuple[Event, ...]]
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Truth:
    """What Bugzilla says of the bugs that the public may read, asked anew, and what that means."""

    snapshots: Mapping[int, BugSnapshot]
    nominations: Mapping[int, tuple[Nomination, ...]]
    events: Mapping[int, tuple[Event, ...]]

    @property
    def concerned_ids(self) -> set[int]:
        """The bugs that must be stored: nominated now or once, or in the prioritized bugs process."""
        return {i for i in self.snapshots if self.nominations[i] or self.is_prioritized(i)}

    def is_prioritized(self, bug_id: int) -> bool:
        """Whether an open bug is prioritized, or proposed to be."""
        bug = self.snapshots[bug_id]
        flags = {flag.status for flag in bug.flags if flag.name == "fedora_prioritized_bug"}
        return bug.is_open and bool(flags & {"+", "?"})

    def is_active(self, bug_id: int) -> bool:
        """Whether a bug is on the lists."""
        return self.is_prioritized(bug_id) or bool(self.snapshots[bug_id].blocks & set(TRACKERS))


def load(database: Database) -> Stored:
    """All that is stored."""
    with database.reading() as session:
        bugs = {row.id: _values(row) for row in session.scalars(select(BugRow))}
        nominations: dict[int, dict[int, Mapping[str, Any]]] = {}
        for nomination in session.scalars(select(NominationRow)):
            nominations.setdefault(nomination.bug_id, {})[nomination.tracker_id] = _values(nomination)
        events: dict[int, list[Event]] = {}
        of_bugs = select(EventRow).where(EventRow.object_kind == KeyKind.BUG)
        rows = list(session.scalars(of_bugs.order_by(EventRow.seq)))
        for row in sorted(rows, key=lambda row: (row.at, row.field)):
            events.setdefault(row.object_id, []).append(Event(row.at, row.field, row.who, row.old, row.new))
        return Stored(bugs, nominations, {i: tuple(of) for i, of in events.items()}, tuple(row.seq for row in rows))


def _values(row: Base) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in row.__table__.columns}


def tell(scene: Scene, source: BugSource) -> Truth:
    """Ask Bugzilla about every bug, beside all that the service knows."""
    ids = {*scene.bug_ids, ANCHOR}
    answers = source.fetch_bugs(ids, TRACKERS, {})
    snapshots = {i: answer for i, answer in answers.items() if isinstance(answer, BugSnapshot)}
    assert snapshots.keys() == scene.public_ids | {ANCHOR}
    histories = source.fetch_histories(snapshots.keys())
    return Truth(
        snapshots,
        {i: classify(bug, TRACKER_LIST, histories[i]) for i, bug in snapshots.items()},
        {i: derive_events(bug, histories[i], TRACKER_LIST) for i, bug in snapshots.items()},
    )


def differences(stored: Stored, truth: Truth, scene: Scene) -> list[str]:
    """In what a database differs from what it must hold."""
    return [
        *_differences_of_bugs(stored, truth),
        *_differences_of_events(stored, truth, scene),
        *_traces_of_private_bugs(stored, truth),
    ]


def differences_between(one: Stored, other: Stored, bug_ids: Collection[int]) -> list[str]:
    """In what the current state of these bugs differs in two databases, apart from when and how it was seen.

    A bug that concerns nobody any more and left no nomination, once prioritized, is stored only where it was seen.
    """
    found = []
    for bug_id in sorted(bug_ids):
        mine, theirs = one.bugs.get(bug_id, {}), other.bugs.get(bug_id, {})
        names = (mine.keys() | theirs.keys()) - _OBSERVED
        found += [
            f"bug {bug_id}: {name} is {mine.get(name)!r} and {theirs.get(name)!r}"
            for name in sorted(names)
            if mine.get(name) != theirs.get(name)
        ]
        if one.nominations.get(bug_id) != other.nominations.get(bug_id):
            found.append(f"bug {bug_id}: {one.nominations.get(bug_id)} and {other.nominations.get(bug_id)}")
    return found


def _differences_of_bugs(stored: Stored, truth: Truth) -> Iterator[str]:
    for bug_id, bug in truth.snapshots.items():
        row = stored.bugs.get(bug_id)
        if row is None:
            if bug_id in truth.concerned_ids:
                yield f"bug {bug_id} is not stored"
            continue
        for name in ("summary", "status", "resolution", "product", "component", "whiteboard", "last_change_at"):
            if row[name] != getattr(bug, name):
                yield f"bug {bug_id}: {name} is stored as {row[name]!r}, and is {getattr(bug, name)!r}"
        if (row["is_active"], row["absence"], row["removal_held"]) != (truth.is_active(bug_id), None, None):
            yield f"bug {bug_id}: active {row['is_active']}, absence {row['absence']}, held {row['removal_held']}"
        expected = {nomination.tracker.id: _nomination_values(nomination) for nomination in truth.nominations[bug_id]}
        found = {i: _plain(values) for i, values in stored.nominations.get(bug_id, {}).items()}
        if found != expected:
            yield f"bug {bug_id}: nominations {found}, expected {expected}"


def _nomination_values(nomination: Nomination) -> tuple[object, ...]:
    return (
        nomination.state.value,
        nomination.reason,
        nomination.proposed_at,
        nomination.proposed_by,
        nomination.decided_at,
        nomination.decided_by,
        nomination.ended_at,
    )


def _plain(values: Mapping[str, Any]) -> tuple[object, ...]:
    names = ("state", "reason", "proposed_at", "proposed_by", "decided_at", "decided_by", "ended_at")
    return tuple(values[name] for name in names)


def _differences_of_events(stored: Stored, truth: Truth, scene: Scene) -> Iterator[str]:
    for bug_id in truth.snapshots.keys() & stored.bugs.keys():
        events = stored.events.get(bug_id, ())
        expected = truth.events[bug_id]
        yield from _surplus(f"bug {bug_id}: events that are doubled or invented", events, expected)
        yield from _surplus(f"bug {bug_id}: events that are missing", expected, events)
        if bug_id != ANCHOR and bug_id not in scene.chronicle.merged:
            told, noted = _as_notes(events), [_as_told(note) for note in scene.chronicle.notes[bug_id]]
            yield from _surplus(f"bug {bug_id}: events that never happened", told, noted)
            yield from _surplus(f"bug {bug_id}: what happened and is no event", noted, told)
            yield from _differences_of_stays(bug_id, stored, scene)
    if len(set(stored.numbers)) < len(stored.numbers):
        yield "two events have one number"


def _differences_of_stays(bug_id: int, stored: Stored, scene: Scene) -> Iterator[str]:
    nominations = stored.nominations.get(bug_id, {})
    for tracker in TRACKERS:
        stay, row = scene.chronicle.stays(bug_id, tracker), nominations.get(tracker)
        if stay is None or row is None:
            if (stay, row) != (None, None):
                yield f"bug {bug_id}: blocked {tracker} {stay}, and the nomination is {row}"
            continue
        began, ended = stay
        ended_at = ended.at if ended else None
        if (row["proposed_at"], _name(row["proposed_by"]), row["ended_at"]) != (began.at, _name(began.who), ended_at):
            yield f"bug {bug_id}: blocked {tracker} {stay}, and the nomination is {row}"
        if (row["state"] in _ENDED) != (ended is not None):
            yield f"bug {bug_id}: {row['state']} for {tracker}, of which it was {stay}"


def _as_notes(events: Iterable[Event]) -> list[Note]:
    """The events that the chronicle notes, too: of a nomination only its beginning and its end."""
    notes = []
    for event in events:
        if event.field in ("created", *FOLLOWED):
            notes.append(Note(event.at, event.field, _name(event.who), event.old, event.new))
        elif event.field.startswith("nomination/"):
            was_open = event.old not in ("", *_ENDED)
            if was_open and event.new in _ENDED:
                notes.append(Note(event.at, event.field, _name(event.who), "began", "ended"))
            elif not was_open and event.new not in _ENDED:
                notes.append(Note(event.at, event.field, _name(event.who), "", "began"))
    return notes


def _as_told(note: Note) -> Note:
    return replace(note, who=_name(note.who))


def _name(who: str) -> str:
    """Whoever is not logged in is told only what stands before the @."""
    return who.partition("@")[0]


def _surplus(what: str, some: Iterable[object], others: Iterable[object]) -> Iterator[str]:
    surplus = Counter(some) - Counter(others)
    if surplus:
        yield f"{what}: {list(surplus.elements())}"


def _traces_of_private_bugs(stored: Stored, truth: Truth) -> Iterator[str]:
    kept = {"id", "absence", *_OBSERVED}
    for bug_id in stored.bugs.keys() - truth.snapshots.keys():
        row = stored.bugs[bug_id]
        traces = {name: value for name, value in row.items() if name not in kept and value not in _BLANK}
        if traces or bug_id in stored.nominations or bug_id in stored.events:
            yield f"bug {bug_id} is not public, and stored is {traces}, {stored.nominations.get(bug_id)}"
