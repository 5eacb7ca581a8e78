"""What an address asks of a list, and the addresses of lists that are asked for a little more or less."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

FORMATS: Final[Mapping[str, str]] = {"json": "JSON", "csv": "CSV"}
SORT: Final = "sort"
FORMAT: Final = "format"


class BadQuery(Exception):
    """An address asks for something that there is not. Its text is a sentence for people that says what there is."""


@dataclass(frozen=True, slots=True)
class ListQuery:
    """The values asked for, as (filter, value), each once; a row must have one of each filter's. `sort` names what to
    sort by, with ``-`` before it for descending; it and `format` are empty for the usual ones."""

    values: tuple[tuple[str, str], ...] = ()
    sort: str = ""
    format: str = ""

    def of(self, name: str) -> tuple[str, ...]:
        """The values asked for of one filter."""
        return tuple(value for of, value in self.values if of == name)

    @property
    def sorted_by(self) -> str:
        """What the list is sorted by, without its direction."""
        return self.sort.removeprefix("-")

    @property
    def is_descending(self) -> bool:
        """Whether what is greatest comes first."""
        return self.sort.startswith("-")

    @property
    def address(self) -> str:
        """What stands behind the path, with its ``?``; empty for a list that is asked for nothing."""
        pairs = [*self.values, (SORT, self.sort), (FORMAT, self.format)]
        asked = urlencode([(name, value) for name, value in pairs if value])
        return f"?{asked}" if asked else ""

    def without(self, name: str, value: str) -> ListQuery:
        """The list with one value less."""
        return replace(self, values=tuple(pair for pair in self.values if pair != (name, value)))

    def with_sort(self, sort: str) -> ListQuery:
        """The same rows in another order."""
        return replace(self, sort=sort)

    def as_format(self, name: str) -> ListQuery:
        """The same rows in another format."""
        return replace(self, format=name)


def only(name: str, value: str) -> str:
    """The address of the rows with one value, as `ListQuery.address`."""
    return ListQuery(values=((name, value),)).address
