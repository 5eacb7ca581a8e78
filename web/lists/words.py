"""The values that several lists are filtered by, with what people call them, in the order in which they are sorted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from bbconsumer.domain.attention import TodoKind
from bbconsumer.domain.nominations import NominationState
from bbconsumer.domain.texts import local_part
from bbconsumer.domain.trackers import TrackerKind

YES: Final = "yes"
YES_CHOICE: Final[Mapping[str, str]] = {YES: "yes"}

# In order of progress.
STATUSES: Final[Mapping[str, str]] = {
    name: name for name in ("NEW", "ASSIGNED", "POST", "MODIFIED", "ON_QA", "VERIFIED", "RELEASE_PENDING", "CLOSED")
}
UNSPECIFIED: Final = "unspecified"
SEVERITIES: Final[Mapping[str, str]] = {name: name for name in ("urgent", "high", "medium", "low", UNSPECIFIED)}
KINDS: Final[Mapping[str, str]] = {TrackerKind.BLOCKER: "Blocker", "freeze-exception": "Freeze exception"}
NOMINATIONS: Final[Mapping[str, str]] = {
    state.replace("_", "-"): state.replace("_", " ").replace("0day", "0-day") for state in NominationState
}
TODOS: Final[Mapping[str, str]] = {
    TodoKind.VOTE: "Vote",
    TodoKind.DECIDE: "Decide",
    TodoKind.RECORD: "Record a decision",
    TodoKind.NEEDINFO: "Answer a question",
    TodoKind.ASSIGN: "Take the bug",
    TodoKind.FIX: "Fix",
    TodoKind.UPDATE: "Make an update",
    TodoKind.TEST: "Test an update",
    TodoKind.VERIFY: "Verify",
    TodoKind.PUSH: "Push an update",
    TodoKind.CLOSE: "Close",
}

_STATUS_ORDER: Final = list(STATUSES)
_SEVERITY_ORDER: Final = list(SEVERITIES)
_TODO_ORDER: Final = list(TODOS)


def in_address(name: str) -> str:
    """A name of the domain as addresses have it: ``accepted-0day``."""
    return name.replace("_", "-")


def read_account(text: str) -> str:
    """An account as it is shown: what stands behind an ``@`` must not be found out by asking for it."""
    return local_part(text.strip())


def read_yes_or_number(text: str) -> str | None:
    """``yes``, or a number as it is usually written; None for anything else."""
    text = text.strip().casefold()
    if text.isascii() and text.isdecimal():
        return str(int(text))
    return text if text in {YES, ""} else None


def accounts(names: Iterable[str]) -> list[str]:
    """Accounts as they are shown; nobody is none."""
    return [shown for name in names if (shown := local_part(name))]


def severity(text: str) -> str:
    """A severity as people choose it."""
    return text.casefold() or UNSPECIFIED


def by_status(status: str) -> int | None:
    """A place in the order of progress, None for a status that nobody knows."""
    return _STATUS_ORDER.index(status) if status in STATUSES else None


def by_severity(text: str) -> int | None:
    """A place in the order of severities, the most severe first."""
    return _SEVERITY_ORDER.index(severity(text)) if severity(text) in SEVERITIES else None


def by_todo(kind: str) -> int:
    """A place in the order of work."""
    return _TODO_ORDER.index(kind)


def by_time(at: datetime | None) -> float | None:
    """A place in time."""
    return at.timestamp() if at else None


def by_text(text: str) -> str | None:
    """A place in the alphabet, whatever the case."""
    return text.casefold() or None
