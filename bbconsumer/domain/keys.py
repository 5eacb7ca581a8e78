"""The identity of an object at its source: what a message is reduced to, and what the work queue holds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class KeyKind(StrEnum):
    """What a key names; each kind is read from one source."""

    BUG = "bug"


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """One object at its source, for example bug 2400123."""

    kind: KeyKind
    id: int

    def __str__(self) -> str:
        return f"{self.kind}/{self.id}"


@dataclass(frozen=True, slots=True)
class Known:
    """Which of some bug numbers are stored or queued, and which are trackers."""

    bug_ids: frozenset[int] = frozenset()
    tracker_ids: frozenset[int] = frozenset()
