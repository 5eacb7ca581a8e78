"""Made-up bugs and histories, written as Bugzilla writes them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bbconsumer.domain.nominations import Nomination, classify
from bbconsumer.domain.snapshots import BugSnapshot, HistoryEntry
from bbconsumer.domain.trackers import Milestone, MilestoneName, Tracker, TrackerKind

ALICE, BOB, CAROL = "alice@example.test", "bob@example.test", "carol@example.test"

BETA, FINAL = Milestone("45", MilestoneName.BETA), Milestone("45", MilestoneName.FINAL)
BETA_BLOCKER = Tracker(1, TrackerKind.BLOCKER, BETA)
BETA_FE = Tracker(2, TrackerKind.FREEZE_EXCEPTION, BETA)
FINAL_BLOCKER = Tracker(3, TrackerKind.BLOCKER, FINAL)
FINAL_FE = Tracker(4, TrackerKind.FREEZE_EXCEPTION, FINAL)
TRACKERS = (BETA_BLOCKER, BETA_FE, FINAL_BLOCKER, FINAL_FE)

CREATED_AT = datetime(2026, 9, 1, tzinfo=UTC)


def at(second: int) -> datetime:
    """A number of seconds after the bugs here were reported."""
    return CREATED_AT + timedelta(seconds=second)


def bug(*blocks: int, words: str = "", **changes: Any) -> BugSnapshot:
    """A public, open bug of Fedora that alice reported, as Bugzilla answered long after its last change."""
    values: dict[str, Any] = {
        "id": 2400123,
        "summary": "The installer does not start",
        "status": "NEW",
        "resolution": "",
        "product": "Fedora",
        "component": "anaconda",
        "version": "45",
        "whiteboard": words,
        "blocks": frozenset(blocks),
        "depends_on": frozenset(),
        "flags": (),
        "assigned_to": BOB,
        "creator": ALICE,
        "created_at": CREATED_AT,
        "last_change_at": at(1_000_000),
        "is_open": True,
    }
    return BugSnapshot(**(values | changes))


def change(second: int, field: str, removed: str, added: str, who: str = BOB) -> HistoryEntry:
    """One changed field of one moment."""
    return HistoryEntry(at(second), who, field, removed, added)


def blocks(second: int, removed: str, added: str, who: str = BOB) -> HistoryEntry:
    """A change of the trackers; each side is a list of ids such as ``1, 3``."""
    return change(second, "blocks", removed, added, who)


def words(second: int, removed: str, added: str, who: str = CAROL) -> HistoryEntry:
    """A change of the whiteboard; each side is the whole text."""
    return change(second, "whiteboard", removed, added, who)


def by_tracker(bug: BugSnapshot, *history: HistoryEntry) -> dict[int, Nomination]:
    """The bug's nominations by the tracker's id."""
    return {nomination.tracker.id: nomination for nomination in classify(bug, TRACKERS, history)}
