"""The tables. Migrations in `migrations/` must lead to exactly this (a test compares them on both databases)."""

from bbconsumer.db.models.base import Base, Json, UtcDateTime
from bbconsumer.db.models.bugs import BugRow, MilestoneRow, NominationRow, Release, TrackerRow
from bbconsumer.db.models.review import DiscussionRow, RecordRow, ReviewProject, TicketRow
from bbconsumer.db.models.service import (
    Counter,
    DeadLetter,
    EventRow,
    RemovalGate,
    SchemaCompatibility,
    SourceState,
    SyncRun,
    WorkItem,
)
from bbconsumer.db.models.updates import UpdateBugRow, UpdateRow

__all__ = [
    "Base",
    "BugRow",
    "Counter",
    "DeadLetter",
    "DiscussionRow",
    "EventRow",
    "Json",
    "MilestoneRow",
    "NominationRow",
    "RecordRow",
    "Release",
    "RemovalGate",
    "ReviewProject",
    "SchemaCompatibility",
    "SourceState",
    "SyncRun",
    "TicketRow",
    "TrackerRow",
    "UpdateBugRow",
    "UpdateRow",
    "UtcDateTime",
    "WorkItem",
]
