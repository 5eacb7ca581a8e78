"""Which tickets a message of Pagure marks: one row per rule."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bbconsumer.domain.keys import Key, KeyKind, Known
from bbconsumer.triggers import Found, Scope, UnreadableMessage, keys_in, topic_source
from tests.bus import COMMENT_ADDED, ticket_body

SCOPE = Scope(("Fedora",), "fedora-qa/blocker-review", "blockerbot")
EDIT = "org.fedoraproject.prod.pagure.issue.edit"


def take(message: Any, topic: str = COMMENT_ADDED, scope: Scope = SCOPE) -> Found:
    return keys_in(topic, message, lambda _ids, _alias: Known(), scope)


@pytest.mark.parametrize(
    "kind",
    [
        "new",
        "edit",
        "comment.added",
        "comment.edited",
        "tag.added",
        "tag.removed",
        "assigned.added",
        "assigned.reset",
        "dependency.added",
        "dependency.removed",
        "drop",
    ],
)
@pytest.mark.parametrize("prefix", ["org.fedoraproject.prod", "org.fedoraproject.stg", "io.pagure.prod", "x"])
def test_every_topic_about_a_ticket_marks_it_in_any_environment(prefix: str, kind: str) -> None:
    assert take(ticket_body(7), f"{prefix}.pagure.issue.{kind}").keys == {Key(KeyKind.TICKET, 7)}


RULES = [
    ("a ticket of our project", ticket_body(7), True),
    ("a ticket of another project", ticket_body(7, "fedora-qa/kickstarts"), False),
    ("a ticket of a fork", ticket_body(7, "forks/alice/fedora-qa/blocker-review"), False),
    ("an older message, without the full name", ticket_body(7, project={"name": "blocker-review"}), False),
    (
        "an older message with a namespace",
        ticket_body(7, project={"name": "blocker-review", "namespace": "fedora-qa"}),
        True,
    ),
    ("a project that cannot be read", ticket_body(7, project=None), True),
    ("a number in a text", ticket_body(7, issue={"id": "7"}), True),
    ("a comment of our own account", ticket_body(7, agent="blockerbot"), True),
]


@pytest.mark.parametrize(("message", "is_marked"), [rule[1:] for rule in RULES], ids=[rule[0] for rule in RULES])
def test_a_ticket_is_marked_when_it_is_or_may_be_one_of_our_project(message: Any, is_marked: bool) -> None:
    assert take(message).keys == ({Key(KeyKind.TICKET, 7)} if is_marked else set())


def test_an_edit_of_our_own_account_is_not_chased() -> None:
    assert not take(ticket_body(7, agent="blockerbot"), EDIT).keys
    assert take(ticket_body(7, agent="alice"), EDIT).keys


@pytest.mark.parametrize("issue", [None, [], {}, {"id": None}, {"id": 0}, {"id": "x"}, {"id": 2**31}])
def test_a_message_of_our_project_without_a_number_is_kept_for_a_person(issue: object) -> None:
    with pytest.raises(UnreadableMessage, match="no ticket number"):
        take(ticket_body(7, issue=issue))


@pytest.mark.parametrize(
    ("last_updated", "changed_at"),
    [
        ("1790000000.5", datetime.fromtimestamp(1790000000.5, UTC)),
        ("1790000000", datetime.fromtimestamp(1790000000, UTC)),
        (1790000000, datetime.fromtimestamp(1790000000, UTC)),
        (None, None),
        ("soon", None),
        ("nan", None),
        ("1e300", None),
    ],
)
def test_the_time_of_the_change_is_the_tickets(last_updated: object, changed_at: datetime | None) -> None:
    message = ticket_body(7, issue={"id": 7, "last_updated": last_updated})
    assert take(message).changed_at == changed_at


def test_no_answer_is_waited_for_that_is_as_new_as_the_end_of_a_ticket() -> None:
    message = ticket_body(7, issue={"id": 7, "last_updated": "1790000000"})
    assert take(message, topic="org.fedoraproject.prod.pagure.issue.drop").changed_at is None


@pytest.mark.parametrize("topic", ["org.fedoraproject.prod.pagure.issue", "org.x.pagure.pull-request.new", ""])
def test_other_topics_do_not_concern_us(topic: str) -> None:
    assert topic_source(topic, SCOPE) is None


def test_without_a_project_no_ticket_concerns_us() -> None:
    scope = Scope(("Fedora",))
    assert topic_source(COMMENT_ADDED, scope) is None
    assert not take(ticket_body(7), scope=scope).keys
