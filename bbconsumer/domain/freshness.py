"""How far what is stored can be trusted: no data must never look like good data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning that a reader must have seen; `at_words` say what `at` is the time of."""

    title: str
    text: str
    at: datetime | None = None
    at_words: str = "since"


def age_notices(checked_at: datetime | None, stale_before: datetime) -> Iterator[Notice]:
    """What is wrong with lists that were complete at `checked_at`, if they ever were."""
    if checked_at is None:
        yield Notice("No data yet", "No sync has been complete so far: what is missing here may exist all the same")
    elif checked_at < stale_before:
        yield Notice("Stale data", "Bugs may have changed", checked_at, "last complete sync")
