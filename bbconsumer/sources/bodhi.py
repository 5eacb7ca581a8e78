"""Bodhi as a source of updates. It only reads.

Source: https://bodhi.fedoraproject.org/docs/server_api/rest/updates.html
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import quote

from bbconsumer.domain.snapshots import UpdateSnapshot
from bbconsumer.domain.updates import is_alias
from bbconsumer.sources import SourceUnavailable
from bbconsumer.sources.bodhi_answers import (
    Page,
    format_time,
    is_since,
    parse_bug_ids,
    parse_page,
    parse_target,
    parse_update,
)
from bbconsumer.sources.bodhi_client import NAME, BodhiClient, NoSuchUpdate

# Servers before Bodhi refuse long addresses. The rest of one takes some 100 characters.
_LONGEST_LIST = 3_800
# While a list is read, what leaves it moves the others on, and one may slip through between two pages.
_READINGS = 3

Raw: TypeAlias = Mapping[str, Any]
Belongs: TypeAlias = Callable[[Raw], bool]


class BodhiSource:
    """See `bbconsumer.sources.UpdateSource`. An update comes whole, with all its comments, or not at all."""

    name = NAME

    def __init__(self, client: BodhiClient, *, page_size: int = 100) -> None:
        self._client = client
        self._page_size = page_size

    def fetch_updates(self, aliases: Collection[str]) -> Mapping[str, UpdateSnapshot | None]:
        answers: dict[str, UpdateSnapshot | None] = dict.fromkeys(aliases)
        for batch in _batches(sorted(filter(is_alias, answers)), self._page_size):
            raw_by_alias = self._list_updates({"alias": ",".join(batch)}, _among(batch))
            for alias in batch:
                raw = raw_by_alias.get(alias) or self._fetch_alone(alias)
                answers[alias] = None if raw is None else parse_update(raw)
        return answers

    def find_aliases_by_bugs(self, bug_ids: Collection[int]) -> Mapping[str, frozenset[int]]:
        wanted = frozenset(bug_ids)
        found: dict[str, frozenset[int]] = {}
        for batch in _batches(list(map(str, sorted(wanted))), len(wanted)):
            raw_by_alias = self._list_updates({"bugs": ",".join(batch)}, lambda raw: bool(wanted & parse_bug_ids(raw)))
            found |= {alias: wanted & parse_bug_ids(raw) for alias, raw in raw_by_alias.items()}
        return found

    def find_aliases_changed(self, since: datetime) -> frozenset[str]:
        start = format_time(since)
        submitted, modified, pushed = (
            self._list_updates({f"{what}_since": start}, _since(f"date_{what}", since))
            for what in ("submitted", "modified", "pushed")
        )
        # "Pushed" is only what went to stable. Bodhi notes that and most of what else happens in comments of its own,
        # which it leaves out where there is chrome.
        remarks = self._list("comments", "id", {"since": start, "chrome": "false"}, _since("timestamp", since))
        bugs_by_alias = dict(map(parse_target, remarks.values()))
        bugs_by_alias |= {alias: parse_bug_ids(raw) for alias, raw in {**submitted, **pushed}.items()}
        return frozenset(modified) | {alias for alias, bug_ids in bugs_by_alias.items() if bug_ids}

    def rest(self) -> None:
        self._client.close_idle()

    def _fetch_alone(self, alias: str) -> Raw | None:
        try:
            raw = self._client.ask(f"updates/{quote(alias, safe='')}").get("update")
        except NoSuchUpdate:
            return None
        if not isinstance(raw, dict) or raw.get("alias") != alias:
            raise SourceUnavailable(NAME, f"an answer about update {alias} does not name it")
        return raw

    def _list_updates(self, query: Mapping[str, str], belongs: Belongs) -> Mapping[str, Raw]:
        return {str(alias): raw for alias, raw in self._list("updates", "alias", query, belongs).items()}

    def _list(self, what: str, row_id: str, query: Mapping[str, str], belongs: Belongs) -> Mapping[str | int, Raw]:
        """All rows of a list by what tells them apart.

        Raises:
            SourceUnavailable: there are fewer than Bodhi itself counts, or others than were asked for.
        """
        rows: dict[str | int, Raw] = {}
        total = 0
        for _ in range(_READINGS):
            pages = list(self._pages(what, row_id, query, belongs))
            rows = {key: raw for page in pages for key, raw in page.row_by_id.items()}
            totals = [page.total for page in pages]
            total = totals[0]
            # What is new since then stands before the rest, and is left to the next time.
            if totals == sorted(totals) and len(rows) >= total:
                return rows
        raise SourceUnavailable(NAME, f"gave {len(rows)} different {what} where it counts {total}")

    def _pages(self, what: str, row_id: str, query: Mapping[str, str], belongs: Belongs) -> Iterator[Page]:
        seen: set[str | int] = set()
        for number in itertools.count(1):
            raw = self._client.ask(f"{what}/", {**query, "rows_per_page": self._page_size, "page": number})
            try:
                page = parse_page(raw, what, row_id)
            except (KeyError, TypeError, ValueError) as error:
                raise SourceUnavailable(NAME, f"a page of its list of {what} cannot be read ({error!r:.100})") from None
            strangers = [str(key) for key, row in page.row_by_id.items() if not belongs(row)]
            if strangers:
                # A server that does not know a filter ignores it, and would now send all that it has.
                raise SourceUnavailable(NAME, f"lists {what} that were not asked for: {strangers[0]:.80}")
            yield page
            if page.is_last:
                return
            if page.row_by_id.keys() <= seen:
                raise SourceUnavailable(NAME, f"brings nothing new on page {number}, and tells of a next one")
            seen |= page.row_by_id.keys()


def _among(aliases: Collection[str]) -> Belongs:
    return lambda raw: raw["alias"] in aliases


def _since(name: str, moment: datetime) -> Belongs:
    return lambda raw: is_since(raw, name, moment)


def _batches(items: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    """The items in their order, so many at most, and never more than an address has room for."""
    batch: list[str] = []
    length = 0
    for item in items:
        size = len(quote(item, safe="")) + len("%2C")
        if batch and (len(batch) >= most or length + size > _LONGEST_LIST):
            yield batch
            batch, length = [], 0
        batch.append(item)
        length += size
    if batch:
        yield batch
