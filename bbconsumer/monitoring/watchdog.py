"""Whether a process gets on, part by part, and whether a restart would help one that does not.

A restart helps a part that is stuck: nothing else will move it. It does not help what waits for something outside (a
broker or a database that is away): that part says what it waits for, and lives. fedora-messaging's own ``/ready`` is no
substitute: it says "consuming" during an outage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Condition:
    """How a part is: a word for people, for how many seconds so, and what follows for the platform.

    `is_stuck`: it will not get on without a restart. `is_ready`: it does what it is there for, or has only just ceased.
    """

    state: str
    age_s: float
    is_stuck: bool = False
    is_ready: bool = True


class Part(Protocol):
    """A part of the process that is watched. Looking never waits for it."""

    @property
    def name(self) -> str:
        """What people call it."""

    def condition(self) -> Condition:
        """How it is now. Safe from any thread."""


class Watchdog:
    """Looks at all parts when asked."""

    def __init__(self, parts: Sequence[Part] = ()) -> None:
        self._parts = tuple(parts)

    def report(self) -> dict[str, Any]:
        """``live``, ``ready``, and for each of the ``parts`` its name, state, since when, and whether it is stuck."""
        now = datetime.now(UTC)
        conditions = [(part.name, part.condition()) for part in self._parts]
        return {
            "live": not any(condition.is_stuck for _, condition in conditions),
            "ready": all(condition.is_ready and not condition.is_stuck for _, condition in conditions),
            "parts": [
                {
                    "part": name,
                    "state": condition.state,
                    "since": (now - timedelta(seconds=condition.age_s)).isoformat(timespec="seconds"),
                    "stuck": condition.is_stuck,
                }
                for name, condition in conditions
            ],
        }
