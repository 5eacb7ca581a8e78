"""Who sees what at Pagure: tokens, private tickets, and what the project says of its people, over HTTP."""

import pytest

from tests.simulator.pagure_world import ALICE, BOT, DAVE, FRIDA, OWNER, TINA, PagureWorld, refusal


def test_a_wrong_token_is_refused_whatever_is_asked(pagure: PagureWorld) -> None:
    pagure.file()
    for path in ("", "issues", "issue/1"):
        response = pagure.ask("GET", path, user="no such token")
        assert refusal(response) == (401, "EINVALIDTOK")
        assert pagure.server.url in response.json()["error"]


def test_a_token_of_another_project_is_a_wrong_one(pagure: PagureWorld) -> None:
    pagure.state.add_token("project-token", BOT, project=pagure.other_project)
    assert refusal(pagure.ask("GET", "issues", user="project-token")) == (401, "EINVALIDTOK")
    assert pagure.ask_at(f"{pagure.other_project}/issues", token="project-token").status_code == 200


def test_a_token_tells_whose_it_is(pagure: PagureWorld) -> None:
    assert pagure.ask_at("-/whoami", "POST", token="alice-token").json() == {"username": ALICE}
    assert refusal(pagure.ask_at("-/whoami", "POST")) == (401, "EINVALIDTOK")


@pytest.mark.parametrize(
    ("user", "sees"),
    [("", False), (FRIDA, False), (TINA, False), (ALICE, True), (BOT, True), (DAVE, True), (OWNER, True)],
)
def test_private_tickets_are_left_out_of_lists_and_refused_alone(pagure: PagureWorld, user: str, sees: bool) -> None:
    public, private = pagure.file(), pagure.file(user=ALICE, is_private=True)
    comment_id = pagure.comment(private, user=BOT)
    assert pagure.listed(user, status="all", order="asc") == ([public, private] if sees else [public])
    for path in (f"issue/{private}", f"issue/{private}/comment/{comment_id}"):
        response = pagure.ask("GET", path, user=user)
        assert response.status_code == (200 if sees else 403)
        assert sees or response.json()["error_code"] == "EISSUENOTALLOWED"


def test_the_project_tells_who_has_access(pagure: PagureWorld) -> None:
    project = pagure.get("")
    assert project["access_users"] == {
        "owner": [OWNER],
        "admin": [],
        "commit": [BOT],
        "collaborator": [],
        "ticket": [TINA],
    }
    assert project["access_groups"]["commit"] == ["qa"]
    assert (project["close_status"], project["tags"]) == (["Accepted", "Rejected"], [])
    assert (project["namespace"], project["name"], project["fullname"]) == ("fedora-qa", pagure.name, pagure.project)
    assert pagure.ask_at(pagure.other_project).json()["namespace"] is None


def test_contributors_count_the_owner_as_an_admin(pagure: PagureWorld) -> None:
    users = pagure.get("contributors")["users"]
    assert users == {"admin": [OWNER], "commit": [BOT], "collaborators": [], "ticket": [TINA]}
