"""Bodhi's messages about updates.

Every one about an update that we know, or that names a bug that we know, marks it. What it says of the update is not
believed: a compose tells that it completed while the request still stands, and an edit names no bug that was removed.
Source: https://github.com/fedora-infra/bodhi/tree/develop/bodhi-messages (the schemas of these messages).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from bbconsumer.domain.updates import is_alias
from bbconsumer.triggers.found import Found, LookUp, UnreadableMessage
from bbconsumer.triggers.reading import read_id, read_mapping

_TOPIC = ".bodhi.update."
_TIMES = ("date_submitted", "date_modified", "date_testing", "date_stable", "date_pushed")
_TIME_FORMAT = "%Y-%m-%d %H:%M:%S"


def topic_kind(topic: str) -> str | None:
    """What follows ``bodhi.update.`` in a topic, for example ``request.stable``; None for every other topic."""
    _, found, kind = topic.partition(_TOPIC)
    return kind if found and kind else None


def keys_in(body: Mapping[str, object], look_up: LookUp) -> Found:
    """The update that the message marks, by its alias.

    Raises:
        UnreadableMessage: it names a bug that we know, or may do so, and no update that could be asked for.
    """
    update = read_mapping(body.get("update")) or read_mapping(read_mapping(body.get("comment")).get("update"))
    if not update:
        raise UnreadableMessage("no update in update or comment.update")
    alias = update.get("alias")
    if not isinstance(alias, str) or not is_alias(alias):
        alias = ""
    bug_ids, is_readable = _bug_ids(update.get("bugs"))
    bug_ids |= _bug_ids(body.get("new_bugs"))[0]
    if not alias and not bug_ids:
        # Before 2019 some messages had a title alone. The sync finds the update when it names a bug of ours.
        return Found(frozenset(), "names neither an update that could be asked for nor a bug")
    known = look_up(bug_ids, alias)
    if known.is_update_known:
        reason = "a known update"
    elif known.bug_ids:
        reason = "names a known bug"
    elif alias and not is_readable:
        reason = "names bugs in a way that cannot be read"
    else:
        return Found(frozenset(), "an update that names no bug of ours")
    if not alias:
        raise UnreadableMessage("no alias in update.alias, and it names a known bug")
    return Found(frozenset(), reason, _changed_at(update), frozenset({alias}))


def _bug_ids(bugs: object) -> tuple[frozenset[int], bool]:
    """The numbers in a list of bugs, as objects, numbers or texts; and whether all of it could be read."""
    if not isinstance(bugs, list):
        return frozenset(), False
    numbers = [bug.get("bug_id") if isinstance(bug, Mapping) else bug for bug in bugs]
    # One without a number is of another tracker than Bugzilla.
    ids = [read_id(number) for number in numbers if number is not None]
    return frozenset(filter(None, ids)), all(ids)


def _changed_at(update: Mapping[str, object]) -> datetime | None:
    """The latest time that the message tells of the update."""
    times = [time for name in _TIMES if (time := _read_time(update.get(name)))]
    return max(times, default=None)


def _read_time(value: object) -> datetime | None:
    """``2026-11-23 15:41:50``, which is UTC."""
    try:
        return datetime.strptime(value, _TIME_FORMAT).replace(tzinfo=UTC) if isinstance(value, str) else None
    except ValueError:
        return None
