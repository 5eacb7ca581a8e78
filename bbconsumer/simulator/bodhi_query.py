"""What is asked of a list: its parameters, understood or refused.

A parameter that Bodhi does not know is ignored, so that a misspelled filter gives everything.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil

from bbconsumer.simulator.bodhi_errors import BodhiRefusal, Complaint
from bbconsumer.simulator.records import Json

_ROWS_BY_DEFAULT, _ROWS_AT_MOST = 20, 1000
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Page:
    """Where in a list an answer is."""

    number: int
    size: int
    total: int

    @property
    def rows(self) -> slice:
        return slice((self.number - 1) * self.size, self.number * self.size)

    def as_json(self) -> Json:
        pages = ceil(self.total / self.size)
        return {"page": self.number, "pages": pages, "rows_per_page": self.size, "total": self.total}


class Question:
    """A query string. All that is wrong with it is found before it is refused, like Bodhi does it."""

    def __init__(self, pairs: Pairs) -> None:
        self._pairs = pairs
        self._complaints: list[Complaint] = []

    def text(self, name: str) -> str | None:
        """The last value; None when there is none, or it is empty."""
        return next((value for key, value in reversed(self._pairs) if key == name and value), None)

    def texts(self, name: str, *, may_be_empty: bool = False) -> list[str] | None:
        """All values, each of which may be several, separated by commas or blanks; None when the name is not there."""
        values = [value for key, value in self._pairs if key == name]
        if not may_be_empty:
            for position, value in enumerate(values):
                if not value:
                    self.complain(f"{name}.{position}", "Required")
        return re.findall(r"[^\s,]+", ",".join(values)) if values else None

    def choices(self, name: str, known: Sequence[str]) -> list[str] | None:
        values = self.texts(name)
        for position, value in enumerate(values or ()):
            if value not in known:
                self.complain(f"{name}.{position}", f'"{value}" is not one of {", ".join(known)}')
        return values

    def numbers(self, name: str, what: str) -> list[int] | None:
        values = self.texts(name, may_be_empty=True)
        try:
            return None if values is None else list(map(int, values))
        except ValueError:
            self.complain(name, f"Invalid {what} specified: {values}")
            return None

    def yes_or_no(self, name: str) -> bool | None:
        value = self.text(name)
        if value is not None and value.lower() not in ("true", "1", "false", "0"):
            self.complain(name, f"\"{value}\" is neither in ('false', '0') nor in ('true', '1')")
        return None if value is None else value.lower() in ("true", "1")

    def time(self, name: str) -> datetime | None:
        """A day, or a second of it; without a zone it is UTC."""
        value = self.text(name)
        try:
            moment = None if value is None else datetime.fromisoformat(value)
        except ValueError:
            self.complain(name, "Invalid date")
            return None
        return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment

    def number(self, name: str, default: int, most: int | None = None) -> int:
        value = self.text(name)
        if value is None:
            return default
        try:
            number = int(value)
        except ValueError:
            self.complain(name, f'"{value}" is not a number')
            return default
        if number < 1:
            self.complain(name, f"{number} is less than minimum value 1")
        elif most is not None and number > most:
            self.complain(name, f"{number} is greater than maximum value {most}")
        return number

    def page_asked(self) -> tuple[int, int]:
        """Number and size."""
        return self.number("page", 1), self.number("rows_per_page", _ROWS_BY_DEFAULT, _ROWS_AT_MOST)

    def complain(self, name: str, description: str) -> None:
        self._complaints.append(Complaint("querystring", name, description))

    def refuse_if_wrong(self) -> None:
        """Raises: BodhiRefusal."""
        if self._complaints:
            raise BodhiRefusal(self._complaints)
