"""The outside world. Nobody else speaks to it; each source returns domain values and raises only the errors below.

* `SourceUnavailable`: the source cannot be used now; try again later, change nothing.
  * `SourceDenied`: it does not let us in: an alarm, never an absence.
* `RequestRefused`: the source is well and refuses this request; asking for fewer ids finds the one it refuses.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from bbconsumer.domain.snapshots import AbsenceReason, BugAnswer, HistoryEntry, TrackerSnapshot


class SourceUnavailable(Exception):
    """The source is down, slow, throttling or not to be believed. `retry_after_s` is its own wish, if it told one."""

    def __init__(self, source: str, reason: str, retry_after_s: float | None = None) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason
        self.retry_after_s = retry_after_s


class SourceDenied(SourceUnavailable):
    """The source refuses our credentials."""


class RequestRefused(Exception):
    """The source refuses this request, or its answer about one of the ids cannot be read."""


class BugSource(Protocol):
    """What reconcile and sync ask of Bugzilla. All methods raise the errors of this module."""

    name: str

    def fetch_bugs(
        self, ids: Collection[int], canary_ids: Collection[int], absent: Mapping[int, AbsenceReason]
    ) -> Mapping[int, BugAnswer]:
        """The answer about each of `ids`.

        Absence is proven: a tracker of `canary_ids` was in the same answer, and the bug was asked for singly, unless it
        is one of `absent`, whose absence was proven before.
        """

    def fetch_histories(self, ids: Collection[int]) -> Mapping[int, tuple[HistoryEntry, ...]]:
        """The history of each of `ids`, oldest first, restricted to the fields that the domain reads."""

    def fetch_trackers(self, ids: Collection[int]) -> Mapping[int, TrackerSnapshot]:
        """The trackers among `ids` that can be read, with the bugs that block them."""

    def fetch_former_members(self, tracker_ids: Collection[int]) -> frozenset[int]:
        """Every bug that the trackers' own histories name as removed."""

    def fetch_prioritized_ids(self) -> frozenset[int]:
        """The open bugs that are prioritized or nominated to be."""

    def find_tracker_id(self, alias: str) -> int | None:
        """The number of the bug with this alias, None when there is none."""

    def rest(self) -> None:
        """Close idle connections: they may hold a server's last worker."""
