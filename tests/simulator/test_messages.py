"""What the bridge publishes about an edit, and what it keeps to itself."""

from bbconsumer.simulator import messages
from tests.simulator.world import ALICE, INSIDER, TRACKER, Json, World, world_of


def events(world: World) -> list[tuple[int, str, list[Json]]]:
    """Bug, routing key and changes of each message, oldest first."""
    return [(body["bug"]["id"], body["event"]["routing_key"], body["event"]["changes"]) for _, body in world.messages]


def test_a_creation_is_a_new_bug_and_its_description_a_comment(world: World) -> None:
    world.file(description="What happened")
    assert [topic for topic, _ in world.messages] == [
        "org.fedoraproject.prod.bugzilla.bug.new",
        "org.fedoraproject.prod.bugzilla.bug.update",
    ]
    assert [key for _, key, _ in events(world)] == ["bug.create", "comment.create"]


def test_a_body_names_neither_dependencies_nor_people_on_cc(world: World) -> None:
    bug_id = world.file(blocks=[TRACKER], cc=[INSIDER])
    world.edit(bug_id, status="ASSIGNED")
    for _, body in world.messages:
        assert body.keys() >= {"bug", "event", "agent_name", "usernames"}
        assert body["bug"]["cc"] == []
        assert not body["bug"].keys() & {"blocks", "depends_on"}


def test_changes_carry_the_names_of_columns(world: World) -> None:
    bug_id = world.file()
    world.messages.clear()
    flag = {"name": "fedora-review", "status": "-"}
    world.edit(bug_id, status="ASSIGNED", whiteboard="x", blocks={"add": [TRACKER]}, flags=[flag], severity="high")
    (_, _, changes), (tracker_id, _, mirrored) = events(world)
    assert [change["field"] for change in changes] == [
        "status_whiteboard",
        "bug_severity",
        "bug_status",
        "blocked",
        "flag.fedora-review",
    ]
    assert changes[-1] == {
        "field": "flag.fedora-review",
        "field_name": "flag.fedora-review",
        "removed": "",
        "added": "-",
    }
    dependson = {"field": "dependson", "field_name": "dependson", "removed": "", "added": str(bug_id)}
    assert (tracker_id, mirrored) == (TRACKER, [dependson])


def test_each_flag_has_a_change_of_its_own(world: World) -> None:
    bug_id = world.file()
    world.messages.clear()
    asked = [{"name": "needinfo", "status": "?", "requestee": name, "new": True} for name in (ALICE, INSIDER)]
    world.edit(bug_id, flags=[*asked, {"name": "fedora_prioritized_bug", "status": "?"}])
    ((_, _, changes),) = events(world)
    assert {change["field"]: change["added"] for change in changes} == {
        "flag.needinfo": f"?({ALICE}), ?({INSIDER})",
        "flag.fedora_prioritized_bug": "?",
    }


def test_the_bugs_time_is_that_before_the_event_and_its_state_that_after(world: World) -> None:
    bug_id = world.file()
    before = world.state.bug(bug_id).last_change_time
    world.clock.advance(5)
    world.edit(bug_id, status="ASSIGNED")
    _, body = world.messages[-1]
    assert body["bug"]["last_change_time"] == before.timestamp()
    assert body["event"]["time"] == before.timestamp() + 5
    assert body["bug"]["status"]["name"] == "ASSIGNED"


def test_a_change_with_a_comment_gives_two_messages_and_the_comments_id_is_the_bugs(world: World) -> None:
    bug_id = world.file()
    world.messages.clear()
    world.edit(bug_id, status="ASSIGNED", comment={"body": "hello"})
    assert [key for _, key, _ in events(world)] == ["bug.modify", "comment.create"]
    comment = world.messages[-1][1]["comment"]
    assert (comment["id"], comment["number"], comment["author"]) == (bug_id, 1, ALICE)


def test_an_attachment_gives_a_message_and_a_comment(world: World) -> None:
    bug_id = world.file()
    world.messages.clear()
    world.state.add_attachment(bug_id, "log.txt", ALICE, "The log")
    assert [key for _, key, _ in events(world)] == ["attachment.create", "comment.create"]
    assert world.messages[0][1]["attachment"]["file_name"] == "log.txt"


def test_only_two_products_are_relayed(world: World) -> None:
    world.file(product="Fedora EPEL")
    world.file(product="Another Product")
    assert {body["bug"]["product"] for _, body in world.messages} == {"Fedora EPEL"}


def test_private_bugs_are_silent_and_so_is_going_private(world: World) -> None:
    world.file_private()
    assert world.messages == []
    bug_id = world.file()
    world.messages.clear()
    world.edit(bug_id, groups={"add": ["private"]}, comment="now secret")
    world.edit(bug_id, whiteboard="x")
    assert world.messages == []
    world.edit(bug_id, groups={"remove": ["private"]})
    ((_, _, changes),) = events(world)
    assert [change["field"] for change in changes] == ["bug_group"]


def test_a_private_comment_is_silent(world: World) -> None:
    bug_id = world.file()
    world.messages.clear()
    world.state.add_comment(bug_id, "secret", ALICE, is_private=True)
    assert world.messages == []
    assert len(world.ask("GET", f"rest/bug/{bug_id}/comment", key="").json()["bugs"][str(bug_id)]["comments"]) == 1


def test_the_older_schema_has_objects_for_names() -> None:
    with world_of(bus_form="object") as world:
        world.edit(world.file(), status="ASSIGNED")
        _, body = world.messages[-1]
    assert body["bug"]["product"] == {"id": 49, "name": "Fedora"}
    assert body["bug"]["component"]["name"] == "anaconda"
    assert body["bug"]["assigned_to"]["login"] == ALICE
    assert "who" not in body["event"]
    assert messages.headers(body)["fedora_messaging_schema"] == "bugzilla2fedmsg.messageV1"


def test_the_headers_name_the_schema(world: World) -> None:
    world.file()
    headers = messages.headers(world.messages[0][1])
    assert headers["fedora_messaging_schema"] == "bugzilla2fedmsg.messageV1bz4"
