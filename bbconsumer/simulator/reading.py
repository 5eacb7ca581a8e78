"""What one reader sees of the simulated Bugzilla, possibly some edits late."""

from collections.abc import Iterator
from datetime import datetime

from bbconsumer.simulator import errors
from bbconsumer.simulator.bugzilla import Bugzilla
from bbconsumer.simulator.records import Activity, Bug, Comment, FieldChange, User

# Fields whose values the log separates by commas; all others are joined by a blank.
_COMMA_FIELDS = ("blocks", "depends_on", "see_also")


class View:
    """Read access for one user (None: not logged in) as of one edit.

    `hidden` ids look as if this user may not see them. The caller holds `state.lock`.
    """

    def __init__(
        self,
        state: Bugzilla,
        user: User | None,
        *,
        until_edit: int | None = None,
        hidden: frozenset[int] = frozenset(),
    ) -> None:
        self.state = state
        self.user = user
        self._ledger = state.ledger
        self._is_late = until_edit is not None and until_edit < self._ledger.edit_count
        self._until_edit = self._ledger.edit_count if until_edit is None else until_edit
        self._hidden = hidden

    def find(self, bug_id: int) -> Bug | None:
        """The bug, or None if there is none that this reader may see."""
        bug = self._stored(bug_id)
        return bug if bug is not None and self._may_see(bug) else None

    def bug(self, reference: object) -> Bug:
        """The bug by id or alias. Raises: Refusal 100, 101 or 102."""
        bug_id = self.state.bug_id(reference)
        bug = self._stored(bug_id)
        if bug is None:
            raise errors.no_such_bug(bug_id)
        if not self._may_see(bug):
            raise errors.access_denied(bug_id)
        return bug

    def bugs(self) -> Iterator[Bug]:
        """All visible bugs, in the order of their creation."""
        for newest in self._ledger.bugs():
            bug = self._stored(newest.id) if self._is_late else newest
            if bug is not None and self._may_see(bug):
                yield bug

    def dependencies(self, bug_id: int) -> tuple[int, ...]:
        """What blocks a bug, whether or not the reader may see that bug itself."""
        bug = self._stored(bug_id)
        return bug.depends_on if bug is not None else ()

    def activity(self, bug: Bug) -> list[Activity]:
        return self._ledger.activity(bug.id, self._until_edit)

    def comments(self, bug: Bug, newer_than: datetime | None = None) -> list[Comment]:
        return [
            comment
            for comment in self._ledger.comments(bug.id, self._until_edit)
            if not (comment.is_private and self.user is None)
            and (newer_than is None or comment.creation_time > newer_than)
        ]

    def _stored(self, bug_id: int) -> Bug | None:
        if self._is_late:
            return self._ledger.bug_at(bug_id, self._until_edit)
        return self._ledger.bug(bug_id)

    def _may_see(self, bug: Bug) -> bool:
        return bug.id not in self._hidden and bug.visible_to(self.user)


def merged_activity(rows: list[Activity]) -> list[tuple[datetime, str, list[FieldChange]]]:
    """The log as Bugzilla's history shows it: one entry per person and second.

    Adjacent changes of the same field in one entry run together into one, whose
    strings are joined: two opposite edits of one second read `ASSIGNED NEW`.
    """
    entries: list[tuple[datetime, str, list[FieldChange]]] = []
    for row in rows:
        if not entries or entries[-1][:2] != (row.when, row.who):
            entries.append((row.when, row.who, []))
        changes = entries[-1][2]
        if changes and changes[-1].field == row.change.field:
            last = changes.pop()
            removed = _joined(row.change.field, last.removed, row.change.removed)
            added = _joined(row.change.field, last.added, row.change.added)
            changes.append(FieldChange(row.change.field, removed, added))
        else:
            changes.append(row.change)
    return entries


def _joined(field: str, first: str, second: str) -> str:
    if not first:
        return second
    # The separator comes even before an empty string: hence "3, " in real histories.
    return f"{first}, {second}" if field in _COMMA_FIELDS else f"{first} {second}"
