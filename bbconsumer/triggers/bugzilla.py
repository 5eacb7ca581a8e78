"""Bugzilla's messages about bugs.

`blocks` is not in them, and bodies come in two schemas: in one, product and component are texts, in the other objects.
Source: https://github.com/fedora-infra/bugzilla2fedmsg (the bridge that publishes these messages).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from bbconsumer.domain.history import parse_ids
from bbconsumer.domain.keys import Key, KeyKind
from bbconsumer.domain.nominations import PRIORITIZED_FLAG
from bbconsumer.triggers.found import Found, LookUp, Scope, UnreadableMessage
from bbconsumer.triggers.reading import MAX_ID, read_id, read_mapping, read_name, read_time

_BLOCKS = frozenset({"blocked", "blocks"})
_DEPENDS_ON = frozenset({"dependson", "depends_on"})
# A bug that comes into view or into our product may block a tracker already.
_APPEARS = frozenset({"product", "bug_group", "groups", f"flag.{PRIORITIZED_FLAG}"})


def keys_in(topic: str, body: Mapping[str, object], look_up: LookUp, scope: Scope) -> Found:
    """The bugs that the message marks.

    Raises:
        UnreadableMessage: it has no bug number.
    """
    bug, event = read_mapping(body.get("bug")), read_mapping(body.get("event"))
    product = read_name(bug.get("product"))
    changes = tuple(_changes(event.get("changes")))
    if product and product not in scope.products and not any(change.field == "product" for change in changes):
        return Found(frozenset(), f"product {product} does not concern us")
    bug_id = read_id(event.get("bug_id")) or read_id(bug.get("id"))
    if bug_id is None:
        raise UnreadableMessage("no bug id in event.bug_id or bug.id")
    changed_at = read_time(event.get("time"))
    if topic_kind(topic) == "new":
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
    known = look_up({bug_id} | blocks, "")
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
    numbers = (read_id(part) for part in parts if not isinstance(part, str))
    return frozenset(i for i in (*parse_ids(texts), *numbers) if i and i <= MAX_ID)
