"""The picture of a bug's state that is shown in its review ticket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class BugPicture:
    """A bug's state in a few short lines. `stale_at` is when it was last checked, if that is too long ago.

    A bug that is not here for the public has nothing, not even its number: all such pictures are the same.
    """

    title: str
    lines: tuple[str, ...]
    is_tracked: bool
    stale_at: datetime | None = None


NOT_TRACKED = BugPicture("Not tracked", ("not tracked",), is_tracked=False)
