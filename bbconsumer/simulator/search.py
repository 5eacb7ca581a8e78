"""`GET rest/bug`: which bugs, in which order, and how many of them.

The traps are the point: no order unless one is asked for, a silent cut, an `offset`
that is refused without `limit` and forgotten with `limit=0`, substring searches on ids,
parameters that nobody knows and that therefore restrict nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from bbconsumer.simulator import errors
from bbconsumer.simulator.bug_json import Flavour
from bbconsumer.simulator.charts import (
    Chart,
    Test,
    chart_test,
    charts_in,
    field_values,
    moment_in,
)
from bbconsumer.simulator.reading import View
from bbconsumer.simulator.records import API_NAME_BY_COLUMN, OPEN_STATUSES, Bug

Parameters = Mapping[str, Sequence[str]]

# How a plain parameter compares, by the API's name of the field.
_OPERATOR_BY_PARAMETER = {
    **dict.fromkeys(
        (
            "product",
            "component",
            "version",
            "status",
            "resolution",
            "priority",
            "severity",
            "assigned_to",
            "creator",
            "platform",
            "op_sys",
            "target_milestone",
            "alias",
        ),
        "anyexact",
    ),
    **dict.fromkeys(("summary", "whiteboard", "url"), "allwordssubstr"),
    "keywords": "allwords",
    "cc": "anywordssubstr",
}
# The API's names of these two search exactly, the columns' names by substring.
_OPERATOR_BY_DEPENDENCY = {
    "blocks": "anyexact",
    "depends_on": "anyexact",
    "blocked": "substring",
    "dependson": "substring",
}
_STATUS_GROUPS = {"__open__": ",".join(OPEN_STATUSES), "__closed__": "CLOSED"}
_ORDER_FIELDS = {"changeddate": "last_change_time", "opendate": "creation_time"}


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of one answer, and of how many."""

    bugs: list[Bug]
    total_matches: int
    limit: int
    offset: int


@dataclass(frozen=True, slots=True)
class _Page:
    limit: int
    offset: int


def find_bugs(view: View, parameters: Parameters, flavour: Flavour, chance: Random) -> Found:
    """Search as one reader. `chance` decides the order when none is asked for."""
    page = _page(parameters, flavour)
    charts = [*charts_in(parameters), *_plain_charts(parameters)]
    tests = [chart_test(chart, view) for chart in charts]
    tests += _time_tests(parameters)
    matches = any if parameters.get("j_top", ["AND"])[0] == "OR" else all
    bugs = [
        bug
        for bug in _candidates(view, parameters, charts, matches is all)
        if not tests or matches(test(bug) for test in tests)
    ]
    _sort(bugs, parameters, chance)
    rows = bugs[page.offset : page.offset + page.limit]
    return Found(rows, len(bugs), page.limit, page.offset)


def _page(parameters: Parameters, flavour: Flavour) -> _Page:
    limit, offset = _number(parameters, "limit"), _number(parameters, "offset")
    if offset is not None and limit is None:
        raise errors.missing_argument("Bug.search", "limit")
    if limit is None:
        return _Page(flavour.rows_without_limit, 0)
    if limit == 0:
        return _Page(flavour.rows_at_most, 0)
    return _Page(min(limit, flavour.rows_at_most), offset or 0)


def _number(parameters: Parameters, name: str) -> int | None:
    text = parameters.get(name, [""])[0].strip()
    if not text:
        return None
    if not text.isdigit():
        raise errors.Refusal(52, f"'{text}' is not a number for {name}.")
    return int(text)


def _plain_charts(parameters: Parameters) -> Iterable[Chart]:
    for name, values in parameters.items():
        if name in _OPERATOR_BY_DEPENDENCY:
            field = API_NAME_BY_COLUMN.get(name, name)
            yield Chart(field, _OPERATOR_BY_DEPENDENCY[name], ",".join(values))
            continue
        field = API_NAME_BY_COLUMN.get(name, name)
        if field in _OPERATOR_BY_PARAMETER:
            operator = parameters.get(f"{name}_type", [_OPERATOR_BY_PARAMETER[field]])[0]
            yield Chart(field, operator, ",".join(_STATUS_GROUPS.get(value, value) for value in values))


def _time_tests(parameters: Parameters) -> list[Test]:
    """Both filters are inclusive, with a grain of one second."""
    tests: list[Test] = []
    for name, values in parameters.items():
        field = API_NAME_BY_COLUMN.get(name, name)
        if field == "last_change_time":
            changed = moment_in(values[0])
            tests.append(lambda bug, since=changed: bug.last_change_time >= since)  # type: ignore[misc]
        elif field == "creation_time":
            created = moment_in(values[0])
            tests.append(lambda bug, since=created: bug.creation_time >= since)  # type: ignore[misc]
    return tests


def _candidates(view: View, parameters: Parameters, charts: Sequence[Chart], narrow: bool) -> Iterable[Bug]:
    """The bugs worth testing: looked up by id where the query names ids, else all.

    Ids of missing or private bugs are left out without a word.
    """
    asked = [text for name in ("id", "bug_id") for text in parameters.get(name, ())]
    if asked:
        texts = [text.strip() for value in asked for text in value.split(",")]
        return _found(view, (int(text) for text in texts if text.isdigit()))
    if narrow:
        for chart in charts:
            if chart.operator in ("equals", "anyexact"):
                if chart.field == "id":
                    return _found(view, chart.listed_ids)
                if chart.field == "blocks":
                    tracked = (view.dependencies(bug_id) for bug_id in chart.listed_ids)
                    return _found(view, (bug_id for ids in tracked for bug_id in ids))
    return view.bugs()


def _found(view: View, bug_ids: Iterable[int]) -> Iterable[Bug]:
    found = (view.find(bug_id) for bug_id in dict.fromkeys(bug_ids))
    return (bug for bug in found if bug is not None)


def _sort(bugs: list[Bug], parameters: Parameters, chance: Random) -> None:
    # Without an order the database may answer in any: here it does, so that nobody
    # relies on a lucky one.
    chance.shuffle(bugs)
    columns = [column.strip() for value in parameters.get("order", ()) for column in value.split(",")]
    for column in reversed(columns):
        name, _, direction = column.partition(" ")
        field = API_NAME_BY_COLUMN.get(name, _ORDER_FIELDS.get(name, name))
        if field in Bug.__slots__:
            bugs.sort(key=_sort_key(field), reverse=direction.strip().upper() == "DESC")


def _sort_key(field: str) -> Any:
    if field == "id":
        return lambda bug: bug.id
    return lambda bug: field_values(bug, field)
