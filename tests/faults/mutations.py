"""Damaged copies of true messages: parts that are missing, of another type, absurdly large or small, or repeated."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Any, TypeAlias

from bbconsumer.simulator.records import Json

_Place: TypeAlias = tuple[Any, ...]
_ABSURD: Sequence[Any] = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    2**31,
    2**63,
    10**400,
    -(2**63) - 1,
    float("nan"),
    float("inf"),
    "",
    " ",
    "0",
    "-7",
    "7; DROP TABLE bug",
    "9" * 40,
    "1, 2, 3, 4, 5",
    "\0",
    "\ud800",
    "\N{RIGHT-TO-LEFT OVERRIDE}",
    "é" * 5000,
    "Fedora",
    "2026-13-45T99:99:99Z",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z",
    1e18,
    -1e18,
    [],
    {},
    [[]],
    [None],
    [{}],
    {"": None},
    {"id": 7},
    {"id": {"id": 7}},
    {"name": "Fedora"},
    [7, "7", 7.0],
)


def mutated(body: Json, chance: Random) -> Any:
    """A copy with one to three parts damaged. It is JSON as Python writes it, so it may hold NaN."""
    message = {"body": copy.deepcopy(body)}
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        places = [place for place in _places(message) if place]
        place = chance.choice(places)
        parent: Any = message
        for name in place[:-1]:
            parent = parent[name]
        chance.choice(_WAYS)(parent, place[-1], chance)
    return message["body"]


def encoded(body: Any) -> bytes:
    """As a careless publisher writes it: with NaN and lone surrogates, both of which Python reads again."""
    return json.dumps(body).encode()


def _places(value: object, place: _Place = ()) -> Iterator[_Place]:
    yield place
    match value:
        case dict():
            parts: Iterator[tuple[Any, object]] = iter(value.items())
        case list():
            parts = enumerate(value)
        case _:
            return
    for name, part in parts:
        yield from _places(part, (*place, name))


def _replace(parent: Any, name: Any, chance: Random) -> None:
    parent[name] = copy.deepcopy(chance.choice(_ABSURD))


def _remove(parent: Any, name: Any, _chance: Random) -> None:
    if name != "body":
        del parent[name]
    else:
        parent[name] = {}


def _wrap(parent: Any, name: Any, chance: Random) -> None:
    value = parent[name]
    parent[name] = chance.choice(([value], {"name": value}, [value, value], str(value)))


def _nest(parent: Any, name: Any, _chance: Random) -> None:
    value: Any = parent[name]
    for _ in range(200):
        value = {"bug": value}
    parent[name] = value


def _rename(parent: Any, name: Any, chance: Random) -> None:
    if isinstance(parent, dict) and name != "body":
        parent[chance.choice((name.upper(), f"{name} ", "bug", "id", "event"))] = parent.pop(name)


def _shift(parent: Any, name: Any, chance: Random) -> None:
    """Numbers and times become other ones of their kind."""
    value = parent[name]
    if isinstance(value, int | float) and not isinstance(value, bool):
        parent[name] = value + chance.choice((-1, 1, 12 * 3600, -12 * 3600, 10**9))
    elif isinstance(value, str):
        parent[name] = value[: chance.randrange(len(value) + 1)]
    elif isinstance(value, list):
        chance.shuffle(value)
    else:
        _replace(parent, name, chance)


_WAYS: Sequence[Callable[[Any, Any, Random], None]] = (
    *(_replace,) * 4,
    *(_remove,) * 2,
    _wrap,
    _nest,
    _rename,
    *(_shift,) * 2,
)


def late_by(body: Json, seconds: float) -> Json:
    """A copy whose times are so many seconds earlier, as that of a message which was long on its way."""
    late = copy.deepcopy(body)
    for place in list(_places(late)):
        if place and place[-1] in _TIMES:
            parent: Any = late
            for name in place[:-1]:
                parent = parent[name]
            parent[place[-1]] = _TIMES[place[-1]](parent[place[-1]], seconds)
    return late


def _earlier(value: Any, seconds: float) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value - seconds
    if isinstance(value, str) and value.replace(".", "", 1).isdigit():
        return str(float(value) - seconds)
    return value


# Bugzilla's and Pagure's; Bodhi's are no part of what is read of its messages.
_TIMES: Mapping[str, Callable[[Any, float], Any]] = dict.fromkeys(
    ("time", "last_change_time", "last_updated", "date_created"), _earlier
)
