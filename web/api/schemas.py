"""Answers as JSON, and the schema of that JSON, made of the same dataclasses: neither can have what the other lacks.

Own code and no library: the types of answers are few and ours, and a library would be one more part to install, to
update and to trust, for what takes a page.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Final, TypeAlias, Union, get_args, get_origin, get_type_hints

from web.lists.formats import plain

Schema: TypeAlias = dict[str, Any]

_PLAIN: Final[Mapping[Any, Schema]] = {
    str: {"type": "string"},
    int: {"type": "integer", "format": "int64"},
    bool: {"type": "boolean"},
    datetime: {"type": "string", "format": "date-time"},
}


@dataclass(frozen=True, slots=True)
class OneOf:
    """All values that a text can have; for `Annotated`."""

    values: tuple[str, ...]


def one_of(values: Iterable[str]) -> OneOf:
    """The same, of anything that has the values in order."""
    return OneOf(tuple(values))


def as_json(value: object) -> Any:
    """An answer, or a part of one, as `json.dumps` takes it."""
    if isinstance(value, tuple):
        return [as_json(each) for each in value]
    if is_dataclass(value):
        kind: Any = type(value)
        return {name: as_json(getattr(value, name)) for name in _names(kind)}
    return plain(value)


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


class Schemas:
    """Makes schemas of types; those of dataclasses are collected, and referred to by name."""

    def __init__(self) -> None:
        self.by_name: dict[str, Schema] = {}

    def of(self, kind: Any) -> Schema:
        """The schema of a type.

        Raises:
            TypeError: answers have no such values.
        """
        origin, arguments = get_origin(kind), get_args(kind)
        if origin is Annotated:
            return self.of(arguments[0]) | {"enum": list(arguments[1].values)}
        if origin in {Union, UnionType}:
            return {"anyOf": [{"type": "null"} if each is type(None) else self.of(each) for each in arguments]}
        if origin is tuple and arguments[1:] == (...,):
            return {"type": "array", "items": self.of(arguments[0])}
        if is_dataclass(kind):
            return self._named(kind)
        if inspect.isclass(kind) and issubclass(kind, StrEnum):
            return {"type": "string", "enum": [str(each) for each in kind]}
        if kind not in _PLAIN:
            raise TypeError(f"answers have no values of the type {kind}")
        return dict(_PLAIN[kind])

    def _named(self, kind: Any) -> Schema:
        if kind.__name__ not in self.by_name:
            # Before its parts, which may be of the same type.
            schema = self.by_name[kind.__name__] = {"type": "object", "description": about(kind)}
            hints = get_type_hints(kind, include_extras=True)
            schema["properties"] = {name: self.of(hints[name]) for name in _names(kind)}
            schema["required"] = list(_names(kind))
        return {"$ref": f"#/components/schemas/{kind.__name__}"}


def about(kind: object) -> str:
    """What is written about a type or a function, as one paragraph."""
    return " ".join((inspect.getdoc(kind) or "").split())
