"""Which updates a message of Bodhi marks: one row per rule."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bbconsumer.domain.keys import Known
from bbconsumer.replay import read_messages
from bbconsumer.simulator.bodhi import Bodhi
from bbconsumer.triggers import Found, Scope, UnreadableMessage, keys_in, topic_source
from tests import recordings
from tests.bus import UPDATE_EDITED, update_body

STORED, UNKNOWN = 500, 900
LATER = datetime(2026, 9, 3, tzinfo=UTC)
KNOWN_ALIAS, ALIAS = "FEDORA-2026-aaaaaaaaaa", "FEDORA-2026-bbbbbbbbbb"
SCOPE = Scope(("Fedora",), with_bodhi=True)
COMMENT = "org.fedoraproject.prod.bodhi.update.comment"


@dataclass
class Stored:
    """A database with one bug and one update, that notes what it is asked."""

    asked: list[tuple[frozenset[int], str]] = field(default_factory=list)

    def look_up(self, bug_ids: Collection[int], alias: str) -> Known:
        self.asked.append((frozenset(bug_ids), alias))
        return Known(frozenset({STORED}) & set(bug_ids), is_update_known=alias == KNOWN_ALIAS)


def take(message: Any, topic: str = UPDATE_EDITED, scope: Scope = SCOPE) -> Found:
    stored = Stored()
    try:
        return keys_in(topic, message, stored.look_up, scope)
    finally:
        assert len(stored.asked) <= 1


def in_comment(message: dict[str, Any]) -> dict[str, Any]:
    """The same in a message about a comment."""
    return {"comment": {"karma": 1, "user": {"name": "bob"}, "update": message["update"]}, "agent": "bob"}


@pytest.mark.parametrize(
    "kind",
    [
        "comment", "complete.stable", "complete.testing", "edit", "eject", "karma.threshold", "karma.threshold.reach",
        "request.obsolete", "request.revoke", "request.stable", "request.testing", "request.unpush",
        "requirements_met.stable", "status.testing.koji-build-group.build.complete", "one.that.is.new",
    ],
)  # fmt: skip
@pytest.mark.parametrize("prefix", ["org.fedoraproject.prod", "org.fedoraproject.stg", "x"])
def test_every_topic_about_an_update_marks_it_in_any_environment(prefix: str, kind: str) -> None:
    found = take(update_body(ALIAS, STORED), f"{prefix}.bodhi.update.{kind}")
    assert found.aliases == {ALIAS}
    assert not found.keys


RULES = [
    ("a known update, whatever it names", update_body(KNOWN_ALIAS), True),
    ("an update that names a known bug", update_body(ALIAS, UNKNOWN, STORED), True),
    ("an update that names an unknown bug", update_body(ALIAS, UNKNOWN), False),
    ("an update that names no bug", update_body(ALIAS), False),
    ("a comment on one that names a known bug", in_comment(update_body(ALIAS, STORED)), True),
    ("a comment on another", in_comment(update_body(ALIAS, UNKNOWN)), False),
    ("a known bug that was added just now", update_body(ALIAS) | {"new_bugs": [STORED]}, True),
    ("bugs as numbers", update_body(ALIAS, bugs=[STORED]), True),
    ("bugs as texts", update_body(ALIAS, bugs=[str(STORED)]), True),
    ("a bug of another tracker beside a known one", update_body(ALIAS, None, STORED), True),
    ("only a bug of another tracker", update_body(ALIAS, None), False),
    ("bugs that are missing", update_body(ALIAS, bugs=None), True),
    ("bugs that cannot be read", update_body(ALIAS, bugs=[{"id": STORED}, {"bug_id": "x"}]), True),
    ("only a title, as before 2019", {"update": {"title": "kernel-1-1", "submitter": "alice"}}, False),
    ("no alias, as before 2019, and no bug", update_body(None), False),
    ("no alias, and an unknown bug", update_body(None, UNKNOWN), False),
]


@pytest.mark.parametrize(("message", "is_marked"), [rule[1:] for rule in RULES], ids=[rule[0] for rule in RULES])
def test_an_update_is_marked_when_it_is_known_or_may_name_a_known_bug(message: Any, is_marked: bool) -> None:
    found = take(message)
    assert bool(found.aliases) is is_marked
    assert found.reason
    assert is_marked or found.changed_at is None


@pytest.mark.parametrize("alias", [None, 7, "", "a/b", "a,b", "x" * 65, "FEDORA-2026-ü"])
def test_a_message_that_names_a_known_bug_and_no_usable_alias_is_kept_for_a_person(alias: object) -> None:
    with pytest.raises(UnreadableMessage, match="no alias"):
        take(update_body(alias, STORED))


@pytest.mark.parametrize("message", [{}, {"update": None}, {"update": []}, {"comment": {}}, {"comment": {"text": "x"}}])
def test_a_message_without_an_update_is_kept_for_a_person(message: Any) -> None:
    with pytest.raises(UnreadableMessage, match="no update"):
        take(message, COMMENT)


@pytest.mark.parametrize(
    ("times", "changed_at"),
    [
        ({}, datetime(2026, 9, 1, 12, tzinfo=UTC)),
        ({"date_modified": "2026-09-02 00:00:01"}, datetime(2026, 9, 2, 0, 0, 1, tzinfo=UTC)),
        ({"date_testing": "2026-09-02 00:00:00", "date_stable": "2026-09-03 00:00:00"}, LATER),
        ({"date_submitted": None}, None),
        ({"date_submitted": "soon"}, None),
        ({"date_submitted": 1_790_000_000}, None),
    ],
)  # fmt: skip
def test_the_time_of_the_change_is_the_latest_that_the_update_tells(
    times: dict[str, object], changed_at: datetime | None
) -> None:
    assert take(update_body(KNOWN_ALIAS, **times)).changed_at == changed_at


@pytest.mark.parametrize("topic", ["org.fedoraproject.prod.bodhi.buildroot_override.tag", "x.bodhi.update.", ""])
def test_other_topics_do_not_concern_us(topic: str) -> None:
    assert topic_source(topic, SCOPE) is None


def test_where_bodhi_is_left_alone_no_update_concerns_us() -> None:
    scope = Scope(("Fedora",))
    assert topic_source(UPDATE_EDITED, scope) is None
    assert not take(update_body(KNOWN_ALIAS, STORED), scope=scope).aliases


def test_every_message_of_an_update_s_life_marks_it() -> None:
    state, founds = Bodhi(), []
    state.add_release("F45", mandatory_days=0)
    state.on_message(lambda topic, body: founds.append(take(body, topic)))
    alias = state.create_update("F45", ["kernel-1-1.fc45"], "alice", bugs=[STORED])
    state.push_to_testing(alias)
    state.comment(alias, "bob", "works", 1)
    state.edit_update(alias, "alice", add_builds=["kernel-tools-1-1.fc45"])
    state.push_to_testing(alias)
    state.request_stable(alias, "alice")
    state.push_to_stable(alias)
    assert len(founds) >= 7
    assert {found.aliases for found in founds} == {frozenset({alias})}


def _recorded() -> list[Any]:
    found = recordings.files("messages/bodhi-*.json")
    return [pytest.param(path, id=path.stem) for path in found] or [pytest.param(Path(), id="none")]


@recordings.recorded
@pytest.mark.parametrize("path", _recorded())
def test_a_recorded_message_marks_its_update_exactly_when_that_is_known(path: Path) -> None:
    """None of them names a bug, and most are so old that they have no alias."""
    for message in read_messages(path):
        alias = message.body["update"].get("alias")
        known = keys_in(message.topic, message.body, lambda _ids, _alias: Known(is_update_known=True), SCOPE)
        assert known.aliases == ({alias} if alias else set())
        assert not keys_in(message.topic, message.body, lambda _ids, _alias: Known(), SCOPE).aliases
