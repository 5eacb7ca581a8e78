"""What happened, as pages and feeds tell it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class EventView:
    """The parts of a sentence: `what` went from `old` to `new`, either of which may be empty, by `who`, if known.

    Where it is no change of a value, `what` says it all. The event stands on the page of the bug `bug_id` as
    ``#event-<seq>``, for ever as long as it stands at all; one of a milestone itself (None) on its overview. `also`
    are other bugs of the same milestone on whose pages it stands.

    For programs: `kind` and `object` are that to which it happened, a bug or ticket by its number, an update by its
    alias, a milestone by its label; `field` is what changed about it.
    """

    seq: int
    at: datetime
    what: str
    old: str
    new: str
    who: str
    bug_id: int | None
    summary: str = ""
    also: tuple[int, ...] = ()
    is_change: bool = True
    kind: str = ""
    object: str = ""
    field: str = ""
