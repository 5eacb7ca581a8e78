"""Bugs, their log and their comments, and what they were some edits ago.

Every operation on the simulated Bugzilla is one *edit* with a number. A reader may be
shown the state as of an earlier edit: that is how a lagging replica looks.
"""

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Collection, Iterable
from datetime import datetime

from bbconsumer.simulator.records import Activity, Bug, Comment, FieldChange

# Enough for any plausible lag; a tracker with thousands of edits must not keep them all.
_VERSIONS_KEPT = 64


class Ledger:
    """Append-only storage. Not thread-safe: the caller holds the lock."""

    def __init__(self, first_bug_id: int) -> None:
        self._bugs: dict[int, Bug] = {}
        self._versions: dict[int, deque[tuple[int, Bug]]] = {}
        self._edit_times: list[datetime] = []
        self._activity: dict[int, list[Activity]] = defaultdict(list)
        self._comments: dict[int, list[Comment]] = defaultdict(list)
        self._bug_id_by_alias: dict[str, int] = {}
        self._next_bug_id = first_bug_id
        self._comment_count = 0

    @property
    def edit_count(self) -> int:
        return len(self._edit_times)

    def begin_edit(self, now: datetime) -> int:
        """The number of a new edit."""
        self._edit_times.append(now)
        return len(self._edit_times)

    def last_edit_before(self, moment: datetime) -> int:
        """The number of the newest edit made at or before that moment; 0 if there is none."""
        return bisect_right(self._edit_times, moment)

    def issue_bug_id(self) -> int:
        issued = self._next_bug_id
        self._next_bug_id += 1
        return issued

    def put(self, bug: Bug, edit: int) -> None:
        """Store a new version, and its aliases."""
        before = self._bugs.get(bug.id)
        if (before.alias if before else ()) != bug.alias:
            for alias in before.alias if before else ():
                self._bug_id_by_alias.pop(alias, None)
            self._bug_id_by_alias.update(dict.fromkeys(bug.alias, bug.id))
        self._bugs[bug.id] = bug
        self._versions.setdefault(bug.id, deque(maxlen=_VERSIONS_KEPT)).append((edit, bug))

    def log(self, bug_id: int, edit: int, when: datetime, who: str, changes: Iterable[FieldChange]) -> None:
        self._activity[bug_id] += [Activity(edit, when, who, change) for change in changes]

    def add_comment(
        self,
        bug: Bug,
        text: str,
        who: str,
        edit: int,
        is_private: bool = False,
        attachment_id: int | None = None,
    ) -> Comment:
        self._comment_count += 1
        comments = self._comments[bug.id]
        comment = Comment(
            id=self._comment_count,
            bug_id=bug.id,
            number=len(comments),
            creator=who,
            text=text,
            creation_time=self._edit_times[edit - 1],
            edit=edit,
            is_private=is_private,
            attachment_id=attachment_id,
        )
        comments.append(comment)
        return comment

    def bug(self, bug_id: int) -> Bug | None:
        return self._bugs.get(bug_id)

    def bugs(self) -> Collection[Bug]:
        return self._bugs.values()

    def bug_id_of_alias(self, alias: str) -> int | None:
        return self._bug_id_by_alias.get(alias)

    def bug_at(self, bug_id: int, edit: int) -> Bug | None:
        """The bug as of an edit; None if it was not there yet."""
        versions = self._versions.get(bug_id)
        if versions is None:
            return None
        for made_in, bug in reversed(versions):
            if made_in <= edit:
                return bug
        return versions[0][1] if len(versions) == _VERSIONS_KEPT else None

    def activity(self, bug_id: int, until_edit: int) -> list[Activity]:
        return [row for row in self._activity.get(bug_id, ()) if row.edit <= until_edit]

    def comments(self, bug_id: int, until_edit: int) -> list[Comment]:
        return [row for row in self._comments.get(bug_id, ()) if row.edit <= until_edit]
