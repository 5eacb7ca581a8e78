"""An independent record of what was done to each bug, noted in the moment in which it is done.

Nothing here reads Bugzilla's history, and nothing of the domain: it is what the events are compared with.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime

from bbconsumer.simulator.records import Bug
from tests.convergence.story import TRACKERS

FOLLOWED = ("status", "resolution", "component", "product")


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """`field` of a bug changed; a nomination ``began`` or ``ended``."""

    at: datetime
    field: str
    who: str
    old: str
    new: str


class Chronicle:
    """What happened to each bug. `merged`: bugs of which two changes fell into one second, which Bugzilla mixes up."""

    def __init__(self) -> None:
        self.notes: dict[int, list[Note]] = defaultdict(list)
        self.merged: set[int] = set()
        self._last: dict[int, datetime] = {}

    def filed(self, bug: Bug) -> None:
        """Note a new bug."""
        at, who = bug.creation_time, bug.creator
        self._last[bug.id] = at
        self.notes[bug.id].append(Note(at, "created", who, "", bug.component))
        self._note_trackers(bug, frozenset(), at, who)

    def edited(self, before: Bug, after: Bug, who: str) -> None:
        """Note what an edit made of a bug."""
        at = after.last_change_time
        if replace(before, last_change_time=at) == after:
            return
        if self._last[after.id] == at:
            self.merged.add(after.id)
        self._last[after.id] = at
        for field in FOLLOWED:
            old, new = getattr(before, field), getattr(after, field)
            if old != new:
                self.notes[after.id].append(Note(at, field, who, old, new))
        self._note_trackers(after, frozenset(before.blocks), at, who)

    def stays(self, bug_id: int, tracker: int) -> tuple[Note, Note | None] | None:
        """When the last stay on a tracker began, and when it ended; None if there never was one."""
        own = [note for note in self.notes[bug_id] if note.field == f"nomination/{tracker}"]
        if not own:
            return None
        return (own[-1], None) if own[-1].new == "began" else (own[-2], own[-1])

    def _note_trackers(self, bug: Bug, before: frozenset[int], at: datetime, who: str) -> None:
        for tracker in sorted((before ^ frozenset(bug.blocks)) & frozenset(TRACKERS)):
            old, new = ("began", "ended") if tracker in before else ("", "began")
            self.notes[bug.id].append(Note(at, f"nomination/{tracker}", who, old, new))
