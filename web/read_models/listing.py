"""What a template needs to offer the filters, the orders and the formats of a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Chip:
    """A value that rows are chosen by; `address` is that of the list without it, from its ``?`` on."""

    title: str
    value: str
    address: str


@dataclass(frozen=True, slots=True)
class Header:
    """The head of a column that can be sorted by. `order` is the value of ``aria-sort``, empty when it is not."""

    title: str
    address: str
    order: str


@dataclass(frozen=True, slots=True)
class Option:
    """A value that can be chosen in the form."""

    value: str
    title: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class FormField:
    """A filter in the form: boxes for a few known values, a list for many, a field for words or for a day."""

    name: str
    title: str
    kind: str
    text: str = ""
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class ListView:
    """A list as it was asked for; addresses begin with their ``?``, or are empty for the whole list.

    `total` counts the rows that there are, `shown` those that were asked for; `sort` is what was asked for, `sorted_by`
    what people call it, both empty for the usual order.
    """

    total: int
    shown: int
    chips: tuple[Chip, ...]
    headers: Mapping[str, Header]
    fields: tuple[FormField, ...]
    sorts: tuple[Option, ...]
    formats: tuple[tuple[str, str], ...]
    sort: str
    sorted_by: str
    query: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_filtered(self) -> bool:
        """Whether rows are chosen at all."""
        return bool(self.chips)

    @property
    def finds_nothing(self) -> bool:
        """Whether there are rows, none of which is what was asked for."""
        return self.is_filtered and self.total > 0 and self.shown == 0
