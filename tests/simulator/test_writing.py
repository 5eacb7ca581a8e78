"""Creating and changing bugs: what is written, what is refused, and with which code."""

from typing import Any

import pytest
import requests

from tests.simulator.world import ALICE, INSIDER, KEYS, OTHER_TRACKER, TIMEOUT_S, TRACKER, VISITOR, World


def put(world: World, bug_id: object, body: dict[str, Any], key: str = KEYS[ALICE]) -> tuple[int, dict[str, Any]]:
    response = world.ask("PUT", f"rest/bug/{bug_id}", body=body, key=key)
    return response.status_code, response.json()


def test_a_new_bug_gets_an_id_and_appears_on_its_tracker(world: World) -> None:
    bug = {
        "product": "Fedora",
        "component": "gdm",
        "version": "45",
        "summary": "It flickers",
        "blocks": ["F45BetaBlocker"],
    }
    response = world.ask("POST", "rest/bug", body=bug)
    assert response.status_code == 200
    assert world.get(f"bug/{TRACKER}")["bugs"][0]["depends_on"] == [response.json()["id"]]


@pytest.mark.parametrize("missing", ["product", "component", "version", "summary"])
def test_a_new_bug_needs_its_four_fields(world: World, missing: str) -> None:
    bug = {"product": "Fedora", "component": "gdm", "version": "45", "summary": "It flickers"}
    del bug[missing]
    assert world.ask("POST", "rest/bug", body=bug).json()["code"] == 50


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "rest/bug/1"), ("POST", "rest/bug"), ("POST", "rest/bug/1/comment")]
)
def test_whoever_is_not_logged_in_cannot_write(world: World, method: str, path: str) -> None:
    response = world.ask(method, path, body={"comment": "x"}, key="")
    assert (response.status_code, response.json()["code"]) == (401, 410)


def test_whoever_lacks_the_right_may_comment_and_not_edit(world: World) -> None:
    bug_id = world.file()
    status, answer = put(world, bug_id, {"blocks": {"add": [TRACKER]}}, KEYS[VISITOR])
    assert (status, answer["code"]) == (401, 115)
    assert put(world, bug_id, {"comment": {"body": "Me, too"}}, KEYS[VISITOR])[0] == 200


def test_blocks_takes_an_alias_to_add_and_ignores_one_to_remove(world: World) -> None:
    bug_id = world.file()
    assert put(world, bug_id, {"blocks": {"add": ["F45BetaBlocker"]}})[0] == 200
    status, answer = put(world, bug_id, {"blocks": {"remove": ["F45BetaBlocker"]}})
    assert (status, answer["bugs"][0]["changes"]) == (200, {})
    assert world.state.bug(bug_id).blocks == (TRACKER,)
    put(world, bug_id, {"blocks": {"remove": [TRACKER]}})
    assert world.state.bug(bug_id).blocks == ()


def test_lists_can_be_set_as_a_whole(world: World) -> None:
    bug_id = world.file(blocks=[TRACKER], keywords=["Triaged"])
    put(world, bug_id, {"blocks": {"set": [OTHER_TRACKER]}, "keywords": {"set": ["Regression"]}})
    bug = world.state.bug(bug_id)
    assert (bug.blocks, bug.keywords) == ((OTHER_TRACKER,), ("Regression",))
    assert world.state.bug(TRACKER).depends_on == ()


def test_a_trackers_own_time_moves_when_a_bug_starts_or_stops_blocking_it(world: World) -> None:
    before = world.state.bug(TRACKER).last_change_time
    bug_id = world.file()
    world.clock.advance()
    put(world, bug_id, {"blocks": {"add": [TRACKER]}})
    added = world.state.bug(TRACKER).last_change_time
    world.clock.advance()
    put(world, bug_id, {"blocks": {"remove": [TRACKER]}})
    assert before < added < world.state.bug(TRACKER).last_change_time


def test_several_bugs_change_together_or_not_at_all(world: World) -> None:
    public, private = world.file(), world.file_private()
    status, answer = put(world, public, {"ids": [public, private], "whiteboard": "AcceptedBlocker"})
    assert (status, answer["code"]) == (401, 102)
    assert world.state.bug(public).whiteboard == ""
    assert world.history(public) == []
    other = world.file()
    status, answer = put(world, public, {"ids": [other], "whiteboard": "AcceptedBlocker"})
    assert [bug["id"] for bug in answer["bugs"]] == [public, other]


def test_a_comment_alone_is_no_change_but_moves_the_time(world: World) -> None:
    bug_id = world.file()
    world.clock.advance()
    status, answer = put(world, bug_id, {"comment": {"body": "hello wörld"}})
    assert (status, answer["bugs"][0]["changes"]) == (200, {})
    assert answer["bugs"][0]["last_change_time"] == "2026-09-14T12:01:01Z"
    assert world.history(bug_id) == []


def test_only_posting_a_comment_tells_its_id(world: World) -> None:
    bug_id = world.file()
    response = world.ask("POST", f"rest/bug/{bug_id}/comment", body={"comment": "hello"})
    comment = world.get(f"bug/{bug_id}/comment")["bugs"][str(bug_id)]["comments"][1]
    assert (response.status_code, response.json()) == (201, {"id": comment["id"]})
    assert world.ask("POST", f"rest/bug/{bug_id}/comment", body={}).json()["code"] == 50


def test_a_change_that_changes_nothing_moves_no_time(world: World) -> None:
    bug_id = world.file(whiteboard="x")
    world.clock.advance()
    _, answer = put(world, bug_id, {"whiteboard": "x"})
    assert (answer["bugs"][0]["changes"], answer["bugs"][0]["last_change_time"]) == ({}, "2026-09-14T12:01:00Z")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"status": "CLOSED"}, 400, 121),
        ({"status": "NOSUCH"}, 404, 51),
        ({"status": "CLOSED", "resolution": "NOSUCH"}, 404, 51),
        ({"resolution": "ERRATA"}, 400, 122),
        ({"status": "CLOSED", "resolution": "DUPLICATE"}, 400, 119),
        ({"cc": {"add": ["nobody@example.test"]}}, 404, 51),
        ({"assigned_to": "nobody@example.test"}, 404, 51),
        ({"product": "No Such Product"}, 404, 51),
        ({"flags": [{"name": "no-such-flag", "status": "?"}]}, 404, 51),
        ({"blocks": {"add": ["NoSuchAlias"]}}, 400, 100),
        ({"blocks": {"add": [99999]}}, 404, 101),
        ({"alias": {"add": ["F45BetaBlocker"]}}, 400, 103),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    world: World, changes: dict[str, Any], status: int, code: int
) -> None:
    bug_id = world.file()
    seen = world.state.bug(bug_id)
    got_status, answer = put(world, bug_id, {**changes, "whiteboard": "x", "comment": {"body": "y"}})
    assert (got_status, answer["code"]) == (status, code)
    assert world.state.bug(bug_id) == seen
    assert len(world.messages) == 2, "only those of the creation"


def test_a_circle_of_dependencies_is_refused(world: World) -> None:
    first = world.file()
    second = world.file(blocks=[first])
    third = world.file(blocks=[second])
    assert put(world, first, {"blocks": {"add": [third]}})[1]["code"] == 116
    assert put(world, first, {"blocks": {"add": [first]}})[1]["code"] == 116
    assert put(world, third, {"depends_on": {"add": [first]}})[1]["code"] == 116


def test_opening_a_bug_again_clears_its_resolution(world: World) -> None:
    bug_id, original = world.file(), world.file()
    put(world, bug_id, {"dupe_of": original})
    closed = world.state.bug(bug_id)
    assert (closed.status, closed.resolution, closed.dupe_of) == ("CLOSED", "DUPLICATE", original)
    put(world, bug_id, {"status": "ASSIGNED"})
    opened = world.state.bug(bug_id)
    assert (opened.resolution, opened.dupe_of) == ("", None)


def test_flags_are_set_changed_and_cleared(world: World) -> None:
    bug_id = world.file()
    put(world, bug_id, {"flags": [{"name": "needinfo", "status": "?", "requestee": ALICE}]})
    put(world, bug_id, {"flags": [{"name": "needinfo", "status": "?", "requestee": INSIDER, "new": True}]})
    world.clock.advance()
    put(world, bug_id, {"flags": [{"name": "fedora_prioritized_bug", "status": "+"}]})
    flags = world.get(f"bug/{bug_id}")["bugs"][0]["flags"]
    assert [(flag["name"], flag["status"], flag.get("requestee")) for flag in flags] == [
        ("needinfo", "?", ALICE),
        ("needinfo", "?", INSIDER),
        ("fedora_prioritized_bug", "+", None),
    ]
    assert (flags[2]["setter"], flags[2]["modification_date"]) == (ALICE, "2026-09-14T12:01:01Z")
    put(world, bug_id, {"flags": [{"id": flags[0]["id"], "status": "X"}]})
    assert [flag.requestee for flag in world.state.bug(bug_id).flags] == [INSIDER, ""]


@pytest.mark.parametrize("text", ["{", "[1]"])
def test_a_body_that_is_no_json_object_is_an_error(world: World, text: str) -> None:
    response = requests.put(
        f"{world.server.url}/rest/bug/1", data=text, params={"Bugzilla_api_key": KEYS[ALICE]}, timeout=TIMEOUT_S
    )
    assert (response.status_code, response.json()["code"]) == (400, 32000)
