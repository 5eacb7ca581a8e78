"""Makes of a list and of what was asked of it what its page offers: values to choose, orders, addresses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from web.lists.query import FORMATS, ListQuery
from web.lists.spec import Filter, ListSpec, Row, Sort
from web.read_models.listing import Chip, FormField, Header, ListView, Option


def view_list(spec: ListSpec[Row], query: ListQuery, rows: Sequence[Row], shown: int) -> ListView:
    """What the page of a list offers; `rows` are all that there are, `shown` counts those that were asked for."""
    page = query.as_format("")
    titles = {each.name: each for each in spec.filters}
    return ListView(
        total=len(rows),
        shown=shown,
        chips=tuple(
            Chip(titles[name].title, titles[name].choices.get(value, value), page.without(name, value).address)
            for name, value in query.values
        ),
        headers={sort.name: _header(sort, page) for sort in spec.sorts},
        fields=tuple(_field(each, query.of(each.name), rows) for each in spec.filters),
        sorts=tuple(_orders(spec.sorts, query)),
        formats=tuple((title, query.as_format(name).address) for name, title in FORMATS.items()),
        sort=query.sort,
        sorted_by=_sorted_by(spec.sorts, query),
        query={name: query.of(name) for name in dict.fromkeys(name for name, _ in query.values)},
    )


def _header(sort: Sort[Row], query: ListQuery) -> Header:
    """Leads to the other direction when the list is sorted by it already."""
    is_sorted = query.sorted_by == sort.name
    is_next_descending = not query.is_descending if is_sorted else sort.begins_descending
    address = query.with_sort(f"-{sort.name}" if is_next_descending else sort.name).address
    order = ("descending" if query.is_descending else "ascending") if is_sorted else ""
    return Header(sort.title, address, order)


def _field(each: Filter[Row], chosen: Sequence[str], rows: Sequence[Row]) -> FormField:
    if each.is_text:
        return FormField(each.name, each.title, "text", text=" ".join(chosen))
    if each.is_since:
        return FormField(each.name, each.title, "date", text=min(chosen, default=""))
    if each.choices:
        options = tuple(Option(value, title, value in chosen) for value, title in each.choices.items())
        return FormField(each.name, each.title, "boxes", options=options)
    # What was asked for stays on offer, also where no row has it any more.
    folded = {value.casefold(): value for value in (*_found(each, rows), *chosen) if value}
    return FormField(
        each.name,
        each.title,
        "list",
        options=tuple(
            Option(value, each.offered.get(value, value), value in chosen)
            for _, value in sorted(folded.items(), key=lambda item: (item[1] not in each.offered, item[0]))
        ),
    )


def _found(each: Filter[Row], rows: Iterable[Row]) -> Iterable[str]:
    return (value for row in rows for value in each.values(row))


def _orders(sorts: Iterable[Sort[Row]], query: ListQuery) -> Iterable[Option]:
    for sort in sorts:
        for name, direction in ((sort.name, ""), (f"-{sort.name}", ", descending")):
            yield Option(name, f"{sort.title}{direction}", name == query.sort)


def _sorted_by(sorts: Iterable[Sort[Row]], query: ListQuery) -> str:
    return next((sort.title for sort in sorts if sort.name == query.sorted_by), "")
