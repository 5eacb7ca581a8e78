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
    """The keys that a message marks, why (or why none), and the time of the change that it tells of.

    Updates are named by their `aliases`: their keys are numbers that only the database knows.
    """

    keys: frozenset[Key]
    reason: str
    changed_at: datetime | None = None
    aliases: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Scope:
    """What of the bus can concern us: Bugzilla's products, Pagure's project (empty: none) and our own account there,
    and whether Bodhi's updates."""

    products: Collection[str]
    pagure_repo: str = ""
    pagure_bot: str = ""
    with_bodhi: bool = False


# Asked with numbers of bugs and the alias of an update, which is empty for none.
LookUp: TypeAlias = Callable[[Collection[int], str], Known]
