"""A burndown counted from nothing but the past that the simulated Bugzilla keeps: every bug, as it was each night."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, time, timedelta

from bbconsumer.simulator.bugzilla import Bugzilla
from bbconsumer.simulator.records import Bug

_ACCEPTED = {"AcceptedBlocker", "Accepted0Day", "AcceptedFreezeException"}


def count_by_hand(bugzilla: Bugzilla, tracker_ids: Sequence[int], bug_ids: Collection[int], now: datetime) -> list[str]:
    """The lines of the table as of `now`: for each tracker the open bugs on it that are undecided, and accepted.

    Each of the bugs was on a tracker from its first moment on; one that is private now was never there.
    """
    public = [bug.id for bug in _bugs_at(bugzilla, bug_ids, now) if not bug.is_private]
    day = min(bugzilla.bug(bug_id).creation_time for bug_id in public).date()
    lines = []
    while day <= now.date():
        night = datetime.combine(day + timedelta(days=1), time(), UTC) - timedelta(seconds=1)
        bugs = _bugs_at(bugzilla, public, min(now, night))
        counts = (_count(bugs, tracker_id, is_accepted) for tracker_id in tracker_ids for is_accepted in (False, True))
        lines.append(",".join(map(str, (day, *counts))))
        day += timedelta(days=1)
    return lines


def _bugs_at(bugzilla: Bugzilla, bug_ids: Collection[int], moment: datetime) -> list[Bug]:
    edit = bugzilla.ledger.edits.last_before(moment)
    return [bug for bug_id in bug_ids if (bug := bugzilla.ledger.bug_at(bug_id, edit))]


def _count(bugs: Collection[Bug], tracker_id: int, is_accepted: bool) -> int:
    listed = [bug for bug in bugs if bug.is_open and tracker_id in bug.blocks]
    return sum(bool(_ACCEPTED & set(bug.whiteboard.split())) is is_accepted for bug in listed)
