"""The shape of a JSON answer: which keys at which place, with which types of values."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Texts that clients read as something else: they would notice if it were spelled in another way.
_KINDS_OF_TEXT = (
    ("epoch seconds", re.compile(r"\d{9,10}(\.\d+)?")),
    ("time", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")),
    ("time for people", re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")),
    ("address", re.compile(r"https?://\S+")),
)


@dataclass(frozen=True, slots=True)
class Difference:
    """`where` is a path such as `bugs[].flags[].name`."""

    where: str
    what: str


def shape_of(value: object, where: str = "") -> dict[str, set[str]]:
    """The types found at each place; the elements of a list share one place, keys of digits too."""
    shape: dict[str, set[str]] = {where: {_type_name(value)}}
    for place, part in _parts(value, where):
        for path, types in shape_of(part, place).items():
            shape.setdefault(path, set()).update(types)
    return shape


def _parts(value: object, where: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, part in value.items():
            # Keys that are bug ids are data, not structure.
            name = "<id>" if str(key).isdigit() else str(key)
            yield f"{where}.{name}" if where else name, part
    elif isinstance(value, list):
        for part in value:
            yield f"{where}[]", part


def _type_name(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return next((name for name, pattern in _KINDS_OF_TEXT if pattern.fullmatch(value)), "string")
    return "list" if isinstance(value, list) else "object"


def differences(recorded: object, simulated: object) -> list[Difference]:
    """Where the shapes differ, and the values of error codes if there are any.

    What lies below a place that only one side has is not told again.
    """
    theirs, ours = shape_of(recorded), shape_of(simulated)
    found: list[Difference] = []
    for where in sorted(theirs.keys() | ours.keys()):
        if any(where.startswith((f"{gap.where}.", f"{gap.where}[")) for gap in found):
            continue
        if where not in ours:
            found.append(Difference(where, "is missing"))
        elif where not in theirs:
            found.append(Difference(where, "is not in the recorded answer"))
        elif theirs[where] != ours[where]:
            types = f"{_listed(ours[where])}, recorded: {_listed(theirs[where])}"
            found.append(Difference(where, f"is {types}"))
    return found + _different_values(recorded, simulated)


def _different_values(recorded: object, simulated: object) -> list[Difference]:
    if not isinstance(recorded, dict) or not isinstance(simulated, dict):
        return []
    return [
        Difference(key, f"is {simulated[key]!r}, recorded: {recorded[key]!r}")
        for key in ("code", "error", "error_code")
        if key in recorded
        and key in simulated
        and recorded[key] != simulated[key]
        # A text is for people, and may name the server.
        and not (key == "error" and isinstance(recorded[key], str))
    ]


def _listed(types: set[str]) -> str:
    return " or ".join(sorted(types))
