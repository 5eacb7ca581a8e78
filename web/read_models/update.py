"""What Bodhi tells of an update that names a bug."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UpdateView:
    """An update. `karma_needed` is None where Bodhi does not push it by karma."""

    alias: str
    release: str
    title: str
    status: str
    request: str
    karma: int
    karma_needed: int | None
