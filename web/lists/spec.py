"""Declares what may be asked of a list, reads it from an address, and does it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar
from unicodedata import category

from web.lists.query import FORMAT, FORMATS, SORT, BadQuery, ListQuery, listed, shown

Row = TypeVar("Row")

# Longer texts are no names of anything, and addresses with more values are not made by people.
LONGEST_VALUE: Final = 200
MOST_VALUES: Final = 100
# Controls and lone surrogates.
_UNFIT_CATEGORIES: Final = frozenset({"Cc", "Cs"})


@dataclass(frozen=True, slots=True)
class Filter(Generic[Row]):
    """A parameter by which rows are chosen: one of its values must be among those of the row, whatever the case.

    `choices` are all values that there are, with what people call them; without any, every text is a value that `read`
    does not turn down by returning None: then `allowed` says what is taken, as `pattern` does to programs, and
    `offered` are values that mean more than themselves, with what they mean. With `is_text` values are words, all of
    which must be somewhere in the row's texts. With `is_since` they are days, and the row's must be none before them.
    """

    name: str
    title: str
    values: Callable[[Row], Iterable[str]]
    choices: Mapping[str, str] = field(default_factory=dict)
    read: Callable[[str], str | None] = str.strip
    allowed: str = "any text"
    pattern: str = ""
    offered: Mapping[str, str] = field(default_factory=dict)
    is_text: bool = False
    is_since: bool = False

    def parse(self, text: str) -> str:
        """A value as it stands in addresses of ours; empty for one that asks for nothing."""
        if self.choices and text and text not in self.choices:
            raise BadQuery(f"{self.name} cannot be “{shown(text)}”: it may be {listed(self.choices)}.")
        value = self.read(text)
        if value is None:
            raise BadQuery(f"{self.name} cannot be “{shown(text)}”: it may be {self.allowed}.")
        return value

    def choose(self, rows: Iterable[Row], values: Sequence[str]) -> list[Row]:
        """The rows that have one of the values."""
        wanted = [value.casefold() for value in values]
        if self.is_text:
            words = " ".join(wanted).split()
            return [row for row in rows if _has_words("\n".join(self.values(row)).casefold(), words)]
        if self.is_since:
            return [row for row in rows if any(value >= min(wanted) for value in self.values(row))]
        return [row for row in rows if not {value.casefold() for value in self.values(row)}.isdisjoint(wanted)]


@dataclass(frozen=True, slots=True)
class Sort(Generic[Row]):
    """Something to sort by. Rows without it (`key` is None) come last in either direction."""

    name: str
    title: str
    key: Callable[[Row], Any]
    begins_descending: bool = False

    def arrange(self, rows: Iterable[Row], *, is_descending: bool) -> list[Row]:
        """The rows in order; what is equal stays in the order in which it was."""
        keyed = [(self.key(row), row) for row in rows]
        known = [(key, row) for key, row in keyed if key is not None]
        known.sort(key=lambda pair: pair[0], reverse=is_descending)
        return [row for _, row in known] + [row for key, row in keyed if key is None]


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """A value of a row for programs: a text, a number, a time, a truth value, nothing, or several of them."""

    name: str
    value: Callable[[Row], Any]


@dataclass(frozen=True, slots=True)
class ListSpec(Generic[Row]):
    """All that may be asked of a list."""

    filters: tuple[Filter[Row], ...]
    sorts: tuple[Sort[Row], ...]
    columns: tuple[Column[Row], ...]

    def parse(self, parameters: Iterable[tuple[str, str]]) -> ListQuery:
        """Read the parameters of an address, in any order; empty ones ask for nothing, as those of a form.

        Raises:
            BadQuery: there is no such parameter, or it has no such value.
        """
        given = list(parameters)
        if len(given) > MOST_VALUES:
            raise BadQuery(f"At most {MOST_VALUES} values may be asked for at once.")
        by_name = {each.name: each for each in self.filters}
        asked: dict[str, list[str]] = {SORT: [], FORMAT: []}
        for name, text in given:
            _refuse_odd(name, text)
            if name in by_name:
                asked.setdefault(name, []).append(by_name[name].parse(text))
            elif name in asked:
                asked[name].append(text)
            else:
                raise BadQuery(
                    f"There is no parameter “{shown(name)}” here. There are {listed([*by_name, SORT, FORMAT])}."
                )
        values = {(name, value): None for name in by_name for value in asked.get(name, ()) if value}
        return ListQuery(tuple(values), self._sort(asked[SORT]), _format(asked[FORMAT]))

    def choose(self, query: ListQuery, rows: Iterable[Row]) -> tuple[Row, ...]:
        """The rows that the query asks for, in the order that it asks for, or in theirs."""
        chosen = list(rows)
        for each in self.filters:
            if values := query.of(each.name):
                chosen = each.choose(chosen, values)
        for sort in self.sorts:
            if sort.name == query.sorted_by:
                chosen = sort.arrange(chosen, is_descending=query.is_descending)
        return tuple(chosen)

    def _sort(self, given: Iterable[str]) -> str:
        name = _single(SORT, given)
        names = [sort.name for sort in self.sorts]
        if name and name.removeprefix("-") not in names:
            known = f"{listed(names)}, with a - before it for the other way"
            raise BadQuery(f"sort cannot be “{shown(name)}”: it may be {known}.")
        return name


def _format(given: Iterable[str]) -> str:
    name = _single(FORMAT, given)
    if name and name not in FORMATS:
        raise BadQuery(f"format cannot be “{shown(name)}”: it may be {listed(FORMATS)}, or be left out for a page.")
    return name


def _single(name: str, given: Iterable[str]) -> str:
    values = {value for value in given if value}
    if len(values) > 1:
        raise BadQuery(f"{name} may be given only once.")
    return next(iter(values), "")


def _refuse_odd(name: str, text: str) -> None:
    if len(text) > LONGEST_VALUE:
        raise BadQuery(f"A value of {shown(name)} is too long: it may have {LONGEST_VALUE} characters.")
    if any(category(character) in _UNFIT_CATEGORIES for character in text):
        raise BadQuery(f"A value of {shown(name)} has control characters.")


def _has_words(text: str, words: Iterable[str]) -> bool:
    return all(word in text for word in words)
