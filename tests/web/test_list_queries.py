"""What may be asked of a list: everything else is refused with a sentence that says what there is."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.lists import BadQuery, Filter, ListQuery, ListSpec, Sort
from web.lists.bugs import BUGS, SECTIONS
from web.lists.view import view_list
from web.lists.words import read_yes_or_number
from web.queries.sections import make_sections


@dataclass(frozen=True)
class Apple:
    """A row of a list that is as small as possible."""

    name: str
    colors: tuple[str, ...] = ()
    weight: int | None = None


APPLES: ListSpec[Apple] = ListSpec(
    filters=(
        Filter("q", "Words", lambda apple: (apple.name,), is_text=True),
        Filter("color", "Color", lambda apple: apple.colors, {"red": "Red", "green": "Green"}),
        Filter("name", "Name", lambda apple: (apple.name,)),
        Filter(
            "weight", "Weight", lambda apple: (str(apple.weight),), read=read_yes_or_number, allowed="yes or a number"
        ),
    ),
    sorts=(
        Sort("name", "Name", lambda apple: apple.name),
        Sort("weight", "Weight", lambda apple: apple.weight, begins_descending=True),
    ),
    columns=(),
)
ROWS = (
    Apple("Gala", ("red",), 150),
    Apple("Cox Orange", ("red", "green"), None),
    Apple("Granny Smith", ("green",), 200),
    Apple("Boskoop", (), 150),
)


def names(query: str) -> list[str]:
    return [apple.name for apple in APPLES.choose(APPLES.parse(parse_qsl(query)), ROWS)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Gala", "Cox Orange", "Granny Smith", "Boskoop"]),
        ("color=red", ["Gala", "Cox Orange"]),
        ("color=red&color=green", ["Gala", "Cox Orange", "Granny Smith"]),
        ("color=green&name=gala&name=COX ORANGE", ["Cox Orange"]),
        ("name=Elstar", []),
        ("q=smith granny", ["Granny Smith"]),
        ("q=gr&q=an", ["Granny Smith"]),
        ("q=  &name=&sort=", ["Gala", "Cox Orange", "Granny Smith", "Boskoop"]),
        ("sort=name", ["Boskoop", "Cox Orange", "Gala", "Granny Smith"]),
        ("sort=-name&sort=-name", ["Granny Smith", "Gala", "Cox Orange", "Boskoop"]),
        ("sort=weight", ["Gala", "Boskoop", "Granny Smith", "Cox Orange"]),
        ("sort=-weight", ["Granny Smith", "Gala", "Boskoop", "Cox Orange"]),
    ],
)
def test_rows_have_one_value_of_each_filter_and_come_in_the_order_asked_for(query: str, expected: list[str]) -> None:
    assert names(query) == expected


REFUSED = [
    ([("colour", "red")], "There is no parameter “colour” here. There are q, color, name, weight, sort or format."),
    ([("color", "Red")], "color cannot be “Red”: it may be red or green."),
    ([("color", "x" * 100)], f"color cannot be “{'x' * 60}…”: it may be red or green."),
    ([("weight", "heavy")], "weight cannot be “heavy”: it may be yes or a number."),
    ([("weight", "²")], "weight cannot be “²”: it may be yes or a number."),
    ([("sort", "color")], "sort cannot be “color”: it may be name or weight, with a - before it for the other way."),
    ([("sort", "--name")], "sort cannot be “--name”"),
    ([("sort", "-")], "sort cannot be “-”"),
    ([("sort", "name"), ("sort", "-name")], "sort may be given only once."),
    ([("format", "xml")], "format cannot be “xml”: it may be json or csv, or be left out for a page."),
    ([("format", "json"), ("format", "csv")], "format may be given only once."),
    ([("name", "x" * 201)], "A value of name is too long: it may have 200 characters."),
    ([("name", "a\0b")], "A value of name has control characters."),
    ([("name", "a\ud800")], "A value of name has control characters."),
    ([("name", "x")] * 101, "At most 100 values may be asked for at once."),
    ([("", "x")], "There is no parameter “” here."),
]


@pytest.mark.parametrize(("parameters", "sentence"), REFUSED, ids=[sentence[:30] for _, sentence in REFUSED])
def test_what_is_not_declared_is_refused_with_what_there_is(parameters: list[tuple[str, str]], sentence: str) -> None:
    with pytest.raises(BadQuery) as refused:
        APPLES.parse(parameters)
    assert str(refused.value).startswith(sentence)


_NAMES = st.sampled_from([*(each.name for each in BUGS.filters), "sort", "format", "x"]) | st.text(max_size=4)
_VALUES = st.sampled_from(["", "yes", "NEW", "vote", "-bug", "csv", "7", "a@b", "high", "blocker"]) | st.text(
    max_size=9
)


@given(st.lists(st.tuples(_NAMES, _VALUES), max_size=6))
def test_whatever_is_asked_is_read_or_refused_and_what_was_read_has_an_address(asked: list[tuple[str, str]]) -> None:
    try:
        query = BUGS.parse(asked)
    except BadQuery:
        return
    assert BUGS.parse(parse_qsl(query.address.removeprefix("?"), keep_blank_values=True)) == query
    assert BUGS.choose(query, ()) == ()


def test_an_account_is_asked_for_by_its_local_part_only() -> None:
    query = BUGS.parse([("assignee", "alice@example.com"), ("assignee", "alice@elsewhere.org"), ("needinfo", "bob@x")])
    assert query.values == (("assignee", "alice"), ("needinfo", "bob"))


def test_the_view_offers_one_filter_less_the_other_direction_and_the_formats() -> None:
    query = APPLES.parse([("color", "red"), ("color", "green"), ("name", "Elstar"), ("sort", "name")])
    view = view_list(APPLES, query, ROWS, 0)
    assert [(chip.title, chip.value, chip.address) for chip in view.chips] == [
        ("Color", "Red", "?color=green&name=Elstar&sort=name"),
        ("Color", "Green", "?color=red&name=Elstar&sort=name"),
        ("Name", "Elstar", "?color=red&color=green&sort=name"),
    ]
    name, weight = view.headers["name"], view.headers["weight"]
    assert (name.order, name.address) == ("ascending", "?color=red&color=green&name=Elstar&sort=-name")
    assert (weight.order, weight.address) == ("", "?color=red&color=green&name=Elstar&sort=-weight")
    assert view.formats[1] == ("CSV", "?color=red&color=green&name=Elstar&sort=name&format=csv")
    (offered,) = (field.options for field in view.fields if field.name == "name")
    assert [(option.value, option.is_chosen) for option in offered] == [
        ("Boskoop", False),
        ("Cox Orange", False),
        ("Elstar", True),
        ("Gala", False),
        ("Granny Smith", False),
    ]
    back = view_list(APPLES, ListQuery(sort="-name"), ROWS, 4).headers["name"]
    assert (back.order, back.address) == ("descending", "?sort=name")


def test_the_lists_that_can_be_asked_for_are_those_of_the_page() -> None:
    assert {section.anchor: section.title for section in make_sections([], [])} == SECTIONS
