"""The rows of the result, and how they are printed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `met` is None where there is no aim: the row then explains another one."""

    what: str
    figure: float
    unit: str
    ceiling: float | None = None
    ratio: float | None = None
    aim: str = ""
    met: bool | None = None


@dataclass(frozen=True, slots=True)
class Aim:
    """What a value should be, in words and as a test."""

    text: str
    is_met: Callable[[float], bool]


def at_least(limit: float) -> Aim:
    """An aim that larger values meet."""
    return Aim(f"≥ {limit:g}", lambda value: value >= limit)


def at_most(limit: float) -> Aim:
    """An aim that smaller values meet."""
    return Aim(f"≤ {limit:g}", lambda value: value <= limit)


def compared(what: str, unit: str, figures: Sequence[float], ceilings: Sequence[float], aim: Aim | None = None) -> Row:
    """A row about a ratio. It is taken within each round, where noise hits both alike; then the median is."""
    ratio = median(figure / ceiling for figure, ceiling in zip(figures, ceilings, strict=True))
    return Row(
        what,
        median(figures),
        unit,
        median(ceilings),
        ratio,
        aim.text if aim else "",
        aim.is_met(ratio) if aim else None,
    )


def counted(what: str, unit: str, figure: float, aim: Aim | None = None, *, ceiling: float | None = None) -> Row:
    """A row about a figure that stands for itself; a ceiling is only shown beside it."""
    return Row(what, figure, unit, ceiling, aim=aim.text if aim else "", met=aim.is_met(figure) if aim else None)


def as_json(rows: Iterable[Row]) -> str:
    """The rows as a JSON array of objects."""
    return json.dumps([asdict(row) for row in rows], indent=2, ensure_ascii=False)


def as_text(rows: Iterable[Row]) -> str:
    """The rows in columns: names to the left, numbers to the right."""
    head = ("what", "figure", "ceiling", "", "ratio", "aim", "met")
    lines = [head, *map(_cells, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if number in {1, 2, 4} else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _cells(row: Row) -> tuple[str, ...]:
    met = {True: "yes", False: "NO", None: ""}[row.met]
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    return (row.what, _number(row.figure), _number(row.ceiling), row.unit, ratio, row.aim, met)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
