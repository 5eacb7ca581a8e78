"""Lists for programs: JSON, and CSV that is safe to open in a spreadsheet. The rows are those of the page."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from web.lists.spec import ListSpec, Row
from web.read_models.freshness import Freshness
from web.read_models.listing import ListView

_Json: TypeAlias = str | int | float | bool | list[Any] | None

# A spreadsheet takes a text that begins like this for a formula, some also with the full-width signs of East Asian
# scripts, and behind blanks or what nobody sees.
_UNSEEN: Final = "\\s\x00-\x1f\x7f-\xa0\xad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_FORMULA_BEGIN: Final = re.compile(f"[{_UNSEEN}]*[=+\\-@＝＋－＠]")
# These alone begin another cell in some.
_CELL_ENDS: Final = ("\t", "\r", "\n")
_JOINT: Final = "; "


@dataclass(frozen=True, slots=True)
class Head:
    """What is told about a list as a whole: what it is of, and how far it can be trusted."""

    title: str
    made_at: datetime
    freshness: Freshness
    listing: ListView


def render_json(spec: ListSpec[Row], rows: Iterable[Row], head: Head) -> str:
    """The rows as JSON, with the age of the data and every warning that the page has."""
    document = {
        "title": head.title,
        "made_at": plain(head.made_at),
        "checked_at": plain(head.freshness.checked_at),
        "sources": [
            {
                "name": source.name,
                "last_success_at": plain(source.last_success_at),
                "is_failing": source.is_failing,
                "is_stale": source.is_stale,
            }
            for source in head.freshness.sources
        ],
        "notices": [
            {"title": notice.title, "text": notice.text, "at": plain(notice.at)} for notice in head.freshness.notices
        ],
        "query": head.listing.query,
        "sort": head.listing.sort,
        "total": head.listing.total,
        "shown": head.listing.shown,
        "rows": [{column.name: plain(column.value(row)) for column in spec.columns} for row in rows],
    }
    return json.dumps(document, indent=1) + "\n"


def render_csv(spec: ListSpec[Row], rows: Iterable[Row], head: Head) -> str:
    """The rows as CSV with a header; the last column says when all of them were last checked.

    Source: https://www.rfc-editor.org/rfc/rfc4180 and https://owasp.org/www-community/attacks/CSV_Injection
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*(column.name for column in spec.columns), "checked_at"])
    checked_at = cell(head.freshness.checked_at)
    writer.writerows([*(cell(column.value(row)) for column in spec.columns), checked_at] for row in rows)
    return out.getvalue()


def plain(value: object) -> _Json:
    """A value of a row as JSON has it: times in UTC, several values as a list."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value)


def cell(value: object) -> str:
    """A value of a row as a cell of CSV: a text that looks like a formula is marked as text, numbers stay numbers."""
    shown = plain(value)
    if shown is None:
        return ""
    if isinstance(shown, bool):
        return "yes" if shown else "no"
    if isinstance(shown, (int, float)):
        return str(shown)
    text = _join(shown) if isinstance(shown, list) else shown
    # CSV has no way to write it, and programs that read CSV end at it.
    text = text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return f"'{text}" if text.startswith(_CELL_ENDS) or _FORMULA_BEGIN.match(text) else text


def _join(values: Sequence[_Json]) -> str:
    return _JOINT.join("" if value is None else str(value) for value in values)
