"""How to ask the simulated Bugzilla for the equivalent of each recorded answer.

Several recordings lost their query string, so the request stands here and not in the
file. The data set is the smallest in which every request has an answer of the same
kind; bug numbers are those of the recordings only by chance.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from bbconsumer.simulator.bug_json import TIME_TRACKING_GROUP
from bbconsumer.simulator.bugzilla import EDIT_GROUP, Bugzilla

ADMIN_KEY = "fidelity-admin-key"
_ADMIN = "admin@example.test"
_MAINTAINER = "bob@example.test"
TRACKER, BUG, OTHER_BUG = 1, 7, 8


@dataclass(frozen=True, slots=True)
class Recipe:
    """One request. `key` is the API key or token, empty for nobody."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    body: Mapping[str, Any] | None = None
    key: str = ADMIN_KEY


def _search(**query: str) -> Recipe:
    return Recipe("GET", "/rest/bug", query)


RECIPES: Mapping[str, Recipe] = {
    "bugzilla-version.json": Recipe("GET", "/rest/version", key=""),
    "bugzilla-time.json": Recipe("GET", "/rest/time", key=""),
    "bugzilla-user.json": Recipe("GET", "/rest/user", {"names": "alice@example.test"}),
    "bugzilla-badkey.json": Recipe("GET", f"/rest/bug/{OTHER_BUG}", key="no-such-key"),
    "bugzilla-bug-404.json": Recipe("GET", "/rest/bug/99999"),
    "bugzilla-bug-get-alias.json": Recipe(
        "GET", "/rest/bug/F44BetaBlocker", {"include_fields": "id,alias,summary,depends_on"}
    ),
    "bugzilla-bug-get-all.json": Recipe("GET", f"/rest/bug/{BUG}"),
    "bugzilla-bug-search-blocks.json": _search(blocks=str(TRACKER), include_fields="id,blocks"),
    "bugzilla-bug-search-ids.json": _search(id=f"{BUG},{OTHER_BUG},99999", include_fields="id"),
    "bugzilla-bug-search-lct.json": _search(
        last_change_time="2026-01-01T00:00:00Z", include_fields="id,last_change_time"
    ),
    "bugzilla-bug-search-limit.json": _search(limit="2", order="bug_id DESC", include_fields="id"),
    "bugzilla-bug-search-count.json": _search(order="bug_id"),
    "bugzilla-bug-search-nocrit.json": _search(),
    "bugzilla-history.json": Recipe("GET", f"/rest/bug/{BUG}/history"),
    "bugzilla-comments.json": Recipe("GET", f"/rest/bug/{OTHER_BUG}/comment"),
    "bugzilla-comment-post.json": Recipe("POST", f"/rest/bug/{OTHER_BUG}/comment", body={"comment": "hello"}),
    "bugzilla-create.json": Recipe(
        "POST",
        "/rest/bug",
        body={"product": "Fedora", "component": "mutter", "version": "rawhide", "summary": "It flickers"},
    ),
    "bugzilla-bug-put.json": Recipe("PUT", f"/rest/bug/{OTHER_BUG}", body={"whiteboard": ""}),
    "bugzilla-bug-put-badstatus.json": Recipe("PUT", f"/rest/bug/{OTHER_BUG}", body={"status": "CLOSED"}),
    "bugzilla-noauth-put.json": Recipe("PUT", f"/rest/bug/{OTHER_BUG}", body={"whiteboard": "x"}, key=""),
}


def data_set() -> Bugzilla:
    """Trackers and bugs, some edited, under the numbers that the recipes name."""
    state = Bugzilla()
    state.add_user(_ADMIN, "Admin", api_key=ADMIN_KEY, groups=(EDIT_GROUP, TIME_TRACKING_GROUP))
    state.add_user("alice@example.test", "Alice", groups=(EDIT_GROUP, "fedora_private"))
    state.add_user(_MAINTAINER, "Bob", groups=(EDIT_GROUP,))
    bug = {"product": "Fedora", "component": "gnome-shell", "version": "rawhide", "assigned_to": _MAINTAINER}
    for alias in ("F44BetaBlocker", "F44BetaFreezeException", "F44FinalBlocker", "F44FinalFreezeException"):
        state.create_bug({**bug, "component": "distribution", "summary": alias, "alias": [alias]}, _ADMIN)
    for number in range(5, 15):
        blocks = [TRACKER] if number % 2 else []
        state.create_bug({**bug, "summary": f"A bug – number {number}", "blocks": blocks}, _ADMIN)
    state.update_bug([BUG], {"blocks": {"add": [3]}, "status": "ASSIGNED"}, _ADMIN)
    state.update_bug([OTHER_BUG], {"whiteboard": "RejectedBlocker", "comment": "hello wörld"}, _ADMIN)
    return state
