"""The removal gate: no data must never look like good data.

Every bug that is about to disappear from the lists (gone from Bugzilla, or left its last tracker) passes here, whoever
found it out. More unexplained removals within a window than people make trip the gate: nothing more is removed until an
operator has looked and says so, with ``bbconsumer sync --accept-removals`` or as an administrator of the web. A removal
that a person's reject word explains does not count, so a review meeting may reject as much as it likes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bbconsumer.db.models import BugRow, RemovalGate


@dataclass(frozen=True, slots=True)
class GateLimits:
    """How many removals are believed: up to `count`, or up to `share` of the tracked bugs, within `window_s`."""

    count: int
    share: float
    window_s: float


class Gate:
    """The gate within one transaction: its row is locked from the first question until the transaction ends."""

    def __init__(self, session: Session, limits: GateLimits, now: datetime) -> None:
        self._session = session
        self._limits = limits
        self._now = now
        self._row: RemovalGate | None = None
        self._removed = 0
        self._tracked = 0

    def admits(self, bug_id: int, *, is_explained: bool) -> str | None:
        """None when the bug may be removed, else the reason why it is held."""
        row = self._load()
        if row.accepting_run_id is not None:
            return None
        if row.tripped_at is not None:
            return row.reason
        if is_explained:
            return None
        self._removed += 1
        if self._removed <= self._limits.count or self._removed <= self._limits.share * self._tracked:
            return None
        trip(
            row,
            f"{self._removed} of {self._tracked} tracked bugs disappeared within "
            f"{self._limits.window_s / 60:.0f} minutes without a reject word; bug {bug_id} was the last straw",
            self._now,
        )
        return row.reason

    def _load(self) -> RemovalGate:
        if self._row is None:
            self._row = lock_gate(self._session)
            since = self._now - timedelta(seconds=self._limits.window_s)
            recently = (BugRow.deactivated_at > since) & ~BugRow.is_removal_explained & ~BugRow.is_active
            counts = select(func.count().filter(recently), func.count().filter(BugRow.is_active))
            # What else is stored counts nowhere; said so, it is not read either.
            counts = counts.where(BugRow.is_active | (BugRow.deactivated_at > since))
            self._removed, active = self._session.execute(counts).one()
            self._tracked = active + self._removed
        return self._row


def lock_gate(session: Session) -> RemovalGate:
    """The gate's row, locked until the transaction ends."""
    return session.scalars(select(RemovalGate).with_for_update()).one()


def load_gate(session: Session) -> RemovalGate:
    """The gate's row as it is now, to be looked at."""
    return session.scalars(select(RemovalGate)).one()


def trip(row: RemovalGate, reason: str, now: datetime) -> None:
    """Close the gate. The first reason stays: what follows is its consequence."""
    if row.tripped_at is None:
        row.tripped_at, row.reason = now, reason


def accept_removals(session: Session, sync_run_id: int) -> str:
    """Open the gate for everything until the given sync has ended; gives back why it was closed, if it was."""
    row = lock_gate(session)
    reason = row.reason
    row.tripped_at, row.reason, row.accepting_run_id = None, "", sync_run_id
    return reason


def end_acceptance(session: Session, sync_run_id: int) -> None:
    """Put the gate back to work after the sync that accepted everything, also when it did not end well."""
    session.execute(
        update(RemovalGate).where(RemovalGate.accepting_run_id == sync_run_id).values(accepting_run_id=None)
    )
