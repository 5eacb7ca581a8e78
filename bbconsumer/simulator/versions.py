"""What was when: every operation on a simulated server is one *edit* with a number.

A reader may be shown the state as of an earlier edit: that is how a lagging replica looks.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Collection
from datetime import datetime
from typing import Generic, TypeVar

Key = TypeVar("Key")
Record = TypeVar("Record")

# Enough for any plausible lag; a record with thousands of edits must not keep them all.
VERSIONS_KEPT = 64


class Edits:
    """Their times, in their order. Not thread-safe: the caller holds the lock."""

    def __init__(self) -> None:
        self._times: list[datetime] = []

    @property
    def count(self) -> int:
        return len(self._times)

    def begin(self, now: datetime) -> int:
        """The number of a new edit."""
        self._times.append(now)
        return len(self._times)

    def time_of(self, edit: int) -> datetime:
        return self._times[edit - 1]

    def last_before(self, moment: datetime) -> int:
        """The number of the newest edit made at or before that moment; 0 if there is none."""
        return bisect_right(self._times, moment)


class Versions(Generic[Key, Record]):
    """Records by key, and what they were some edits ago. Not thread-safe."""

    def __init__(self) -> None:
        self._newest: dict[Key, Record] = {}
        self._versions: dict[Key, deque[tuple[int, Record | None]]] = {}

    def put(self, key: Key, record: Record, edit: int) -> None:
        self._newest[key] = record
        self._remember(key, record, edit)

    def drop(self, key: Key, edit: int) -> None:
        """The record is gone from this edit on."""
        del self._newest[key]
        self._remember(key, None, edit)

    def newest(self, key: Key) -> Record | None:
        return self._newest.get(key)

    def all(self) -> Collection[Record]:
        """What there is now, in the order of creation."""
        return self._newest.values()

    def known_keys(self) -> Collection[Key]:
        """Of all that ever was, in the order of creation."""
        return self._versions.keys()

    def at(self, key: Key, edit: int) -> Record | None:
        """The record as of an edit; None if it was not there."""
        versions = self._versions.get(key)
        if versions is None:
            return None
        for made_in, record in reversed(versions):
            if made_in <= edit:
                return record
        return versions[0][1] if len(versions) == VERSIONS_KEPT else None

    def _remember(self, key: Key, record: Record | None, edit: int) -> None:
        self._versions.setdefault(key, deque(maxlen=VERSIONS_KEPT)).append((edit, record))
