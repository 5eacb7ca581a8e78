"""Bugzilla's "charts": field, operator, value, as `f1=blocked&o1=anyexact&v1=1,3`.

Also in the older spelling `field0-0-0=…&type0-0-0=…&value0-0-0=…`, which is what
python-bugzilla's `build_query` sends.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bbconsumer.simulator import errors
from bbconsumer.simulator.reading import View
from bbconsumer.simulator.records import (
    API_NAME_BY_COLUMN,
    FLAGS_FIELD,
    Bug,
    parsed_time,
    timestamp,
)

Test = Callable[[Bug], bool]

_NEW_STYLE = re.compile(r"f(\d+)$")
_OLD_STYLE = re.compile(r"field(\d+-\d+-\d+)$")


@dataclass(frozen=True, slots=True)
class Chart:
    """One criterion. `field` is the API's name of the field, or `flagtypes.name`."""

    field: str
    operator: str
    value: str

    @property
    def listed_ids(self) -> list[int]:
        """The ids of an exact criterion on ids."""
        texts = self.value.split(",") if self.operator == "anyexact" else [self.value]
        return [int(text) for text in texts if text.strip().isdigit()]


def charts_in(parameters: Mapping[str, Sequence[str]]) -> list[Chart]:
    """The charts of a query; one without a value says nothing, as on the real server."""
    found = []
    for name, values in parameters.items():
        if number := _NEW_STYLE.match(name):
            operator, value = f"o{number[1]}", f"v{number[1]}"
        elif number := _OLD_STYLE.match(name):
            operator, value = f"type{number[1]}", f"value{number[1]}"
        else:
            continue
        chart = Chart(
            API_NAME_BY_COLUMN.get(values[0], values[0]),
            parameters.get(operator, ["equals"])[0],
            ",".join(parameters.get(value, [])),
        )
        if chart.value or chart.operator in ("isempty", "isnotempty"):
            found.append(chart)
    return found


def chart_test(chart: Chart, view: View) -> Test:
    """Raises: Refusal for a field or an operator that is not simulated."""
    if chart.operator in ("changedafter", "changedbefore"):
        return _change_test(chart, view)
    if chart.field != FLAGS_FIELD and chart.field not in Bug.__slots__:
        raise errors.not_simulated(f"the search field {chart.field!r}")
    if chart.operator not in _OPERATORS:
        raise errors.not_simulated(f"the search operator {chart.operator!r}")
    compare = _OPERATORS[chart.operator]
    return lambda bug: compare(field_values(bug, chart.field), chart.value)


def _change_test(chart: Chart, view: View) -> Test:
    moment = moment_in(chart.value)
    wants_later = chart.operator == "changedafter"

    def test(bug: Bug) -> bool:
        return any(
            row.change.field == chart.field and (row.when >= moment if wants_later else row.when <= moment)
            for row in view.activity(bug)
        )

    return test


def moment_in(text: str) -> datetime:
    """Raises: Refusal 56."""
    try:
        return parsed_time(text)
    except ValueError:
        raise errors.bad_date(text) from None


def field_values(bug: Bug, field: str) -> list[str]:
    """The values of a field as the search sees them: lower case, one per list item."""
    if field == FLAGS_FIELD:
        return [f"{flag.name}{flag.status}".lower() for flag in bug.flags]
    value = getattr(bug, field)
    if isinstance(value, tuple):
        return [str(item).lower() for item in value]
    if isinstance(value, datetime):
        return [timestamp(value).lower()]
    return [str(value).lower()]


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[\s,]+", text.lower()) if word]


def _listed(text: str) -> list[str]:
    return [item.strip() for item in text.lower().split(",")]


def _whole_words(values: Sequence[str]) -> set[str]:
    return {word for value in values for word in _words(value)}


# On a list field "substring" looks into each item: blocking bug 10 contains "1".
_OPERATORS: Mapping[str, Callable[[Sequence[str], str], bool]] = {
    "equals": lambda values, text: text.lower() in values,
    "notequals": lambda values, text: text.lower() not in values,
    "anyexact": lambda values, text: bool(set(values) & set(_listed(text))),
    "substring": lambda values, text: any(text.lower() in value for value in values),
    "notsubstring": lambda values, text: all(text.lower() not in value for value in values),
    "anywords": lambda values, text: bool(_whole_words(values) & set(_words(text))),
    "allwords": lambda values, text: _whole_words(values) >= set(_words(text)),
    "anywordssubstr": lambda values, text: any(word in value for word in _words(text) for value in values),
    "allwordssubstr": lambda values, text: all(any(word in value for value in values) for word in _words(text)),
    "greaterthaneq": lambda values, text: any(value >= text.lower() for value in values),
    "lessthan": lambda values, text: any(value < text.lower() for value in values),
    "isempty": lambda values, _text: not any(values),
    "isnotempty": lambda values, _text: any(values),
}
