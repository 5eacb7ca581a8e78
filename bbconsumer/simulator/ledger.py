"""Bugs, their log and their comments, and what they were some edits ago."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from bbconsumer.simulator.records import Activity, Bug, Comment, FieldChange
from bbconsumer.simulator.versions import Edits, Versions


class Ledger:
    """Append-only storage. Not thread-safe: the caller holds the lock."""

    def __init__(self, first_bug_id: int) -> None:
        self.edits = Edits()
        self._bugs: Versions[int, Bug] = Versions()
        self._activity: dict[int, list[Activity]] = defaultdict(list)
        self._comments: dict[int, list[Comment]] = defaultdict(list)
        self._bug_id_by_alias: dict[str, int] = {}
        self._next_bug_id = first_bug_id
        self._comment_count = 0

    @property
    def edit_count(self) -> int:
        return self.edits.count

    def begin_edit(self, now: datetime) -> int:
        """The number of a new edit."""
        return self.edits.begin(now)

    def issue_bug_id(self) -> int:
        issued = self._next_bug_id
        self._next_bug_id += 1
        return issued

    def put(self, bug: Bug, edit: int) -> None:
        """Store a new version, and its aliases."""
        before = self._bugs.newest(bug.id)
        if (before.alias if before else ()) != bug.alias:
            for alias in before.alias if before else ():
                self._bug_id_by_alias.pop(alias, None)
            self._bug_id_by_alias.update(dict.fromkeys(bug.alias, bug.id))
        self._bugs.put(bug.id, bug, edit)

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
            creation_time=self.edits.time_of(edit),
            edit=edit,
            is_private=is_private,
            attachment_id=attachment_id,
        )
        comments.append(comment)
        return comment

    def bug(self, bug_id: int) -> Bug | None:
        return self._bugs.newest(bug_id)

    def bugs(self) -> Collection[Bug]:
        return self._bugs.all()

    def bug_id_of_alias(self, alias: str) -> int | None:
        return self._bug_id_by_alias.get(alias)

    def bug_at(self, bug_id: int, edit: int) -> Bug | None:
        """The bug as of an edit; None if it was not there yet."""
        return self._bugs.at(bug_id, edit)

    def activity(self, bug_id: int, until_edit: int) -> list[Activity]:
        return [row for row in self._activity.get(bug_id, ()) if row.edit <= until_edit]

    def comments(self, bug_id: int, until_edit: int) -> list[Comment]:
        return [row for row in self._comments.get(bug_id, ()) if row.edit <= until_edit]
