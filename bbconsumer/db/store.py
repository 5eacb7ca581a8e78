"""Writes what was decided about a bug, and its events. Called by reconcile, in its transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bbconsumer.db.events import EventLog
from bbconsumer.db.justifications import forget_proposals
from bbconsumer.db.models import BugRow, MilestoneRow, NominationRow, TrackerRow
from bbconsumer.domain.keys import KeyKind
from bbconsumer.domain.nominations import Nomination, classify, priority_state
from bbconsumer.domain.snapshots import AbsenceReason, BugSnapshot, Flag, HistoryEntry
from bbconsumer.domain.timeline import derive_events
from bbconsumer.domain.trackers import Milestone, MilestoneName, Tracker, TrackerKind

# To be raised when the rules of `domain` change, so that the next sync derives every bug anew.
RULES_VERSION = 1


@dataclass(frozen=True, slots=True)
class StoredBug:
    """What reconcile must know of a stored bug before it asks for more: enough to tell whether anything changed."""

    fingerprint: str
    last_change_at: datetime | None
    is_active: bool
    absence: AbsenceReason | None
    blocks: frozenset[int]


@dataclass(frozen=True, slots=True)
class ActiveTracker:
    """A tracker and whether its milestone is active."""

    tracker: Tracker
    is_active: bool


def load_trackers(session: Session) -> tuple[ActiveTracker, ...]:
    """All trackers, ordered by id."""
    rows = session.execute(
        select(TrackerRow.id, TrackerRow.kind, MilestoneRow.release, MilestoneRow.name, MilestoneRow.is_active)
        .join(MilestoneRow, MilestoneRow.id == TrackerRow.milestone_id)
        .order_by(TrackerRow.id)
    )
    return tuple(
        ActiveTracker(Tracker(id_, TrackerKind(kind), Milestone(release, MilestoneName(name))), is_active)
        for id_, kind, release, name, is_active in rows
    )


def load_stored(session: Session, ids: Collection[int]) -> dict[int, StoredBug]:
    """What is stored of these bugs, without their texts."""
    columns = BugRow.fingerprint, BugRow.last_change_at, BugRow.is_active, BugRow.absence, BugRow.blocks
    rows = session.execute(select(BugRow.id, *columns).where(BugRow.id.in_(ids)))
    return {
        id_: StoredBug(mark, at, active, AbsenceReason(absence) if absence else None, frozenset(blocks))
        for id_, mark, at, active, absence, blocks in rows
    }


def fingerprint(bug: BugSnapshot, trackers: Iterable[ActiveTracker]) -> str:
    """A text that differs whenever the answer, the trackers or the rules do: what leads to the same state."""
    # Sets have no order of their own that could be relied on.
    plain = replace(bug, blocks=frozenset(), depends_on=frozenset())
    parts = (RULES_VERSION, sorted(bug.blocks), sorted(bug.depends_on), plain, tuple(trackers))
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def note_checked(session: Session, ids: Collection[int], now: datetime) -> None:
    """Note that these bugs were read and had not changed."""
    if ids:
        session.execute(
            update(BugRow).where(BugRow.id.in_(ids)).values(checked_at=now, removal_held=None),
            execution_options={"synchronize_session": False},
        )


class BugWriter:
    """Writes a batch of bugs in one transaction; `close` appends the events, last, in the order of the feed."""

    def __init__(
        self, session: Session, trackers: Sequence[ActiveTracker], ids: Collection[int], now: datetime
    ) -> None:
        self._session = session
        self._trackers = tuple(active.tracker for active in trackers)
        self._now = now
        self._rows = {row.id: row for row in session.scalars(select(BugRow).where(BugRow.id.in_(ids)))}
        self._nominations = _by_bug(session.scalars(select(NominationRow).where(NominationRow.bug_id.in_(ids))))
        self._events = EventLog(session, KeyKind.BUG, now)
        self._written: set[int] = set()
        self._redacted: set[int] = set()

    def write(self, bug: BugSnapshot, history: Sequence[HistoryEntry], mark: str, *, is_active: bool) -> None:
        """Store a bug with its nominations. `mark` is its fingerprint."""
        row = self._rows.get(bug.id) or self._add(bug.id)
        _fill(row, bug, history)
        row.fingerprint, row.checked_at, row.absence, row.removal_held = mark, self._now, None, None
        row.is_active = is_active
        if is_active:
            row.deactivated_at, row.is_removal_explained = None, False
        self._write_nominations(bug.id, classify(bug, self._trackers, history))
        self._events.put(bug.id, derive_events(bug, history, self._trackers))
        self._written.add(bug.id)

    def deactivate(self, bug_id: int, *, is_explained: bool) -> None:
        """Note that a bug left the lists."""
        row = self._rows[bug_id]
        row.is_active, row.deactivated_at, row.is_removal_explained = False, self._now, is_explained

    def hold(self, bug_id: int, reason: str) -> None:
        """Note that a bug would leave the lists, and that the gate does not believe it."""
        self._rows[bug_id].removal_held = reason

    def add_absent(self, bug_id: int, reason: AbsenceReason) -> None:
        """Store that there is a bug of which nothing may be known: a blank row."""
        self._add(bug_id).is_active = False
        self.redact(bug_id)
        self.mark_absent(bug_id, reason)

    def mark_absent(self, bug_id: int, reason: AbsenceReason) -> None:
        """Note that Bugzilla has no such bug for the public any more."""
        row = self._rows[bug_id]
        row.absence, row.checked_at, row.fingerprint, row.removal_held = reason, self._now, "", None
        self._written.add(bug_id)

    def redact(self, bug_id: int) -> None:
        """Blank everything that was known of a bug, its nominations and its events: it is private now."""
        row = self._rows[bug_id]
        row.summary = row.status = row.resolution = row.product = row.component = row.version = ""
        row.whiteboard = row.assigned_to = row.creator = row.priority = row.severity = ""
        row.keywords, row.blocks, row.depends_on, row.flags, row.history = [], [], [], [], []
        row.created_at = row.last_change_at = row.dupe_of = None
        row.is_open, row.priority_state = False, "none"
        self._write_nominations(bug_id, ())
        self._events.put(bug_id, ())
        self._redacted.add(bug_id)

    @property
    def written_ids(self) -> frozenset[int]:
        """The bugs of which anything was written, or blanked."""
        return frozenset(self._written)

    def close(self) -> None:
        """Write the events of the batch: the feed's counter is locked from here until the transaction ends."""
        self._session.flush()
        forget_proposals(self._session, self._redacted)
        self._events.close()

    def _add(self, bug_id: int) -> BugRow:
        row = self._rows[bug_id] = BugRow(id=bug_id, first_seen_at=self._now)
        self._session.add(row)
        return row

    def _write_nominations(self, bug_id: int, nominations: Iterable[Nomination]) -> None:
        stored = self._nominations.get(bug_id, {})
        derived = {nomination.tracker.id: nomination for nomination in nominations}
        for tracker_id in stored.keys() - derived.keys():
            self._session.delete(stored[tracker_id])
        for tracker_id, nomination in derived.items():
            row = stored.get(tracker_id)
            if row is None:
                row = NominationRow(bug_id=bug_id, tracker_id=tracker_id)
                self._session.add(row)
            row.state, row.reason = nomination.state, nomination.reason
            row.proposed_at, row.proposed_by = nomination.proposed_at, nomination.proposed_by
            row.decided_at, row.decided_by = nomination.decided_at, nomination.decided_by
            row.ended_at = nomination.ended_at


def _by_bug(rows: Iterable[NominationRow]) -> dict[int, dict[int, NominationRow]]:
    by_bug: dict[int, dict[int, NominationRow]] = {}
    for row in rows:
        by_bug.setdefault(row.bug_id, {})[row.tracker_id] = row
    return by_bug


def _fill(row: BugRow, bug: BugSnapshot, history: Sequence[HistoryEntry]) -> None:
    row.summary, row.status, row.resolution = bug.summary, bug.status, bug.resolution
    row.product, row.component, row.version = bug.product, bug.component, bug.version
    row.whiteboard, row.assigned_to, row.creator = bug.whiteboard, bug.assigned_to, bug.creator
    row.created_at, row.last_change_at, row.is_open = bug.created_at, bug.last_change_at, bug.is_open
    row.priority, row.severity, row.keywords = bug.priority, bug.severity, list(bug.keywords)
    row.priority_state = priority_state(bug)
    row.blocks, row.depends_on, row.dupe_of = sorted(bug.blocks), sorted(bug.depends_on), bug.dupe_of
    row.flags = [_as_json(flag) for flag in bug.flags]
    row.history = [_as_json(entry) for entry in history]


def _as_json(value: Flag | HistoryEntry) -> dict[str, object]:
    # `asdict` would copy every text deeply, which takes as long as all decisions about a bug together.
    values = ((field.name, getattr(value, field.name)) for field in fields(value))
    return {name: content.isoformat() if isinstance(content, datetime) else content for name, content in values}
