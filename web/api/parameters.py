"""Reads what an address asks: each operation declares its parameters, and what is not declared is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from web.bug_ids import MAX_BUG_ID
from web.lists import BadQuery, ListQuery, ListSpec
from web.lists.query import SORT, listed, shown

Row = TypeVar("Row")
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Number:
    """A parameter that is a whole number."""

    name: str
    about: str
    least: int
    most: int
    default: int

    def parse(self, texts: Sequence[str]) -> int:
        """The number that is given, or the usual one."""
        if len(texts) > 1:
            raise BadQuery(f"{self.name} may be given only once.")
        if not texts:
            return self.default
        (text,) = texts
        is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(self.most))
        if not (is_number and self.least <= int(text) <= self.most):
            allowed = f"a whole number from {self.least} to {self.most}"
            raise BadQuery(f"{self.name} cannot be “{shown(text)}”: it may be {allowed}.")
        return int(text)


LIMIT: Final = Number("limit", "How many rows a page of the answer has at most.", 1, 1000, 100)
PAGE: Final = Number("page", "Which page of the answer; the first is 1.", 1, 1_000_000, 1)
SINCE: Final = Number("since", "The number after which events are told; 0 tells all.", 0, MAX_BUG_ID, 0)
EVENTS_LIMIT: Final = Number("limit", "How many numbers of the feed are looked at, at most.", 1, 1000, 100)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks of an operation; `pairs` are all its parameters as they were given."""

    numbers: Mapping[str, int]
    query: ListQuery
    pairs: Pairs

    def part(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The rows that stand on the page that is asked for."""
        limit, page = self.numbers[LIMIT.name], self.numbers[PAGE.name]
        return rows[(page - 1) * limit : page * limit]

    def has_next(self, total: int) -> bool:
        """Whether there is a page after the one that is asked for."""
        return self.numbers[PAGE.name] * self.numbers[LIMIT.name] < total

    def next_page(self) -> str:
        """The parameters of the page after it."""
        return self.with_number(PAGE, self.numbers[PAGE.name] + 1)

    def with_number(self, number: Number, value: int) -> str:
        """The same parameters with one number changed."""
        return urlencode([*((name, text) for name, text in self.pairs if name != number.name), (number.name, value)])


def read_parameters(pairs: Pairs, numbers: Sequence[Number], spec: ListSpec[Any] | None) -> Asked:
    """Read the parameters of an address; the answer of a list is in no other format, so that is no parameter.

    Raises:
        BadQuery: there is no such parameter, or it has no such value.
    """
    of_list = [each.name for each in spec.filters] + [SORT] if spec else []
    names = [*of_list, *(number.name for number in numbers)]
    for name, text in pairs:
        if name not in names:
            there_are = f"There are {listed(names)}." if names else "There are none."
            raise BadQuery(f"There is no parameter “{shown(name)}” here. {there_are}")
        if not text:
            raise BadQuery(f"{name} is empty: it must have a value, or be left out.")
    return Asked(
        numbers={
            number.name: number.parse([text for name, text in pairs if name == number.name]) for number in numbers
        },
        query=spec.parse([pair for pair in pairs if pair[0] in of_list]) if spec else ListQuery(),
        pairs=pairs,
    )
