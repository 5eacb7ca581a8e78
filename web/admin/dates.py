"""The form for the dates of a milestone. It remembers what was shown, so that only what was typed anew is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException

from bbconsumer.domain.facts import MilestoneDates
from bbconsumer.domain.moments import parse_moment
from web.forms import Field

_LABELS: Final = {"freeze_at": "Freeze", "go_no_go_at": "Go/No-Go", "target_at": "Target date"}
_HINTS: Final = {
    "freeze_at": "When only fixes of accepted bugs may become stable.",
    "go_no_go_at": "When the Go/No-Go meeting decides.",
    "target_at": "When the milestone shall be released.",
}


class UnreadableDates(Exception):
    """Something was typed that is no date; `form` says what."""

    def __init__(self, form: DateForm) -> None:
        super().__init__()
        self.form = form


@dataclass(frozen=True, slots=True)
class DateForm:
    """What stands in the form (`typed`), and the dates that were stored when it was shown (`seen`), by their names."""

    seen: MilestoneDates
    typed: Mapping[str, str]
    changes: Mapping[str, datetime | None] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def showing(cls, dates: MilestoneDates) -> DateForm:
        """The form in which nobody has typed anything yet."""
        return cls(dates, {name: _shown(getattr(dates, name)) for name in _LABELS})

    @classmethod
    def of(cls, sent: Mapping[str, Sequence[str]]) -> DateForm:
        """The form as it was sent.

        Raises:
            UnreadableDates: something that was typed is no date.
            HTTPException: what was shown cannot be read, so that it is no form of ours.
        """
        typed = {name: "".join(sent.get(name, ())).strip() for name in _LABELS}
        try:
            seen = {name: _read("".join(sent.get(f"seen_{name}", ()))) for name in _LABELS}
        except ValueError:
            raise HTTPException(HTTPStatus.BAD_REQUEST) from None
        changes, problems = {}, {}
        for name, text in typed.items():
            if text == _shown(seen[name]):
                continue
            try:
                changes[name] = _read(text)
            except ValueError:
                problems[name] = "This is no date: write 2026-09-08 or 2026-09-08 14:00, in UTC, or nothing"
        form = cls(MilestoneDates(**seen), typed, changes, problems)
        if problems:
            raise UnreadableDates(form)
        return form

    def over(self, fresh: DateForm) -> DateForm:
        """What was typed here, and where nothing was typed what is stored now."""
        mine = self.changes.keys() | self.problems.keys()
        return replace(
            fresh, typed={**fresh.typed, **{name: self.typed[name] for name in mine}}, problems=self.problems
        )

    @property
    def fields(self) -> tuple[Field, ...]:
        """For the page, in order of time."""
        return tuple(
            Field(name, label, _HINTS[name], (self.typed[name],), self.problems.get(name, ""))
            for name, label in _LABELS.items()
        )

    @property
    def carried(self) -> tuple[tuple[str, str], ...]:
        """What the form carries along unseen: each stored date, exactly."""
        dates = {name: getattr(self.seen, name) for name in _LABELS}
        return tuple((f"seen_{name}", at.isoformat() if at else "") for name, at in dates.items())


def _shown(at: datetime | None) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if at else ""


def _read(text: str) -> datetime | None:
    return parse_moment(text) if text else None
