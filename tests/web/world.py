"""Builds what pages read, row by row, through the ORM: a world at the time NOW."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update

from bbconsumer.db.models import (
    BugRow,
    DeadLetter,
    EventRow,
    MilestoneRow,
    NominationRow,
    RecordRow,
    Release,
    RemovalGate,
    SourceState,
    SyncRun,
    TrackerRow,
    WorkItem,
)
from bbconsumer.db.session import Database
from bbconsumer.db.tickets import ReviewRules, TicketWriter
from bbconsumer.db.updates import UpdateWriter, register_updates
from bbconsumer.domain.snapshots import Comment, TicketSnapshot, UpdateSnapshot

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BLOCKER, FREEZE_EXCEPTION = "blocker", "freeze_exception"
RULES = ReviewRules(frozenset({"chair"}), "blockerbot", 3)


def ago(**amount: float) -> datetime:
    """A time before NOW: ``ago(minutes=3)``."""
    return NOW - timedelta(**amount)


def needinfo(requestee: str = "alice@example.com", at: datetime | None = None) -> dict[str, Any]:
    """A flag as it is stored."""
    modified_at = (at or ago(days=3)).isoformat()
    return {"name": "needinfo", "status": "?", "setter": "qa", "requestee": requestee, "modified_at": modified_at}


def bug_row(bug_id: int, **values: Any) -> BugRow:
    """A public, open bug; `values` replaces any column."""
    columns: dict[str, Any] = {
        "is_active": True,
        "absence": None,
        "summary": f"Bug number {bug_id} crashes",
        "status": "NEW",
        "resolution": "",
        "product": "Fedora",
        "component": "anaconda",
        "version": "45",
        "whiteboard": "",
        "assigned_to": "maintainer@example.com",
        "creator": "reporter@example.com",
        "created_at": ago(days=30),
        "last_change_at": ago(hours=5),
        "is_open": True,
        "priority": "unspecified",
        "severity": "high",
        "priority_state": "none",
        "keywords": [],
        "blocks": [],
        "depends_on": [],
        "flags": [],
        "history": [],
        "fingerprint": "",
        "first_seen_at": ago(days=20),
        "checked_at": ago(minutes=3),
        "deactivated_at": None,
        "is_removal_explained": False,
        "removal_held": None,
    }
    return BugRow(id=bug_id, **(columns | values))


def nomination_row(bug_id: int, state: str = "proposed", *, tracker_id: int = 1001, **values: Any) -> NominationRow:
    """A nomination of a bug."""
    columns: dict[str, Any] = {
        "reason": f"the reason of {bug_id}",
        "proposed_at": ago(days=2),
        "proposed_by": "proposer@example.com",
        "decided_at": None if state in {"proposed", "undecided", "contradictory"} else ago(days=1),
        "decided_by": "",
        "ended_at": None,
    }
    return NominationRow(bug_id=bug_id, tracker_id=tracker_id, state=state, **(columns | values))


def event_row(
    seq: int, object_id: int, field: str, old: str, new: str, who: str, *, object_kind: str = "bug"
) -> EventRow:
    """Something that happened to a bug or a ticket, an hour after the event before it."""
    at = ago(hours=100 - seq)
    columns = {"field": field, "at": at, "who": who, "old": old, "new": new, "recorded_at": NOW}
    return EventRow(seq=seq, object_kind=object_kind, object_id=object_id, **columns)


def comments(*texts: tuple[str, str], hours: float = 20) -> tuple[Comment, ...]:
    """Comments as (author, text), a minute apart, the first so many hours ago; numbered from 101."""
    begun = ago(hours=hours)
    return tuple(
        Comment(100 + place, author, begun + timedelta(minutes=place), text)
        for place, (author, text) in enumerate(texts, start=1)
    )


def work_row(key_id: int, **values: Any) -> WorkItem:
    """A key in the queue that has been due for a minute."""
    columns = {"kind": "bug", "generation": 1, "priority": 0, "due_at": ago(minutes=1), "marked_at": ago(minutes=1)}
    return WorkItem(id=key_id, **(columns | values))


def dead_letter_row(number: int, **values: Any) -> DeadLetter:
    """A message that could not be read, received that many hours ago."""
    columns = {"received_at": ago(hours=number), "topic": "a.topic", "reason": "no id", "body": "SECRET"}
    return DeadLetter(message_id=str(number), **(columns | values))


class World:
    """Fills a database. Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, *rows: object) -> None:
        """Store rows as they are, in this order."""
        with self.database.writing() as session:
            for row in rows:
                session.add(row)
                # No relationship tells SQLAlchemy which row must be there first.
                session.flush()

    def milestone(
        self,
        release: str = "45",
        name: str = "beta",
        *,
        trackers: Mapping[str, int] | None = None,
        is_active: bool = True,
        is_current: bool = False,
        is_read: bool = True,
    ) -> None:
        """A milestone with its trackers: 1001 and 1002 unless others are given."""
        with self.database.writing() as session:
            session.merge(Release(name=release))
            session.flush()
            row = MilestoneRow(release=release, name=name, is_active=is_active, is_current=is_current)
            session.add(row)
            session.flush()
            read_at = ago(hours=1) if is_read else None
            for kind, id_ in ({BLOCKER: 1001, FREEZE_EXCEPTION: 1002} if trackers is None else trackers).items():
                session.add(TrackerRow(id=id_, milestone_id=row.id, kind=kind, last_change_at=read_at))

    def bug(self, bug_id: int, **values: Any) -> None:
        """A bug without nominations."""
        self.add(bug_row(bug_id, **values))

    def nomination(self, bug_id: int, state: str = "proposed", **values: Any) -> None:
        """A nomination of a bug that is stored already."""
        self.add(nomination_row(bug_id, state, **values))

    def nominated(self, bug_id: int, state: str = "proposed", *, tracker_id: int = 1001, **values: Any) -> None:
        """A bug with one nomination; `values` are the bug's."""
        self.add(bug_row(bug_id, **values), nomination_row(bug_id, state, tracker_id=tracker_id))

    def synced(self, state: str = "complete", *, at: datetime | None = None, **values: Any) -> None:
        """A sync of bugs that ended, three minutes ago unless told, after a complete one of tickets."""
        at = at or ago(minutes=3)
        self.tickets_synced(at=at)
        begun = at - timedelta(seconds=20)
        self.add(SyncRun(state=state, started_at=begun, heartbeat_at=at, finished_at=at, **values))
        self.source(last_success_at=at)

    def tickets_synced(self, state: str = "complete", *, at: datetime | None = None, **values: Any) -> None:
        """A sync of review tickets that ended."""
        at = at or ago(minutes=3)
        begun = at - timedelta(seconds=20)
        self.add(SyncRun(source="pagure", state=state, started_at=begun, heartbeat_at=at, finished_at=at, **values))
        self.source("pagure", last_success_at=at)

    def updates_synced(self, *, at: datetime | None = None) -> None:
        """A complete sync of updates that ended three minutes ago, unless told."""
        at = at or ago(minutes=3)
        begun = at - timedelta(seconds=20)
        self.add(SyncRun(source="bodhi", state="complete", started_at=begun, heartbeat_at=at, finished_at=at))

    def bodhi_update(self, update: UpdateSnapshot) -> None:
        """An update as the worker would store it."""
        with self.database.writing() as session:
            (key,) = register_updates(session, [update.alias])
            writer = UpdateWriter(session, [key.id], NOW)
            writer.write(key.id, update)
            writer.close()

    def ticket(self, ticket_id: int, bug_id: int, comments: Sequence[Comment] = (), **values: Any) -> None:
        """A review ticket as the worker would store it; `values` are the snapshot's."""
        columns: dict[str, Any] = {
            "title": f"[{bug_id}] A ticket",
            "content": "",
            "opened_by": "blockerbot",
            "created_at": ago(hours=30),
            "last_updated_at": ago(hours=1),
            "is_open": True,
            "close_status": "",
            "tags": (),
        }
        snapshot = TicketSnapshot(id=ticket_id, comments=tuple(comments), **(columns | values))
        with self.database.writing() as session:
            writer = TicketWriter(session, [ticket_id], RULES, NOW)
            writer.write(snapshot, bug_id, "", is_private=False)
            writer.close()

    def record(self, bug_id: int, comment_id: int, state: str, problem: str, name: str = "BetaBlocker") -> None:
        """What became of writing a decision into Bugzilla."""
        self.add(
            RecordRow(
                bug_id=bug_id, vote_tracker=name, comment_id=comment_id, state=state, changed_at=NOW, problem=problem
            )
        )

    def source(self, name: str = "bugzilla", **values: Any) -> None:
        """The state of a source that has its row; others are to be added."""
        with self.database.writing() as session:
            session.execute(update(SourceState).where(SourceState.name == name).values(**values))

    def gate(self, **values: Any) -> None:
        """The state of the removal gate."""
        with self.database.writing() as session:
            session.execute(update(RemovalGate).values(**values))

    def events(self, bug_id: int, events: Iterable[tuple[str, str, str, str]], *, first: int = 1) -> None:
        """Events as (field, old, new, who), numbered from 1 unless told."""
        self.add(*(event_row(seq, bug_id, *event) for seq, event in enumerate(events, start=first)))
