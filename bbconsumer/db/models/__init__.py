"""The tables. Migrations in `migrations/` must lead to exactly this (a test compares them on both databases)."""

from bbconsumer.db.models.base import Base, Json, UtcDateTime
from bbconsumer.db.models.bugs import BugRow, MilestoneRow, NominationRow, Release, TrackerRow
from bbconsumer.db.models.proposals import BugzillaAccountRow, ProposalRow
from bbconsumer.db.models.review import DiscussionRow, RecordRow, ReviewProject, TicketRow
from bbconsumer.db.models.service import (
    AuditEntry,
    Counter,
    DeadLetter,
    EventRow,
    Heartbeat,
    RemovalGate,
    SchemaCompatibility,
    SourceState,
    SyncRequest,
    SyncRun,
    WorkItem,
)
from bbconsumer.db.models.updates import UpdateBugRow, UpdateRow

__all__ = [
    "AuditEntry",
    "Base",
    "BugRow",
    "BugzillaAccountRow",
    "Counter",
    "DeadLetter",
    "DiscussionRow",
    "EventRow",
    "Heartbeat",
    "Json",
    "MilestoneRow",
    "NominationRow",
    "ProposalRow",
    "RecordRow",
    "Release",
    "RemovalGate",
    "ReviewProject",
    "SchemaCompatibility",
    "SourceState",
    "SyncRequest",
    "SyncRun",
    "TicketRow",
    "TrackerRow",
    "UpdateBugRow",
    "UpdateRow",
    "UtcDateTime",
    "WorkItem",
]
