"""Bugzilla as a source of bugs, their histories and the trackers.

Source: https://bugzilla.readthedocs.io/en/5.0/api/core/v1/bug.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from operator import methodcaller
from typing import Any

from bbconsumer.domain.nominations import PRIORITIZED_FLAG
from bbconsumer.domain.snapshots import AbsenceReason, Absent, BugAnswer, Comment, HistoryEntry, TrackerSnapshot
from bbconsumer.sources import RequestRefused, SourceUnavailable, ValueUnknown
from bbconsumer.sources.bugzilla_answers import (
    BUG_FIELDS,
    TRACKER_FIELDS,
    parse_bug,
    parse_comments,
    parse_former_members,
    parse_history,
    parse_tracker,
)
from bbconsumer.sources.bugzilla_client import NAME, BugzillaClient, NoSuchBug

# A history is much larger than a bug.
HISTORY_BATCH_SIZE = 100


class BugzillaSource:
    """See `BugSource`, `WritableBugSource`, `TrackerSource` and `ProposalSource` in `bbconsumer.sources`."""

    name = NAME

    def __init__(self, client: BugzillaClient, *, batch_size: int = 300) -> None:
        self._client = client
        self._batch_size = batch_size

    def fetch_bugs(
        self, ids: Collection[int], canary_ids: Collection[int], absent: Mapping[int, AbsenceReason]
    ) -> Mapping[int, BugAnswer]:
        answers: dict[int, BugAnswer] = {}
        for batch in _batches(sorted(set(ids)), self._batch_size):
            answers |= self._fetch_batch(batch, canary_ids, absent)
        return answers

    def fetch_histories(self, ids: Collection[int]) -> Mapping[int, tuple[HistoryEntry, ...]]:
        return {bug_id: parse_history(raw) for bug_id, raw in self._raw_histories(ids)}

    def fetch_trackers(self, ids: Collection[int]) -> Mapping[int, TrackerSnapshot]:
        if not ids:
            return {}
        raw = self._search({"id": _joined(ids), "include_fields": TRACKER_FIELDS}, expected=frozenset(ids))
        return {tracker.id: tracker for tracker in map(parse_tracker, raw.values())}

    def fetch_former_members(self, tracker_ids: Collection[int]) -> frozenset[int]:
        return frozenset().union(*(parse_former_members(raw) for _, raw in self._raw_histories(tracker_ids)))

    def fetch_prioritized_ids(self) -> frozenset[int]:
        wanted = f"{PRIORITIZED_FLAG}+,{PRIORITIZED_FLAG}?"
        chart = {"f1": "flagtypes.name", "o1": "anyexact", "v1": wanted, "bug_status": "__open__"}
        return frozenset(self._search({**chart, "include_fields": "id"}))

    def fetch_comments(self, bug_id: int) -> tuple[Comment, ...]:
        answer = self._client.call(lambda bugzilla: bugzilla.get_comments([bug_id]))
        return parse_comments(answer, bug_id)

    def change_bug(self, bug_id: int, *, whiteboard: str, unblock_ids: Collection[int], comment: str) -> None:
        changes: dict[str, Any] = {"whiteboard": whiteboard, "comment": {"body": comment}}
        if unblock_ids:
            # By number: Bugzilla passes over an alias here without a word.
            changes["blocks"] = {"remove": sorted(unblock_ids)}
        self._client.write(lambda bugzilla: bugzilla.update_bugs([bug_id], changes))

    def fetch_bug(self, bug_id: int) -> BugAnswer:
        try:
            bug = self._client.call(lambda bugzilla: bugzilla.getbug(bug_id, include_fields=BUG_FIELDS.split(",")))
        except NoSuchBug as error:
            return Absent(bug_id, AbsenceReason.PRIVATE if error.is_private else AbsenceReason.MISSING)
        return _answer(bug.get_raw_data())

    def propose_bug(self, bug_id: int, *, tracker_ids: Collection[int], cc: str, comment: str) -> bool:
        changes: dict[str, Any] = {"blocks": {"add": sorted(tracker_ids)}, "comment": {"body": comment}}
        if cc:
            try:
                self._client.write(lambda bugzilla: bugzilla.update_bugs([bug_id], {**changes, "cc": {"add": [cc]}}))
            except ValueUnknown:
                # Nothing was written. Of all that the change names only the account can be unknown: trackers that are
                # missing are refused with another code.
                pass
            else:
                return True
        self._client.write(lambda bugzilla: bugzilla.update_bugs([bug_id], changes))
        return not cc

    def find_tracker_id(self, alias: str) -> int | None:
        try:
            bug = self._client.call(methodcaller("getbug", alias, include_fields=["id", "alias"]))
        except NoSuchBug:
            return None
        return int(bug.id)

    def rest(self) -> None:
        self._client.close_idle()

    def _fetch_batch(
        self, ids: Sequence[int], canary_ids: Collection[int], absent: Mapping[int, AbsenceReason]
    ) -> dict[int, BugAnswer]:
        asked = frozenset(ids) | frozenset(canary_ids)
        raw_by_id = self._search({"id": _joined(asked), "include_fields": BUG_FIELDS}, expected=asked)
        answers = {bug_id: _answer(raw_by_id[bug_id]) for bug_id in ids if bug_id in raw_by_id}
        missing = [bug_id for bug_id in ids if bug_id not in raw_by_id]
        if missing and not canary_ids:
            # Not the source's fault: it must go on serving the others.
            raise RequestRefused(f"no tracker is known yet that could prove the absence of bugs {_joined(missing)}")
        if missing and not raw_by_id.keys() & set(canary_ids):
            raise SourceUnavailable(
                NAME,
                f"{len(missing)} of {len(ids)} bugs are missing, and every tracker: nothing counts as absent",
            )
        for bug_id in missing:
            answers[bug_id] = Absent(bug_id, absent[bug_id]) if bug_id in absent else self.fetch_bug(bug_id)
        return answers

    def _search(self, query: Mapping[str, Any], expected: frozenset[int] = frozenset()) -> dict[int, Mapping[str, Any]]:
        """All rows of a search by id: servers cut results silently, so ask until all are there or nothing new comes.

        Raises:
            SourceUnavailable: there are fewer rows than the server itself counted.
        """
        rows: dict[int, Mapping[str, Any]] = {}
        offset = 0
        while not (expected and expected <= rows.keys()):
            page = {**query, "order": "bug_id", "limit": self._page_size, "offset": offset}
            bugs, extra = self._client.call(methodcaller("query_return_extra", page))
            new = {int(bug.id): bug.get_raw_data() for bug in bugs if bug.id not in rows}
            rows |= new
            offset += len(bugs)
            total = extra.get("total_matches")
            if not new and total is not None and len(rows) < total:
                raise SourceUnavailable(NAME, f"gave {len(rows)} different bugs where it counts {total}")
            if not new or (total is not None and len(rows) >= total):
                break
        return rows

    @property
    def _page_size(self) -> int:
        # Room for the canaries beside a full batch.
        return self._batch_size + 50

    def _raw_histories(self, ids: Collection[int]) -> Iterator[tuple[int, Mapping[str, Any]]]:
        for batch in _batches(sorted(set(ids)), HISTORY_BATCH_SIZE):
            remaining = list(batch)
            while remaining:
                # A server joins further ids to the one in the path, or answers about that one alone.
                first, *others = remaining
                bugs = self._client.get_bugs(f"bug/{first}/history", {"ids": [str(i) for i in others]})
                by_id = {raw.get("id"): raw for raw in bugs}
                if first not in by_id:
                    raise SourceUnavailable(NAME, f"an answer about the history of bug {first} does not name it")
                yield from ((bug_id, by_id[bug_id]) for bug_id in remaining if bug_id in by_id)
                remaining = [bug_id for bug_id in remaining if bug_id not in by_id]


def _answer(raw: Mapping[str, Any]) -> BugAnswer:
    # Our key may read what the public may not: for us such a bug does not exist. Before anything else of it is read,
    # so that nothing of it comes to light in an error.
    return Absent(int(raw["id"]), AbsenceReason.PRIVATE) if raw.get("groups") else parse_bug(raw)


def _joined(ids: Collection[int]) -> str:
    return ",".join(map(str, sorted(ids)))


def _batches(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
