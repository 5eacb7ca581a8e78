"""What there is to sync: every bug that Bugzilla names for our trackers, and every bug that is stored."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from bbconsumer.db import gate
from bbconsumer.db.models import BugRow, MilestoneRow, NominationRow, TrackerRow
from bbconsumer.db.session import Database, database_now
from bbconsumer.domain.keys import Key, KeyKind
from bbconsumer.domain.nominations import ENDED_STATES
from bbconsumer.domain.snapshots import SETTLED_AFTER, TrackerSnapshot, is_settled
from bbconsumer.sources import BugSource

# A tracker that loses its last one or two bugs is everyday life; one that loses more at once is not believed.
EMPTY_TRACKER_BUGS = 3


@dataclass(frozen=True, slots=True)
class BugInventory:
    """The bugs to read, in order, the trackers as Bugzilla answered them, and why the list may not be whole.

    Bugzilla was asked no earlier than at `asked_at`, and for `asked_ids`: the trackers of the active milestones.
    """

    asked_at: datetime
    bug_ids: tuple[int, ...] = ()
    asked_ids: Collection[int] = frozenset()
    trackers: Mapping[int, TrackerSnapshot] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[Key, ...]:
        """What there is to read."""
        return tuple(Key(KeyKind.BUG, bug_id) for bug_id in self.bug_ids)

    def note(self, session: Session) -> tuple[str, ...]:
        """Store what the trackers' answers say of them, once their bugs are marked; gives back all that is wrong."""
        return _note_trackers(session, self)


def take_bug_inventory(database: Database, source: BugSource) -> BugInventory:
    """Ask Bugzilla and the database which bugs there are.

    The trackers' own histories name the bugs that left them; they are read only when a tracker changed after, or
    shortly before, the last sync that got as far as `note`.

    Raises:
        SourceUnavailable: Bugzilla cannot be used.
    """
    with database.reading() as session:
        asked_at = database_now(session)
        last_change_by_id = dict(session.execute(_read_trackers(TrackerRow.id, TrackerRow.last_change_at)).all())
        stored = set(session.scalars(select(BugRow.id)))
    if not last_change_by_id:
        return BugInventory(asked_at, problems=("no milestone is active: add one with `bbconsumer add_milestone`",))
    trackers = source.fetch_trackers(last_change_by_id.keys())
    changed = [i for i, tracker in trackers.items() if tracker.last_change_at != last_change_by_id[i]]
    remote = frozenset().union(*(tracker.depends_on for tracker in trackers.values()))
    remote |= source.fetch_former_members(changed) | source.fetch_prioritized_ids()
    return BugInventory(asked_at, tuple(sorted(remote | stored)), last_change_by_id.keys(), trackers)


def _read_trackers(*columns: Any) -> Select[*tuple[Any, ...]]:
    """Those of active milestones: what has ended stays as it was, and nobody may keep its trackers in order."""
    joined = select(*columns).join(MilestoneRow, MilestoneRow.id == TrackerRow.milestone_id)
    return joined.where(MilestoneRow.is_active).order_by(TrackerRow.id)


def _note_trackers(session: Session, inventory: BugInventory) -> tuple[str, ...]:
    """Note the trackers; those that were set up, or whose milestone ended, since Bugzilla was asked are left out.

    A tracker that is suddenly empty trips the removal gate. One that was empty before, or is new, does not, and neither
    does any while an operator accepts removals.
    """
    problems = list(inventory.problems)
    open_counts = _open_counts(session)
    gate_row = gate.lock_gate(session)
    is_accepting = gate_row.accepting_run_id is not None
    for (row,) in session.execute(_read_trackers(TrackerRow)):
        if row.id not in inventory.asked_ids:
            continue
        snapshot = inventory.trackers.get(row.id)
        row.problem = "" if snapshot else f"tracker {row.id} cannot be read in Bugzilla"
        if snapshot:
            if is_settled(snapshot.last_change_at, inventory.asked_at):
                row.last_change_at = snapshot.last_change_at
            elif row.last_change_at is None:
                # It was read; with any other time than its own the next sync reads its history again.
                row.last_change_at = snapshot.last_change_at - SETTLED_AFTER
            before = open_counts.get(row.id, 0)
            if not snapshot.depends_on and before >= EMPTY_TRACKER_BUGS and not is_accepting:
                row.problem = f"tracker {row.id} is empty in Bugzilla, where {before} bugs blocked it before"
                gate.trip(gate_row, row.problem, database_now(session))
        if row.problem:
            problems.append(row.problem)
    return tuple(problems)


def _open_counts(session: Session) -> dict[int, int]:
    counts = (
        select(NominationRow.tracker_id, func.count())
        .join(BugRow, BugRow.id == NominationRow.bug_id)
        .where(NominationRow.state.not_in(ENDED_STATES), BugRow.is_active)
        .group_by(NominationRow.tracker_id)
    )
    return dict(session.execute(counts).all())
