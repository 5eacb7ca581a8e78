"""The outside world. Nobody else speaks to it; each source returns domain values and raises only the errors below.

* `SourceUnavailable`: the source cannot be used now; try again later, change nothing.
  * `SourceDenied`: it does not let us in: an alarm, never an absence.
  * `WriteUncertain`: a write was sent, and nothing tells whether it was done: look before it is repeated.
* `RequestRefused`: the source is well and refuses this request; asking for fewer ids finds the one it refuses.
  * `ValueUnknown`: it names something, as an account, that the source does not know.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bbconsumer.domain.snapshots import (
    AbsenceReason,
    BugAnswer,
    Comment,
    HistoryEntry,
    TicketAnswer,
    TicketSnapshot,
    TrackerSnapshot,
    UpdateSnapshot,
)


class SourceUnavailable(Exception):
    """The source is down, slow, throttling or not to be believed. `retry_after_s` is its own wish, if it told one."""

    def __init__(self, source: str, reason: str, retry_after_s: float | None = None) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason
        self.retry_after_s = retry_after_s


class WaitingStopped(SourceUnavailable):
    """We are stopping, so a source that failed is not tried again: that says nothing about the source or the key."""


class SourceDenied(SourceUnavailable):
    """The source refuses our credentials."""


class WriteUncertain(SourceUnavailable):
    """A write may have been done: it was sent, and then no answer came, or one that does not tell.

    The source may even do it later, up to half a minute after it took the request. Whoever repeats the write looks
    first, and not before then.
    """


class RequestRefused(Exception):
    """The source refuses this request, or its answer about one of the ids cannot be read."""


class ValueUnknown(RequestRefused):
    """The request names something that the source does not know, as an account. A write was not done."""


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


class TrackerSource(Protocol):
    """What setting a milestone up asks of Bugzilla. All methods raise the errors of this module."""

    def find_tracker_id(self, alias: str) -> int | None:
        """The number of the bug with this alias, None when there is none."""

    def fetch_bug(self, bug_id: int) -> BugAnswer:
        """The answer about one bug that is asked for singly, so that absence needs no further proof."""

    def fetch_trackers(self, ids: Collection[int]) -> Mapping[int, TrackerSnapshot]:
        """The trackers among `ids` that can be read, with the bugs that block them."""


class CommentedBugSource(Protocol):
    """What tells what was said about a bug."""

    def fetch_comments(self, bug_id: int) -> tuple[Comment, ...]:
        """The comments on a bug that the public may read, oldest first."""


class WritableBugSource(BugSource, CommentedBugSource, Protocol):
    """What the effects ask of Bugzilla beside."""

    def change_bug(self, bug_id: int, *, whiteboard: str, unblock_ids: Collection[int], comment: str) -> None:
        """Make one change: a new whiteboard, trackers that are blocked no more, a comment. Never repeated: see
        `WriteUncertain`."""


class ProposalSource(CommentedBugSource, Protocol):
    """What proposing a bug asks of Bugzilla. All methods raise the errors of this module."""

    def fetch_bug(self, bug_id: int) -> BugAnswer:
        """The answer about one bug that is asked for singly, so that absence needs no further proof."""

    def propose_bug(self, bug_id: int, *, tracker_ids: Collection[int], cc: str, comment: str) -> bool:
        """Make one change: have the bug block the trackers, an account (empty: none) on CC, a comment.

        False when Bugzilla knows no such account: then the change was made without it. Never repeated otherwise: see
        `WriteUncertain`.
        """

    def rest(self) -> None:
        """Close idle connections."""


@dataclass(frozen=True, slots=True)
class ListedTickets:
    """The tickets of a listing. `newest_change_at`: the latest time, by the source's clock, that any of them bears."""

    ids: frozenset[int]
    newest_change_at: datetime | None


class TicketSource(Protocol):
    """What reconcile, sync and the effects ask of Pagure. All methods raise the errors of this module.

    A read is tried again a few times, a write never: see `WriteUncertain`. Even a write that says what a ticket says
    already moves its time, so that it looks changed to everybody.
    """

    name: str

    def fetch_tickets(self, ids: Collection[int]) -> Mapping[int, TicketAnswer]:
        """The answer about each of `ids`; a ticket that the public may not read is absent, though we might read it."""

    def list_ticket_ids(self, since: datetime | None) -> ListedTickets:
        """The tickets, open or not, that changed at `since` or later; all of them for None.

        A change becomes visible up to half a minute after the time that it bears, so `since` must lie at least that
        long before the newest change that was seen. Private tickets may be among them. One that is deleted while the
        listing runs may let another slip through, which the next complete one brings.
        """

    def fetch_deciders(self) -> frozenset[str]:
        """The accounts that may decide: owner, administrators and committers, themselves or as members of a group."""

    def fetch_tickets_by(self, author: str, since: datetime) -> tuple[TicketSnapshot, ...]:
        """The public tickets that `author` created at `since` or later, by the source's clock, oldest first."""

    def create_ticket(self, title: str, content: str, tags: Collection[str]) -> TicketSnapshot:
        """Open a ticket; tags can be set only now."""

    def edit_ticket(self, ticket_id: int, title: str, content: str) -> TicketSnapshot:
        """Replace title and description."""

    def set_ticket_status(self, ticket_id: int, is_open: bool, close_status: str) -> None:
        """Open or close a ticket, for the reason `close_status` where the project knows it, else without one."""

    def whoami(self) -> str:
        """The account that our token belongs to."""

    def rest(self) -> None:
        """Close idle connections."""


class UpdateSource(Protocol):
    """What reconcile and sync ask of Bodhi, of which all is public. All methods raise the errors of this module."""

    name: str

    def fetch_updates(self, aliases: Collection[str]) -> Mapping[str, UpdateSnapshot | None]:
        """The update of each of `aliases`; None where it is proven that there is none, by asking for it singly."""

    def find_aliases_by_bugs(self, bug_ids: Collection[int]) -> Mapping[str, frozenset[int]]:
        """The updates, of whatever release and status, that name any of `bug_ids`, and which of them each names."""

    def find_aliases_changed(self, since: datetime) -> frozenset[str]:
        """The updates that were submitted, edited, pushed or commented on at `since` or later, by the source's clock.

        Without those that name no bug, unless they were edited: they may have named one before. What else happens is
        not found: a request that is taken back, and the way of an update through testing in Rawhide. So the known
        updates are to be read again now and then.
        """

    def rest(self) -> None:
        """Close idle connections."""
