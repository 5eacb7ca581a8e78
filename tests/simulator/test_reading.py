"""Single bugs, histories, comments, users: what the real server answers, to whom."""

import pytest

from tests.simulator.world import ALICE, INSIDER, KEYS, TRACKER, World


def test_a_bug_is_found_by_id_and_by_alias(world: World) -> None:
    assert world.get(f"bug/{TRACKER}")["bugs"] == world.get("bug/F45BetaBlocker")["bugs"]


@pytest.mark.parametrize(("reference", "status", "code"), [("99999", 404, 101), ("NoSuchAlias", 400, 100)])
def test_a_bug_that_does_not_exist_is_an_error_when_asked_for_alone(
    world: World, reference: str, status: int, code: int
) -> None:
    response = world.ask("GET", f"rest/bug/{reference}")
    assert (response.status_code, response.json()["code"], response.json()["error"]) == (status, code, True)


def test_a_private_bug_is_denied_to_whoever_is_not_in_its_group(world: World) -> None:
    bug_id = world.file_private()
    for key in (KEYS[ALICE], ""):
        response = world.ask("GET", f"rest/bug/{bug_id}", key=key)
        assert (response.status_code, response.json()["code"]) == (401, 102)
    assert world.ask("GET", f"rest/bug/{bug_id}", key=KEYS[INSIDER]).status_code == 200


def test_permissive_turns_the_error_into_a_fault(world: World) -> None:
    answer = world.get("bug/99999", permissive=1)
    assert (answer["bugs"], answer["faults"][0]["faultCode"]) == ([], 101)


def test_the_key_is_taken_as_parameter_or_header_or_bearer(world: World) -> None:
    key = KEYS[ALICE]
    ways: list[tuple[dict[str, object], dict[str, str]]] = [
        ({"Bugzilla_api_key": key}, {}),
        ({}, {"X-BUGZILLA-API-KEY": key}),
        ({}, {"Authorization": f"Bearer {key}"}),
    ]
    for query, headers in ways:
        assert world.ask("GET", "rest/whoami", query, key="", headers=headers).json()["name"] == ALICE


def test_a_wrong_key_is_a_400_even_where_none_is_needed(world: World) -> None:
    response = world.ask("GET", "rest/version", key="wrong")
    assert (response.status_code, response.json()["code"]) == (400, 306)


def test_an_unchanged_answer_is_a_304(world: World) -> None:
    first = world.ask("GET", f"rest/bug/{TRACKER}")
    seen = {"If-None-Match": first.headers["ETag"]}
    again = world.ask("GET", f"rest/bug/{TRACKER}", headers=seen)
    assert (again.status_code, again.content) == (304, b"")
    world.edit(TRACKER, status="ASSIGNED")
    assert world.ask("GET", f"rest/bug/{TRACKER}", headers=seen).status_code == 200


def test_the_history_names_fields_as_the_api_does_and_ids_as_text(world: World) -> None:
    bug_id = world.file()
    flag = {"name": "needinfo", "status": "?", "requestee": ALICE}
    world.edit(bug_id, blocks={"add": [1, 2]}, whiteboard="AcceptedBlocker", flags=[flag], severity="high")
    (entry,) = world.history(bug_id)
    assert (entry["who"], entry["when"]) == (ALICE, "2026-09-14T12:01:00Z")
    changes = {change["field_name"]: (change["removed"], change["added"]) for change in entry["changes"]}
    assert changes == {
        "whiteboard": ("", "AcceptedBlocker"),
        "severity": ("unspecified", "high"),
        "blocks": ("", "1, 2"),
        "flagtypes.name": ("", f"needinfo?({ALICE})"),
    }


def test_edits_of_one_second_by_one_person_are_one_entry_whose_strings_run_together(world: World) -> None:
    bug_id = world.file(blocks=[TRACKER])
    world.edit(bug_id, status="ASSIGNED")
    world.edit(bug_id, status="NEW")
    world.edit(bug_id, blocks={"remove": [TRACKER]})
    world.edit(bug_id, blocks={"add": [TRACKER]})
    (entry,) = world.history(bug_id)
    assert [(change["removed"], change["added"]) for change in entry["changes"]] == [
        ("NEW ASSIGNED", "ASSIGNED NEW"),
        ("1, ", "1"),
    ]


def test_edits_of_two_people_or_two_seconds_are_two_entries(world: World) -> None:
    bug_id = world.file()
    world.edit(bug_id, status="ASSIGNED")
    world.state.update_bug([bug_id], {"status": "POST"}, INSIDER)
    world.clock.advance()
    world.edit(bug_id, status="NEW")
    assert len(world.history(bug_id)) == 3


def test_the_trackers_history_tells_who_added_and_removed_which_bug(world: World) -> None:
    bug_id = world.file(blocks=[TRACKER])
    world.clock.advance()
    world.edit(bug_id, blocks={"remove": [TRACKER]})
    changes = [change for entry in world.history(TRACKER) for change in entry["changes"]]
    assert [(change["field_name"], change["removed"], change["added"]) for change in changes] == [
        ("depends_on", "", str(bug_id)),
        ("depends_on", str(bug_id), ""),
    ]


def test_new_since_gives_only_what_is_newer(world: World) -> None:
    bug_id = world.file()
    world.edit(bug_id, status="ASSIGNED")
    world.clock.advance()
    world.edit(bug_id, status="POST")
    answer = world.get(f"bug/{bug_id}/history", new_since="2026-09-14T12:01:00Z")
    assert [entry["when"] for entry in answer["bugs"][0]["history"]] == ["2026-09-14T12:01:01Z"]


def test_further_ids_are_merged_into_a_history_request(world: World) -> None:
    first, second = world.file(), world.file()
    world.edit(first, second, status="ASSIGNED")
    answer = world.get(f"bug/{TRACKER}/history", ids=[first, second])
    assert [bug["id"] for bug in answer["bugs"]] == [TRACKER, first, second]


@pytest.mark.parametrize(("ids", "code"), [(["99999"], 101), (["1,2"], 100)])
def test_one_bad_id_fails_the_whole_history_request(world: World, ids: list[str], code: int) -> None:
    assert world.ask("GET", f"rest/bug/{TRACKER}/history", {"ids": ids}).json()["code"] == code


def test_comments_are_numbered_from_the_description(world: World) -> None:
    bug_id = world.file(description="What happened")
    world.clock.advance()
    world.state.add_comment(bug_id, "hello wörld", ALICE)
    comments = world.get(f"bug/{bug_id}/comment")["bugs"][str(bug_id)]["comments"]
    assert [(comment["count"], comment["text"]) for comment in comments] == [(0, "What happened"), (1, "hello wörld")]
    newer = world.get(f"bug/{bug_id}/comment", new_since=comments[0]["time"])["bugs"][str(bug_id)]["comments"]
    assert [comment["count"] for comment in newer] == [1]


def test_users_are_found_by_name_and_an_unknown_one_is_a_404(world: World) -> None:
    (user,) = world.get("user", names=ALICE)["users"]
    assert (user["email"], [group["name"] for group in user["groups"]]) == (ALICE, ["editbugs"])
    response = world.ask("GET", "rest/user", {"names": "nobody@example.test"})
    assert (response.status_code, response.json()["code"]) == (404, 51)
    assert world.ask("GET", "rest/user").json()["code"] == 50


def test_an_address_that_nobody_serves_is_an_error_body(world: World) -> None:
    response = world.ask("GET", "rest/no/such/thing")
    assert (response.status_code, response.json()["code"]) == (404, 32614)


def test_the_page_of_a_bug_can_be_opened_and_is_escaped(world: World) -> None:
    bug_id = world.file("<script>alert(1)</script>")
    page = world.ask("GET", "show_bug.cgi", {"id": bug_id})
    assert "&lt;script&gt;" in page.text
    assert "<script>" not in page.text
