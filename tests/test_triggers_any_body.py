"""No body, however odd, does more than end up with a person; and recorded messages, where there are some."""

import copy
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbconsumer.domain.keys import Key, KeyKind, Known
from bbconsumer.domain.updates import is_alias
from bbconsumer.replay import read_messages
from bbconsumer.triggers import Scope, UnreadableMessage, keys_in, topic_source
from bbconsumer.triggers.bugzilla import topic_kind
from bbconsumer.triggers.reading import MAX_ID
from tests import recordings
from tests.bus import COMMENT_ADDED, NEW, UPDATE, UPDATE_EDITED, body, body_of_objects, change, ticket_body, update_body

_REPO = "fedora-qa/blocker-review"
_SCOPE = Scope(("Fedora", "Fedora EPEL"), _REPO, "blockerbot", with_bodhi=True)

_scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["1", "1, 2", "Fedora"])
)
_names = st.sampled_from(
    ["bug", "event", "changes", "field", "added", "id", "bug_id", "product", "name", "time", "issue", "project"]
) | st.sampled_from(
    ["fullname", "namespace", "last_updated", "agent", "comments", "update", "comment", "alias", "bugs"]
)
_json = st.recursive(
    _scalars,
    lambda part: st.lists(part, max_size=4) | st.dictionaries(_names | st.text(), part, max_size=4),
    max_leaves=15,
)
_topics = st.sampled_from([NEW, UPDATE, COMMENT_ADDED, UPDATE_EDITED]) | st.text()


def _paths(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for name, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _paths(part, (*path, name))


@st.composite
def _damaged(draw: st.DrawFn) -> Any:
    """A realistic body of which some parts were replaced or taken out."""
    number = draw(st.integers(1, 6))
    fields = st.sampled_from(["blocked", "dependson", "product", "cc", "flag.fedora_prioritized_bug"])
    changes = change(draw(fields), "1, 2", draw(st.text())), change(draw(fields))
    whole = [
        body(number, *changes),
        body_of_objects(number, *changes),
        ticket_body(number),
        update_body("FEDORA-2026-1", number),
    ]
    message = {"body": draw(st.sampled_from(whole))}
    for _ in range(draw(st.integers(1, 3))):
        *path, last = draw(st.sampled_from([path for path in _paths(message) if path]))
        parent: Any = message
        for name in path:
            parent = parent[name]
        if draw(st.booleans()):
            parent[last] = draw(_json)
        elif path:
            del parent[last]
    return message["body"]


def _everything_is_known(ids: Collection[int], _alias: str) -> Known:
    return Known(frozenset(ids), frozenset(ids), is_update_known=True)


def _check(topic: str, message: Any) -> None:
    before = copy.deepcopy(message)
    try:
        found = keys_in(topic, message, _everything_is_known, _SCOPE)
    except UnreadableMessage:
        assert topic_source(topic, _SCOPE) is not None
        return
    assert found.reason
    assert all(is_alias(alias) for alias in found.aliases)
    assert all(type(key.id) is int and 0 < key.id <= MAX_ID for key in found.keys)
    assert found.changed_at is None or found.changed_at.tzinfo is not None
    assert repr(message) == repr(before)


@given(_topics, _json)
def test_any_body_gives_storable_keys_or_is_kept_for_a_person(topic: str, message: object) -> None:
    _check(topic, message)


@given(st.sampled_from([NEW, UPDATE, COMMENT_ADDED, UPDATE_EDITED]), _damaged())
def test_so_does_a_body_with_some_parts_damaged(topic: str, message: object) -> None:
    _check(topic, message)


@pytest.mark.parametrize("side", ["added", "removed"])
@pytest.mark.parametrize("name", ["blocked", "dependson"])
def test_so_does_a_change_with_an_absurd_value(name: str, side: str) -> None:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    for value in (nested, "9" * 100_000, 10**5000, ["9" * 5000], {"x": nested}):
        message = body(5, change(name) | {side: value})
        assert keys_in(UPDATE, message, _everything_is_known, _SCOPE).keys <= {Key(KeyKind.BUG, 5)}
    # Taken apart piece by piece, since Python would do it recursively.
    while nested:
        (nested,) = nested


def test_a_message_ten_times_as_long_takes_about_ten_times_as_long() -> None:
    def seconds(count: int) -> float:
        changes = [change("blocked", f"{n}, {n + 1}", "") for n in range(1, count)]
        changes += [change("dependson", "", ", ".join(map(str, range(1, count))))]
        message = body(5, *changes)
        started = time.process_time()
        assert len(keys_in(UPDATE, message, _everything_is_known, _SCOPE).keys) >= count - 1
        return time.process_time() - started

    seconds(100)
    short = min(seconds(2_000) for _ in range(3))
    # Quadratic would be a hundred times.
    assert min(seconds(20_000) for _ in range(3)) < 40 * max(short, 0.001)


def _recorded(prefix: str) -> list[Any]:
    """One case for each."""
    found = recordings.files(f"messages/{prefix}*.json", f"peers/{prefix}*-on-the-bus.jsonl")
    return [pytest.param(path, id=path.stem) for path in found] or [pytest.param(Path(), id="none")]


@recordings.recorded
@pytest.mark.parametrize("path", _recorded(""))
def test_each_recorded_message_is_taken(path: Path) -> None:
    """Those about bugs mark what they should, with the bug known and without; those about tickets theirs."""
    for message in read_messages(path):
        _check(message.topic, message.body)
        if ".bodhi." in message.topic:
            continue
        kind = topic_kind(message.topic)
        assert (kind is not None) is ("bugzilla" in message.topic)
        if kind is None:
            _check_recorded_ticket(message.topic, message.body)
            continue
        bug_id = message.body["bug"]["id"]
        known = keys_in(message.topic, message.body, lambda ids, _alias: Known(frozenset(ids)), _SCOPE)
        assert known.keys == {Key(KeyKind.BUG, bug_id)}
        assert known.changed_at is not None
        assert known.changed_at.timestamp() == message.body["event"]["time"]
        # None of the recorded changes touches a tracker, a product, a group or the prioritized flag.
        unknown = keys_in(message.topic, message.body, lambda _ids, _alias: Known(), _SCOPE)
        assert unknown.keys == (known.keys if kind == "new" else set())


def _check_recorded_ticket(topic: str, message: Any) -> None:
    found = keys_in(topic, message, lambda _ids, _alias: Known(), _SCOPE)
    is_ours = ".pagure.issue." in topic and message["project"].get("fullname") == _REPO
    is_our_edit = topic.endswith(".edit") and message["agent"] == "blockerbot"
    assert found.keys == ({Key(KeyKind.TICKET, message["issue"]["id"])} if is_ours and not is_our_edit else set())


@recordings.recorded
@pytest.mark.parametrize("path", _recorded("bz-"))
def test_a_change_of_a_tracker_in_a_recorded_message_marks_the_unknown_bug(path: Path) -> None:
    (message,) = read_messages(path)
    message.body["event"].setdefault("changes", []).append(change("blocked", "", "1"))
    found = keys_in(message.topic, message.body, lambda _ids, _alias: Known(frozenset(), frozenset({1})), _SCOPE)
    assert found.keys == {Key(KeyKind.BUG, message.body["bug"]["id"])}
