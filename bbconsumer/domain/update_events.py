"""Derives an update's events from two of its states, since Bodhi keeps no history that it would tell.

The time of an event is the best that Bodhi tells of what changed; where it tells none it is the moment at which the
change was seen. Bodhi's own times stay the same however often they are read. Its clock may be ahead of ours: what was
seen comes after the pushes that led to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Final

from bbconsumer.domain.snapshots import UpdateSnapshot
from bbconsumer.domain.timeline import Event, one_per_moment

# The field of an event that tells which bugs an update names, as numbers between blanks.
BUGS_FIELD: Final = "bugs"

# In which status every update begins.
_FIRST_STATUS = "pending"
# Bodhi tells times to the second.
_GRAIN = timedelta(seconds=1)


def derive_update_events(before: UpdateSnapshot | None, after: UpdateSnapshot, seen_at: datetime) -> tuple[Event, ...]:
    """What happened to an update between two looks at it, in order; `before` is None at the first.

    The first look tells that it was submitted, and its way into the repositories. `who` is known of that alone.
    """
    events = list(_status_events(before, after, seen_at))
    if before is None:
        events.append(Event(after.submitted_at, "created", after.submitter, "", after.title))
        return one_per_moment(events)
    edited_at = _moved(before.modified_at, after.modified_at) or seen_at
    pushed_at = _pushed_since(before, after)
    is_done = pushed_at is not None and not after.request
    changes = [
        ("request", before.request, after.request, pushed_at if pushed_at and is_done else seen_at),
        ("karma", str(before.karma), str(after.karma), seen_at),
        (BUGS_FIELD, _numbers(before), _numbers(after), edited_at),
        ("builds", " ".join(before.builds), " ".join(after.builds), edited_at),
    ]
    events += [Event(at, field, "", old, new) for field, old, new, at in changes if old != new]
    return one_per_moment(events)


def absence_event(was: str, now_is: str, seen_at: datetime) -> Event:
    """That an update is gone, or is there again."""
    return Event(seen_at, "absence", "", was, now_is)


def _status_events(before: UpdateSnapshot | None, after: UpdateSnapshot, seen_at: datetime) -> Iterator[Event]:
    """The steps between, also where they lead back: one that was missed is made up for by the time of the push."""
    status = before.status if before else _FIRST_STATUS
    testing_at = _moved(before.testing_at if before else None, after.testing_at)
    stable_at = _moved(before.stable_at if before else None, after.stable_at)
    pushes = [(at, name) for at, name in ((testing_at, "testing"), (stable_at, "stable")) if at]
    # Within one second the first comes first.
    for at, name in sorted(pushes, key=itemgetter(0)):
        if name != status:
            yield Event(at, "status", "", status, name)
            status = name
    if status != after.status:
        yield Event(max([seen_at, *(at + _GRAIN for at, _ in pushes)]), "status", "", status, after.status)


def _pushed_since(before: UpdateSnapshot, after: UpdateSnapshot) -> datetime | None:
    moved = (_moved(before.testing_at, after.testing_at), _moved(before.stable_at, after.stable_at))
    return max(filter(None, moved), default=None)


def _moved(old: datetime | None, new: datetime | None) -> datetime | None:
    return new if new != old else None


def _numbers(update: UpdateSnapshot) -> str:
    return " ".join(map(str, sorted(update.bug_ids)))
