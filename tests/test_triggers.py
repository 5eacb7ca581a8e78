"""Which keys a bus message marks: one row per rule. What cannot be excluded is marked; the rest costs nothing."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from bbconsumer.domain.keys import Key, KeyKind, Known
from bbconsumer.triggers import Found, Scope, UnreadableMessage, keys_in
from bbconsumer.triggers.bugzilla import topic_kind
from bbconsumer.triggers.reading import MAX_ID
from tests.bus import NEW, UPDATE, body, body_of_objects, change

TRACKER, OTHER_TRACKER, STORED, UNKNOWN = 1, 2, 500, 900
SCOPE = Scope(products=("Fedora", "Fedora EPEL"))


@dataclass
class Stored:
    """A database with two trackers and one bug, that counts how often it is asked."""

    bug_ids: frozenset[int] = frozenset({STORED})
    tracker_ids: frozenset[int] = frozenset({TRACKER, OTHER_TRACKER})
    asked: list[frozenset[int]] = field(default_factory=list)

    def look_up(self, ids: Collection[int], _alias: str) -> Known:
        self.asked.append(frozenset(ids))
        return Known(self.bug_ids & set(ids), self.tracker_ids & set(ids))


def take(message: Any, topic: str = UPDATE, stored: Stored | None = None) -> Found:
    return keys_in(topic, message, (stored or Stored()).look_up, SCOPE)


def keys(*bug_ids: int) -> frozenset[Key]:
    return frozenset(Key(KeyKind.BUG, bug_id) for bug_id in bug_ids)


def needs_nothing(found: Found) -> bool:
    return not found.keys and bool(found.reason) and found.changed_at is None


RULES = [
    ("a known bug, whatever changed", body(STORED, change("cc", "", "alice@example.test")), [STORED]),
    ("a comment on a known bug", body(STORED), [STORED]),
    ("an unknown bug begins to block a tracker", body(UNKNOWN, change("blocked", "", "1")), [UNKNOWN]),
    ("an unknown bug ceases to block a tracker", body(UNKNOWN, change("blocked", "2", "")), [UNKNOWN]),
    ("by the field's other name", body(UNKNOWN, change("blocks", "", "1")), [UNKNOWN]),
    ("one tracker among others", body(UNKNOWN, change("blocked", "77, 1", "78, 79")), [UNKNOWN]),
    ("an unknown bug blocks something else", body(UNKNOWN, change("blocked", "", "77, 11, 12")), []),
    ("blocks in numbers", body(UNKNOWN, change("blocked", None, 1)), [UNKNOWN]),
    ("blocks in an array", body(UNKNOWN, change("blocked", [], ["77", 1])), [UNKNOWN]),
    ("blocks that cannot be read", body(UNKNOWN, change("blocked", None, {"ids": "1"})), [UNKNOWN]),
    ("blocks by alias only", body(UNKNOWN, change("blocked", "", "F45BetaBlocker")), [UNKNOWN]),
    ("an unknown bug's own dependencies", body(UNKNOWN, change("dependson", "", "1")), []),
    ("a tracker gains bugs", body(TRACKER, change("dependson", "", "900, 901")), [900, 901]),
    ("a tracker loses a bug", body(TRACKER, change("depends_on", "900", "")), [900]),
    ("a tracker blocks another tracker", body(TRACKER, change("blocked", "", "2")), [TRACKER]),
    ("a tracker changes otherwise", body(TRACKER, change("cc", "", "bob@example.test")), []),
    ("a tracker gains nonsense", body(TRACKER, change("dependson", "", "0, -5, 2147483648, 99999999999, x")), []),
    ("an unknown bug becomes public", body(UNKNOWN, change("bug_group", "security", "")), [UNKNOWN]),
    ("by the field's other name, groups", body(UNKNOWN, change("groups", "security", "")), [UNKNOWN]),
    ("an unknown bug comes into a product", body(UNKNOWN, change("product", "Other", "Fedora")), [UNKNOWN]),
    ("a bug leaves our products", body(STORED, change("product", "Fedora", "Other"), product="Other"), [STORED]),
    ("a prioritized bug flag", body(UNKNOWN, change("flag.fedora_prioritized_bug", "", "?")), [UNKNOWN]),
    ("another flag", body(UNKNOWN, change("flag.needinfo", "", "?")), []),
    ("a comment on an unknown bug", body(UNKNOWN), []),
    ("an attachment to an unknown bug", body(UNKNOWN, change("attachments.isobsolete", "0", "1")), []),
    ("a whiteboard word on an unknown bug", body(UNKNOWN, change("status_whiteboard", "", "AcceptedBlocker")), []),
    ("objects: a known bug", body_of_objects(STORED), [STORED]),
    ("objects: a tracker is named", body_of_objects(UNKNOWN, change("blocked", "", "1")), [UNKNOWN]),
    ("objects: the second product", body_of_objects(STORED, product="Fedora EPEL"), [STORED]),
    ("several reasons at once", body(STORED, change("blocked", "", "1"), change("product", "a", "b")), [STORED]),
    ("the product is missing", body(STORED, product=None), [STORED]),
    ("the product is a list", body(STORED, product=["Other"]), [STORED]),
    ("the product is an object without a name", body(STORED, product={"id": 1}), [STORED]),
    ("changes is null", {"bug": {"id": STORED}, "event": {"changes": None}}, [STORED]),
    ("changes is an object, as for a comment", {"bug": {"id": STORED}, "event": {"changes": {}}}, [STORED]),
    ("a change is no object", body(UNKNOWN, None, "blocked", ["blocked"], change("blocked", "", "1")), [UNKNOWN]),
    ("a change has only one of the field's names", body(UNKNOWN, {"field": None, "field_name": "blocked"}), [UNKNOWN]),
    ("a change's name is no text", body(UNKNOWN, {"field": 5, "added": "1"}), []),
    ("the event is missing", {"bug": {"id": STORED}}, [STORED]),
    ("the event is a text", {"bug": {"id": STORED}, "event": "modify"}, [STORED]),
    ("the bug is missing", {"event": {"bug_id": STORED}}, [STORED]),
    ("the bug is null", {"bug": None, "event": {"bug_id": STORED}}, [STORED]),
    ("the event's id counts first", {"bug": {"id": UNKNOWN}, "event": {"bug_id": STORED}}, [STORED]),
    ("a nonsense id of the event, a good one of the bug", {"bug": {"id": STORED}, "event": {"bug_id": 0}}, [STORED]),
    ("the id is a text", body("500"), [STORED]),
    ("the id is a float", body(500.0), [STORED]),
]


@pytest.mark.parametrize(("message", "expected"), [row[1:] for row in RULES], ids=[row[0] for row in RULES])
def test_the_keys_that_a_change_marks(message: Any, expected: Iterable[int]) -> None:
    stored = Stored()
    found = take(message, stored=stored)
    assert found.keys == keys(*expected)
    assert found.reason
    assert len(stored.asked) == 1


@pytest.mark.parametrize("message", [body(UNKNOWN), body_of_objects(UNKNOWN), {"bug": {"id": UNKNOWN}}])
def test_every_new_bug_is_marked_without_a_look_into_the_database(message: Any) -> None:
    """Whether a new bug blocks a tracker is not in its message."""
    stored = Stored()
    assert take(message, NEW, stored).keys == keys(UNKNOWN)
    assert stored.asked == []


@pytest.mark.parametrize("topic", [UPDATE, NEW])
@pytest.mark.parametrize(
    "message",
    [
        body(STORED, product="Red Hat Enterprise Linux 9"),
        body_of_objects(STORED, product="fedora"),
        body(0, product="x"),
    ],
    ids=["text", "object", "not even an id"],
)
def test_another_product_is_passed_over_without_a_look_into_the_database(topic: str, message: Any) -> None:
    stored = Stored()
    assert needs_nothing(take(message, topic, stored))
    assert stored.asked == []


@pytest.mark.parametrize(
    "topic",
    [
        "org.fedoraproject.prod.bodhi.update.edit",
        "org.fedoraproject.prod.pagure.issue.new",
        "org.fedoraproject.prod.bugzilla.bug.update.more",
        "org.fedoraproject.prod.bugzilla.bug.updated",
        "org.fedoraproject.prod.bugzilla.bug",
        "org.fedoraproject.prod.notbugzilla.bug.new",
        "bugzilla.bug.new",
        "ORG.FEDORAPROJECT.PROD.BUGZILLA.BUG.NEW",
        "bug.update",
        "",
    ],
)
@pytest.mark.parametrize("message", [body(STORED), None, "text", []], ids=["bug", "null", "text", "list"])
def test_another_topic_is_passed_over_whatever_its_body(topic: str, message: object) -> None:
    stored = Stored()
    assert topic_kind(topic) is None
    assert needs_nothing(take(message, topic, stored))
    assert stored.asked == []


@pytest.mark.parametrize("environment", ["prod", "stg", "dev"])
@pytest.mark.parametrize("kind", ["new", "update"])
def test_every_environments_topic_is_read(environment: str, kind: str) -> None:
    topic = f"org.fedoraproject.{environment}.bugzilla.bug.{kind}"
    assert topic_kind(topic) == kind
    assert take(body(STORED), topic).keys == keys(STORED)


BAD_IDS: list[object] = [
    None, "", "x", "5.0", "-5", " 5", "0", "٥", "9" * 5000, 0, -1, True, 1.5, float("inf"), float("nan"), 1e300,
    MAX_ID + 1, 10**5000, [], [5], {}, {"id": 5},
]  # fmt: skip


@pytest.mark.parametrize("bug_id", BAD_IDS, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("topic", [NEW, UPDATE])
def test_a_message_of_ours_without_an_id_is_kept_for_a_person(topic: str, bug_id: object) -> None:
    with pytest.raises(UnreadableMessage, match="no bug id"):
        take(body(bug_id), topic)


@pytest.mark.parametrize(
    ("message", "said"),
    [(None, "nothing"), ("text", "a str"), ([], "a list"), (5, "a int"), (True, "a bool"), ({}, "no bug id")],
)
def test_a_body_that_is_no_object_is_kept_for_a_person(message: object, said: str) -> None:
    with pytest.raises(UnreadableMessage, match=said):
        take(message)


def test_the_largest_id_is_an_id() -> None:
    assert take(body(MAX_ID), NEW).keys == keys(MAX_ID)


UNREADABLE_TIMES: list[object] = [
    None, True, "1795447976", [], float("inf"), float("nan"), 1e300, -1e300, 10**400,
]  # fmt: skip


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (1_795_447_976, datetime(2026, 11, 23, 15, 32, 56, tzinfo=UTC)),
        (1_795_447_976.5, datetime(2026, 11, 23, 15, 32, 56, 500_000, tzinfo=UTC)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (-1, datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        *((unreadable, None) for unreadable in UNREADABLE_TIMES),
    ],
    ids=repr,
)
@pytest.mark.parametrize("topic", [NEW, UPDATE])
def test_the_time_of_the_change_is_told_if_it_can_be_read(topic: str, time: object, expected: datetime | None) -> None:
    assert take(body(STORED, time=time), topic).changed_at == expected


def test_the_database_is_asked_once_about_the_bug_and_what_it_began_or_ceased_to_block() -> None:
    stored = Stored()
    take(
        body(UNKNOWN, change("blocked", "7", "8"), change("blocks", "9", ""), change("dependson", "", "10")),
        stored=stored,
    )
    assert stored.asked == [{UNKNOWN, 7, 8, 9}]


def test_the_message_is_not_changed() -> None:
    message = body_of_objects(STORED, change("blocked", "", "1"))
    take(message)
    assert message == body_of_objects(STORED, change("blocked", "", "1"))
