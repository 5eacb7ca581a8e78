"""How far what a page shows can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bbconsumer.domain.freshness import Notice


@dataclass(frozen=True, slots=True)
class SourceAge:
    """When a source last answered; `is_stale` when that is too long ago to rest on, or it never did."""

    name: str
    last_success_at: datetime | None
    is_failing: bool
    is_stale: bool


@dataclass(frozen=True, slots=True)
class Freshness:
    """How far the lists of a page can be trusted. `checked_at` is None as long as they never were complete."""

    checked_at: datetime | None
    bugzilla_answered_at: datetime | None
    notices: tuple[Notice, ...]
    sources: tuple[SourceAge, ...] = ()
