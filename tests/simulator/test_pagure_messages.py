"""What Pagure publishes about an edit, and what it keeps to itself."""

from collections.abc import Callable

import pytest

from bbconsumer.simulator import pagure_messages
from tests.simulator.pagure_world import ALICE, BOT, FRIDA, PagureWorld
from tests.simulator.world import Json

Act = Callable[[PagureWorld, int, int], object]

ACTS: dict[str, tuple[Act, list[str]]] = {
    "a comment": (lambda world, ticket, _: world.comment(ticket), ["comment.added"]),
    "an edited comment": (
        lambda world, ticket, comment: world.state.edit_comment(world.project, ticket, comment, "x", ALICE),
        ["comment.edited"],
    ),
    "a deleted comment": (
        lambda world, ticket, comment: world.state.delete_comment(world.project, ticket, comment),
        [],
    ),
    "a title": (lambda world, ticket, _: world.state.edit_ticket(world.project, ticket, BOT, title="x"), ["edit"]),
    "a status": (lambda world, ticket, _: world.state.set_status(world.project, ticket, "Closed", BOT), ["edit"]),
    "a tag": (lambda world, ticket, _: world.state.add_tags(world.project, ticket, ["x"], BOT), ["tag.added"]),
    "a known tag": (lambda world, ticket, _: world.state.add_tags(world.project, ticket, ["beta"], BOT), []),
    "a tag less": (
        lambda world, ticket, _: world.state.remove_tags(world.project, ticket, ["beta"], BOT),
        ["tag.removed"],
    ),
    "an unknown tag less": (lambda world, ticket, _: world.state.remove_tags(world.project, ticket, ["x"], BOT), []),
    "an assignee": (lambda world, ticket, _: world.state.assign(world.project, ticket, ALICE, BOT), ["assigned.added"]),
    "no assignee": (lambda world, ticket, _: world.state.assign(world.project, ticket, "", BOT), ["assigned.reset"]),
    "a dependency": (
        lambda world, ticket, _: world.state.add_dependency(world.project, ticket, ticket + 1, BOT),
        ["dependency.added"],
    ),
    "a dependency less": (
        lambda world, ticket, _: world.state.remove_dependency(world.project, ticket, ticket + 2, BOT),
        ["dependency.removed"],
    ),
    "a known dependency": (
        lambda world, ticket, _: world.state.add_dependency(world.project, ticket, ticket + 2, BOT),
        [],
    ),
    "an unknown dependency less": (
        lambda world, ticket, _: world.state.remove_dependency(world.project, ticket, ticket + 1, BOT),
        [],
    ),
    "a deletion": (lambda world, ticket, _: world.state.drop_ticket(world.project, ticket, BOT), ["drop"]),
    "going private": (lambda world, ticket, _: world.state.set_private(world.project, ticket, True, BOT), []),
}


def prepared(pagure: PagureWorld, *, is_private: bool) -> tuple[int, int]:
    """A ticket and its comment: tagged, assigned, and depending on one of two others."""
    ticket_id = pagure.file(tags=["beta"], is_private=is_private)
    comment_id = pagure.comment(ticket_id)
    pagure.file()
    other = pagure.file()
    pagure.state.assign(pagure.project, ticket_id, FRIDA, BOT)
    pagure.state.add_dependency(pagure.project, ticket_id, other, BOT)
    pagure.messages.clear()
    return ticket_id, comment_id


@pytest.mark.parametrize("name", ACTS)
def test_each_thing_that_is_done_has_its_topic(pagure: PagureWorld, name: str) -> None:
    act, kinds = ACTS[name]
    act(pagure, *prepared(pagure, is_private=False))
    assert pagure.told() == kinds


@pytest.mark.parametrize("name", ACTS)
def test_private_tickets_are_silent_whatever_is_done(pagure: PagureWorld, name: str) -> None:
    act, _ = ACTS[name]
    act(pagure, *prepared(pagure, is_private=True))
    assert pagure.told() == []


def test_a_new_ticket_is_told_and_a_private_one_is_not(pagure: PagureWorld) -> None:
    pagure.file(is_private=True)
    assert pagure.messages == []
    pagure.file(tags=["beta"])
    assert pagure.told() == ["new"]


def test_what_comes_over_http_is_told_too(pagure: PagureWorld) -> None:
    number = pagure.post("new_issue", title="x", issue_content="y")["issue"]["id"]
    pagure.post(f"issue/{number}/comment", comment="z")
    assert pagure.told() == ["new", "comment.added"]


def test_a_ticket_that_becomes_public_is_told(pagure: PagureWorld) -> None:
    ticket_id, _ = prepared(pagure, is_private=True)
    pagure.state.set_private(pagure.project, ticket_id, False, BOT)
    ((_, body),) = pagure.messages
    assert (body["fields"], body["issue"]["private"], len(body["issue"]["comments"])) == (["private"], False, 3)


def test_a_body_is_the_whole_ticket_as_it_is_read(pagure: PagureWorld) -> None:
    ticket_id = pagure.file(tags=["beta"])
    for number in range(3):
        pagure.comment(ticket_id, f"comment {number}")
    topic, body = pagure.messages[-1]
    assert topic == "org.fedoraproject.prod.pagure.issue.comment.added"
    assert body == {
        "agent": ALICE,
        "issue": pagure.get(f"issue/{ticket_id}"),
        "project": pagure.get(""),
    }


def test_only_an_edited_comment_comes_without_the_others(pagure: PagureWorld) -> None:
    ticket_id, comment_id = prepared(pagure, is_private=False)
    pagure.clock.advance(5)
    pagure.state.edit_comment(pagure.project, ticket_id, comment_id, "BetaBlocker -1", ALICE)
    ((_, body),) = pagure.messages
    issue = pagure.get(f"issue/{ticket_id}")
    assert body["issue"] == issue | {"comments": []}
    assert body["comment"] == issue["comments"][0]
    assert body["comment"]["edited_on"]


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("a title", {"fields": ["title"]}),
        ("a status", {"fields": ["status"]}),
        ("a tag", {"tags": ["x"]}),
        ("a tag less", {"tags": ["beta"]}),
        ("a dependency", {"added_dependency": 2}),
        ("a dependency less", {"removed_dependency": [3]}),
    ],
)
def test_some_bodies_say_what_changed(pagure: PagureWorld, name: str, more: Json) -> None:
    act, _ = ACTS[name]
    act(pagure, *prepared(pagure, is_private=False))
    ((_, body),) = pagure.messages
    assert {key: value for key, value in body.items() if key not in ("agent", "issue", "project")} == more


@pytest.mark.parametrize("name", ["an assignee", "a tag", "a tag less", "a dependency", "a dependency less"])
def test_some_messages_come_before_the_last_update_moves(pagure: PagureWorld, name: str) -> None:
    ticket_id, comment_id = prepared(pagure, is_private=False)
    before = pagure.get(f"issue/{ticket_id}")["last_updated"]
    pagure.clock.advance(5)
    act, _ = ACTS[name]
    act(pagure, ticket_id, comment_id)
    ((_, body),) = pagure.messages
    assert body["issue"]["last_updated"] == before
    assert float(pagure.get(f"issue/{ticket_id}")["last_updated"]) > float(before)


def test_dependencies_show_on_both_sides_as_strings(pagure: PagureWorld) -> None:
    ticket_id, _ = prepared(pagure, is_private=False)
    assert pagure.get(f"issue/{ticket_id}")["depends"] == [str(ticket_id + 2)]
    assert pagure.get(f"issue/{ticket_id + 2}")["blocks"] == [str(ticket_id)]


def test_the_headers_name_the_schema_and_the_people(pagure: PagureWorld) -> None:
    ticket_id, _ = prepared(pagure, is_private=False)
    pagure.comment(ticket_id, user=ALICE)
    headers = pagure_messages.headers(*pagure.messages[-1])
    assert headers["fedora_messaging_schema"] == "pagure.issue.comment.added"
    people = [name for name in headers if name.startswith("fedora_messaging_user_")]
    assert people == [f"fedora_messaging_user_{name}" for name in (ALICE, BOT, FRIDA)]
