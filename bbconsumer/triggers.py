"""Turns a bus message into keys. Pure: what is stored is asked through a function that the caller passes.

A message says that something changed; its content is never stored. `blocks` is not in it, bodies come in two schemas,
and either may be incomplete, so everything is read with care: what cannot be excluded is marked.
Source: https://github.com/fedora-infra/bugzilla2fedmsg (the bridge that publishes these messages).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bbconsumer.domain.history import parse_ids
from bbconsumer.domain.keys import Key, KeyKind, Known
from bbconsumer.domain.nominations import PRIORITIZED_FLAG

# Bugzilla bug ids are PostgreSQL serials; anything larger is not an id and would not fit the column.
MAX_BUG_ID = 2**31 - 1

_BLOCKS = frozenset({"blocked", "blocks"})
_DEPENDS_ON = frozenset({"dependson", "depends_on"})
# A bug that comes into view or into our product may block a tracker already.
_APPEARS = frozenset({"product", "bug_group", "groups", f"flag.{PRIORITIZED_FLAG}"})


class UnreadableMessage(Exception):
    """The message is of a kind that concerns us, and not even an id can be read from it."""


@dataclass(frozen=True, slots=True)
class Found:
    """The keys that a message marks, why (or why none), and the time of the change that it tells of."""

    keys: frozenset[Key]
    reason: str
    changed_at: datetime | None = None


LookUp = Callable[[Collection[int]], Known]


def keys_in(topic: str, body: object, look_up: LookUp, products: Collection[str]) -> Found:
    """The keys that a message marks. `look_up` is called at most once, and only if the message could matter.

    Raises:
        UnreadableMessage: keep the message for a person to look at.
    """
    kind = topic_kind(topic)
    if kind is None:
        return Found(frozenset(), "topic does not concern us")
    if not isinstance(body, Mapping):
        raise UnreadableMessage(f"body is {_type_name(body)}, not an object")
    bug, event = _mapping(body.get("bug")), _mapping(body.get("event"))
    product = _name(bug.get("product"))
    changes = tuple(_changes(event.get("changes")))
    if product and product not in products and not any(change.field == "product" for change in changes):
        return Found(frozenset(), f"product {product} does not concern us")
    bug_id = _bug_id(event.get("bug_id")) or _bug_id(bug.get("id"))
    if bug_id is None:
        raise UnreadableMessage("no bug id in event.bug_id or bug.id")
    changed_at = _time(event.get("time"))
    if kind == "new":
        return Found(frozenset({Key(KeyKind.BUG, bug_id)}), "a new bug may block a tracker", changed_at)
    return _found_in_update(bug_id, changes, changed_at, look_up)


def topic_kind(topic: str) -> str | None:
    """``new`` or ``update`` for Bugzilla's topics of any environment (``org.fedoraproject.prod.`` …), else None."""
    for kind in ("new", "update"):
        if topic.endswith(f".bugzilla.bug.{kind}"):
            return kind
    return None


@dataclass(frozen=True, slots=True)
class _Change:
    field: str
    ids: frozenset[int]


def _found_in_update(bug_id: int, changes: Collection[_Change], changed_at: datetime | None, look_up: LookUp) -> Found:
    blocks: frozenset[int] = frozenset().union(*(c.ids for c in changes if c.field in _BLOCKS))
    depends: frozenset[int] = frozenset().union(*(c.ids for c in changes if c.field in _DEPENDS_ON))
    known = look_up({bug_id} | blocks)
    ids: dict[int, str] = {}
    if bug_id in known.bug_ids:
        ids[bug_id] = "a known bug"
    elif blocks & known.tracker_ids:
        ids[bug_id] = "began or ceased to block a tracker"
    elif any(c.field in _BLOCKS and not c.ids for c in changes):
        ids[bug_id] = "blocks changed in a way that cannot be read"
    elif any(c.field in _APPEARS for c in changes):
        ids[bug_id] = "may have come into view"
    if bug_id in known.tracker_ids:
        ids |= dict.fromkeys(depends, "added to or removed from a tracker")
    if not ids:
        return Found(frozenset(), "not a bug of ours, and this change cannot make it one")
    return Found(frozenset(Key(KeyKind.BUG, i) for i in ids), "; ".join(sorted(set(ids.values()))), changed_at)


def _changes(value: object) -> Iterator[_Change]:
    for change in value if isinstance(value, list) else ():
        if isinstance(change, Mapping):
            names = (change.get("field"), change.get("field_name"))
            field = next((name for name in names if name and isinstance(name, str)), None)
            if field:
                yield _Change(field, _ids(change.get("added")) | _ids(change.get("removed")))


def _ids(value: object) -> frozenset[int]:
    """The ids in one side of a change: a text that lists them, a number, or an array of either."""
    parts = value if isinstance(value, list) else [value]
    texts = " ".join(part for part in parts if isinstance(part, str))
    numbers = (_bug_id(part) for part in parts if not isinstance(part, str))
    return frozenset(i for i in (*parse_ids(texts), *numbers) if i and i <= MAX_BUG_ID)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _name(value: object) -> str:
    """A name that is a string in one schema and an object in the other."""
    if isinstance(value, Mapping):
        value = value.get("name")
    return value if isinstance(value, str) else ""


def _bug_id(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= len(str(MAX_BUG_ID)):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_BUG_ID else None


def _time(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _type_name(value: object) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"
