"""The identity of an object at its source: what a message is reduced to, and what the work queue holds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class KeyKind(StrEnum):
    """What a key names; each kind is worked on with one source.

    The first three are objects at their source; an update is known there by an alias, and here by the number under
    which that is stored. The others are named by a bug: its review ticket as it should be, Bugzilla's record of what
    was decided about it, and the look for updates that name it.
    """

    BUG = "bug"
    TICKET = "ticket"
    UPDATE = "update"
    DISCUSSION = "discussion"
    RECORD = "record"
    LOOKUP = "lookup"


SOURCE_BY_KIND = {
    KeyKind.BUG: "bugzilla",
    KeyKind.TICKET: "pagure",
    KeyKind.UPDATE: "bodhi",
    KeyKind.DISCUSSION: "pagure",
    KeyKind.RECORD: "bugzilla",
    KeyKind.LOOKUP: "bodhi",
}

# Whose id is a bug's number.
NAMED_BY_A_BUG = tuple(kind for kind in KeyKind if kind not in {KeyKind.TICKET, KeyKind.UPDATE})


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """One object at its source, for example bug 2400123."""

    kind: KeyKind
    id: int

    def __str__(self) -> str:
        return f"{self.kind}/{self.id}"


@dataclass(frozen=True, slots=True)
class Known:
    """Which of some bug numbers are stored or queued, which are trackers, and whether an update is."""

    bug_ids: frozenset[int] = frozenset()
    tracker_ids: frozenset[int] = frozenset()
    is_update_known: bool = False
