"""How to ask the simulated Pagure for the equivalent of each recorded answer, and how to cause recorded messages."""

from collections.abc import Mapping
from typing import Any

from bbconsumer.simulator.pagure import Pagure
from bbconsumer.simulator.recipes import Recipe

TOKEN = "fidelity-token"
PROJECT = "fedora-qa/blocker-review"
_BOT, _OWNER = "blockerbot", "carol"
_FRESH, _DISCUSSED, _ASSIGNED = 1, 2, 3
_FULL_NAMES = {_BOT: "Blocker Bot", "alice": "Alice", "bob": "Bob", _OWNER: "Carol", "frida": "Frida"}
_BULK = 25


def _get(path: str, **query: str) -> Recipe:
    return Recipe("GET", f"/api/0/{PROJECT}{path}", query, key="")


def _post(path: str, *, token: str = TOKEN, **fields: Any) -> Recipe:
    return Recipe("POST", f"/api/0/{PROJECT}{path}", body=fields, key=token)


_NEW = {"title": "[1234567] It is black", "issue_content": "Details", "tag": "beta,blocker"}

RECIPES: Mapping[str, Recipe] = {
    "pagure-project.json": _get(""),
    "pagure-contributors.json": _get("/contributors"),
    "pagure-tags.json": _get("/tags"),
    "pagure-user.json": Recipe("GET", "/api/0/user/alice", key=""),
    "pagure-whoami.json": Recipe("POST", "/api/0/-/whoami", key=TOKEN),
    "pagure-issues-list.json": _get("/issues", per_page="3"),
    "pagure-issues-list-all-p2.json": _get("/issues", status="all", per_page="10", page="2", order="asc"),
    "pagure-issue-get.json": _get(f"/issue/{_FRESH}"),
    "pagure-issue-closed.json": _get(f"/issue/{_ASSIGNED}"),
    "pagure-issue-404.json": _get("/issue/9999"),
    "pagure-comment-single.json": _get(f"/issue/{_DISCUSSED}/comment/1"),
    "pagure-new_issue.json": _post("/new_issue", **_NEW),
    "pagure-new_issue-missing.json": _post("/new_issue", title="No content"),
    "pagure-new_issue-badtoken.json": _post("/new_issue", token="no-such-token", **_NEW),
    "pagure-update.json": _post(f"/issue/{_DISCUSSED}", title="retitled", issue_content="new content"),
    "pagure-comment-adamw.json": _post(f"/issue/{_FRESH}/comment", comment="BetaBlocker +1"),
    "pagure-assign.json": _post(f"/issue/{_FRESH}/assign", assignee="bob"),
    "pagure-close.json": _post(f"/issue/{_FRESH}/status", status="Closed", close_status="Fixed"),
    "pagure-close-badstatus.json": _post(f"/issue/{_FRESH}/status", status="Fixed"),
}


def pagure_data_set() -> Pagure:
    """A project with tickets in the three states that the recipes name, and many more."""
    state = _empty_project()
    for ticket_id in (_FRESH, _DISCUSSED, _ASSIGNED):
        state.create_ticket(PROJECT, f"[{ticket_id}] It is black", "Details", _BOT, tags=("beta", "blocker"))
    for ticket_id in (_DISCUSSED, _ASSIGNED):
        state.comment(PROJECT, ticket_id, "BetaBlocker +1", "alice")
        state.comment(PROJECT, ticket_id, "BetaBlocker -1\n\nbecause", "frida")
    state.assign(PROJECT, _ASSIGNED, "bob", _BOT)
    for number in range(_BULK):
        state.create_ticket(PROJECT, f"bulk {number}", "b", _BOT, tags=("bulk",))
    return state


def recorded_story() -> list[tuple[str, dict[str, Any]]]:
    """What happened while the recorded messages were published, as topics and bodies."""
    told: list[tuple[str, dict[str, Any]]] = []
    state = _empty_project()
    state.on_message(lambda topic, body: told.append((topic, body)))
    ticket_id = state.create_ticket(PROJECT, "[1234567] It is black", "Details", _BOT, tags=("beta", "blocker"))
    state.comment(PROJECT, ticket_id, "BetaBlocker +1", "alice")
    state.comment(PROJECT, ticket_id, "BetaBlocker -1\n\nbecause", "frida")
    state.edit_ticket(PROJECT, ticket_id, _BOT, title="retitled", content="new content")
    state.assign(PROJECT, ticket_id, "bob", _BOT)
    state.comment(PROJECT, ticket_id, "late", "alice")
    state.set_status(PROJECT, ticket_id, "Closed", _BOT)
    return told


def _empty_project() -> Pagure:
    state = Pagure()
    for name, full_name in _FULL_NAMES.items():
        state.add_user(name, full_name)
    state.add_token(TOKEN, _BOT)
    state.add_project(PROJECT, _OWNER, users={"commit": ["alice", "bob", _BOT]})
    return state
