"""What a client writes to Pagure, and what it gets to hear about it, over HTTP."""

import pytest
import requests

from tests.simulator.pagure_world import ALICE, BOT, DAVE, FRIDA, TINA, PagureWorld, refusal
from tests.simulator.world import TIMEOUT_S


def wrong_fields(response: requests.Response) -> list[str]:
    """The fields that an answer complains of."""
    assert refusal(response) == (400, "EINVALIDREQ")
    return sorted(response.json()["errors"])


def test_a_new_ticket_is_told_in_full(pagure: PagureWorld) -> None:
    answer = pagure.post("new_issue", title="[7] It crashes", issue_content="ünïcode “q”", tag="beta, blocker")
    assert answer["message"] == "Issue created"
    assert answer["issue"] == pagure.get(f"issue/{answer['issue']['id']}")
    assert (answer["issue"]["tags"], answer["issue"]["private"]) == (["beta", "blocker"], False)


def test_a_form_and_json_are_both_understood(pagure: PagureWorld) -> None:
    response = requests.post(
        f"{pagure.server.api_url}/{pagure.project}/new_issue",
        json={"title": "x", "issue_content": "y", "private": True},
        headers={"Authorization": f"token {BOT}-token"},
        timeout=TIMEOUT_S,
    )
    assert response.json()["issue"]["private"]
    for body in ("{", "[]"):
        refused = requests.post(
            f"{pagure.server.api_url}/{pagure.project}/new_issue",
            data=body,
            headers={"Authorization": f"token {BOT}-token", "Content-Type": "application/json"},
            timeout=TIMEOUT_S,
        )
        assert refusal(refused) == (400, "EINVALIDREQ")


@pytest.mark.parametrize("user", ["", "no such token"])
@pytest.mark.parametrize("path", ["new_issue", "issue/1", "issue/1/comment", "issue/1/status", "issue/1/assign"])
def test_nothing_is_written_without_a_good_token(pagure: PagureWorld, path: str, user: str) -> None:
    pagure.file()
    before = pagure.state.edits.count
    assert refusal(pagure.ask("POST", path, form={"title": "x"}, user=user)) == (401, "EINVALIDTOK")
    assert pagure.state.edits.count == before


@pytest.mark.parametrize(
    ("path", "form", "lacking"),
    [
        ("new_issue", {}, ["issue_content", "title"]),
        ("new_issue", {"title": "x", "issue_content": " "}, ["issue_content"]),
        ("issue/1", {"title": "x"}, ["issue_content"]),
        ("issue/1", {"issue_content": "x"}, ["title"]),
        ("issue/1/comment", {}, ["comment"]),
        ("issue/1/status", {}, ["status"]),
    ],
)
def test_what_lacks_is_named(pagure: PagureWorld, path: str, form: dict[str, str], lacking: list[str]) -> None:
    pagure.file()
    assert wrong_fields(pagure.ask("POST", path, form=form, user=BOT)) == lacking


def test_an_edit_needs_title_and_content_and_does_not_touch_the_tags(pagure: PagureWorld) -> None:
    ticket_id = pagure.file(tags=["beta"])
    pagure.clock.advance(60)
    answer = pagure.post(f"issue/{ticket_id}", title="new", issue_content="newer", tag="final")
    issue = answer["issue"]
    assert (answer["message"], issue["title"], issue["content"]) == ("Issue edited", "new", "newer")
    assert (issue["tags"], issue["comments"]) == (["beta"], [])
    assert float(issue["last_updated"]) > float(issue["date_created"])


def test_an_edit_that_changes_nothing_moves_the_time_all_the_same_and_is_silent(pagure: PagureWorld) -> None:
    ticket_id = pagure.file()
    before = pagure.get(f"issue/{ticket_id}")
    pagure.told()
    pagure.clock.advance(60)
    pagure.post(f"issue/{ticket_id}", title=before["title"], issue_content=before["content"])
    after = pagure.get(f"issue/{ticket_id}")
    assert float(after.pop("last_updated")) == float(before.pop("last_updated")) + 60
    assert after == before
    assert pagure.told() == []


def test_a_comment_tells_no_id_and_the_ticket_does(pagure: PagureWorld) -> None:
    ticket_id = pagure.file()
    answer = pagure.post(f"issue/{ticket_id}/comment", FRIDA, comment="BetaBlocker -1\r\n\r\nbecause")
    assert answer.keys() == {"message", "avatar_url", "user"}
    assert (answer["message"], answer["user"]) == ("Comment added", FRIDA)
    (comment,) = pagure.get(f"issue/{ticket_id}")["comments"]
    assert (comment["comment"], comment["user"]["name"]) == ("BetaBlocker -1\r\n\r\nbecause", FRIDA)
    assert (comment["edited_on"], comment["editor"], comment["notification"]) == (None, None, False)


def test_an_edited_comment_keeps_its_place_and_time_and_says_who_edited_it(pagure: PagureWorld) -> None:
    ticket_id = pagure.file()
    first = pagure.comment(ticket_id, "BetaBlocker +1")
    pagure.comment(ticket_id, "BetaBlocker 0", FRIDA)
    before = pagure.get(f"issue/{ticket_id}")
    pagure.clock.advance(60)
    pagure.state.edit_comment(pagure.project, ticket_id, first, "BetaBlocker -1", BOT)
    after = pagure.get(f"issue/{ticket_id}")
    edited, untouched = after["comments"]
    assert untouched == before["comments"][1]
    assert (edited["id"], edited["comment"], edited["user"]["name"]) == (first, "BetaBlocker -1", ALICE)
    assert edited["date_created"] == before["comments"][0]["date_created"]
    assert (edited["editor"]["name"], edited["edited_on"]) == (BOT, after["last_updated"])


def test_a_deleted_comment_leaves_nothing_but_a_newer_last_update(pagure: PagureWorld) -> None:
    ticket_id = pagure.file()
    comment_id = pagure.comment(ticket_id)
    before = pagure.get(f"issue/{ticket_id}")
    pagure.clock.advance(60)
    pagure.told()
    pagure.state.delete_comment(pagure.project, ticket_id, comment_id)
    after = pagure.get(f"issue/{ticket_id}")
    assert after["comments"] == []
    assert float(after["last_updated"]) > float(before["last_updated"])
    assert pagure.told() == []


def test_closing_needs_a_close_status_of_the_project(pagure: PagureWorld) -> None:
    ticket_id = pagure.file()
    form = {"status": "Closed", "close_status": "Fixed"}
    assert wrong_fields(pagure.ask("POST", f"issue/{ticket_id}/status", form=form, user=BOT)) == ["close_status"]
    assert wrong_fields(pagure.ask("POST", f"issue/{ticket_id}/status", form={"status": "Fixed"}, user=BOT)) == [
        "status"
    ]
    assert pagure.get(f"issue/{ticket_id}")["status"] == "Open"


def test_in_a_new_project_no_close_status_is_known(pagure: PagureWorld) -> None:
    ticket_id = pagure.state.create_ticket(pagure.other_project, "x", "y", ALICE)
    form = {"status": "Closed", "close_status": "Accepted"}
    response = pagure.ask("POST", f"issue/{ticket_id}/status", form=form, user=ALICE, project=pagure.other_project)
    assert wrong_fields(response) == ["close_status"]
    form = {"status": "Closed"}
    response = pagure.ask("POST", f"issue/{ticket_id}/status", form=form, user=ALICE, project=pagure.other_project)
    assert response.status_code == 200


def test_a_status_is_noted_by_pagure_and_repeating_it_changes_nothing(pagure: PagureWorld) -> None:
    ticket_id = pagure.file()
    said = pagure.post(f"issue/{ticket_id}/status", status="Closed", close_status="Accepted")["message"]
    assert said == ["Issue status updated to: Closed (was: Open)", "Issue close_status updated to: Accepted"]
    issue = pagure.get(f"issue/{ticket_id}")
    assert (issue["status"], issue["close_status"], issue["closed_by"]["name"]) == ("Closed", "Accepted", BOT)
    assert issue["closed_at"]
    (note,) = issue["comments"]
    assert note["notification"]
    assert note["comment"] == "\n".join([f"**Metadata Update from @{BOT}**:", *(f"- {line}" for line in said)])
    again = pagure.post(f"issue/{ticket_id}/status", status="Closed", close_status="Accepted")
    assert again == {"message": "No changes"}
    assert len(pagure.get(f"issue/{ticket_id}")["comments"]) == 1


def test_a_close_status_may_be_sent_as_the_status_and_corrected_and_the_ticket_reopened(pagure: PagureWorld) -> None:
    ticket_id = pagure.file()
    pagure.post(f"issue/{ticket_id}/status", status="Accepted")
    assert pagure.get(f"issue/{ticket_id}")["close_status"] == "Accepted"
    said = pagure.post(f"issue/{ticket_id}/status", status="Closed", close_status="Rejected")["message"]
    assert said == ["Issue close_status updated to: Rejected (was: Accepted)"]
    assert pagure.post(f"issue/{ticket_id}/status", status="Open")["message"] == [
        "Issue status updated to: Open (was: Closed)"
    ]
    issue = pagure.get(f"issue/{ticket_id}")
    assert (issue["status"], issue["close_status"]) == ("Open", None)


def test_a_ticket_is_given_to_somebody_and_taken_back(pagure: PagureWorld) -> None:
    ticket_id = pagure.file()
    assert pagure.post(f"issue/{ticket_id}/assign", assignee=FRIDA)["message"] == "Issue assigned to frida"
    assert pagure.get(f"issue/{ticket_id}")["assignee"]["name"] == FRIDA
    assert pagure.post(f"issue/{ticket_id}/assign", assignee=FRIDA)["message"] == "Nothing to change"
    assert pagure.post(f"issue/{ticket_id}/assign", assignee=ALICE)["message"] == "Issue assigned to alice (was: frida)"
    assert pagure.post(f"issue/{ticket_id}/assign", assignee="")["message"] == "Assignee reset"
    unknown = pagure.ask("POST", f"issue/{ticket_id}/assign", form={"assignee": "nobody"}, user=BOT)
    assert refusal(unknown) == (400, "ENOCODE")


@pytest.mark.parametrize(
    ("user", "may_edit", "may_close"),
    [(BOT, True, True), (DAVE, True, True), (TINA, True, True), (ALICE, True, False), (FRIDA, False, False)],
)
def test_people_of_the_project_may_change_tickets_of_others(
    pagure: PagureWorld, user: str, may_edit: bool, may_close: bool
) -> None:
    """Alice opened it; frida has nothing to do with it, but may comment."""
    ticket_id = pagure.file(user=ALICE)
    for path, form, may in (
        (f"issue/{ticket_id}", {"title": "x", "issue_content": "y"}, may_edit),
        (f"issue/{ticket_id}/status", {"status": "Closed"}, may_close),
        (f"issue/{ticket_id}/comment", {"comment": "z"}, True),
    ):
        response = pagure.ask("POST", path, form=form, user=user)
        assert response.status_code == (200 if may else 403)
        assert may or response.json()["error_code"] == "EISSUENOTALLOWED"


def test_whoever_may_not_see_a_ticket_cannot_write_to_it_either(pagure: PagureWorld) -> None:
    ticket_id = pagure.file(is_private=True)
    for path in ("", "/comment", "/status"):
        response = pagure.ask("POST", f"issue/{ticket_id}{path}", form={"comment": "x"}, user=TINA)
        assert refusal(response) == (403, "EISSUENOTALLOWED")


def test_a_deleted_ticket_is_gone_and_its_number_is_not_used_again(pagure: PagureWorld) -> None:
    ticket_id = pagure.file()
    pagure.state.drop_ticket(pagure.project, ticket_id, BOT)
    assert refusal(pagure.ask("GET", f"issue/{ticket_id}")) == (404, "ENOISSUE")
    assert refusal(pagure.ask("POST", f"issue/{ticket_id}/comment", form={"comment": "x"}, user=BOT))[0] == 404
    assert pagure.listed(status="all") == []
    assert pagure.file() == ticket_id + 1


def test_what_is_not_simulated_says_so(pagure: PagureWorld) -> None:
    response = pagure.ask("POST", "issue/1/milestone", form={"milestone": "x"}, user=BOT)
    assert response.status_code == 501
    assert "does not know" in response.json()["error"]
