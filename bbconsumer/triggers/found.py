"""What reading a message leads to."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from bbconsumer.domain.keys import Key, Known


class UnreadableMessage(Exception):
    """The message is of a kind that concerns us, and not even an id can be read from it."""


@dataclass(frozen=True, slots=True)
class Found:
    """The keys that a message marks, why (or why none), and the time of the change that it tells of."""

    keys: frozenset[Key]
    reason: str
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What of the bus can concern us: Bugzilla's products, Pagure's project (empty: none) and our own account there."""

    products: Collection[str]
    pagure_repo: str = ""
    pagure_bot: str = ""


LookUp: TypeAlias = Callable[[Collection[int]], Known]
