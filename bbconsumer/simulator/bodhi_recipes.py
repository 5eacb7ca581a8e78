"""How to ask the simulated Bodhi for the equivalent of each recorded answer.

The recordings of Bodhi hold the answer alone, so that its status stands here, too.
"""

from collections.abc import Mapping

from bbconsumer.simulator.bodhi import Bodhi
from bbconsumer.simulator.recipes import Recipe

_BUG, _OTHER_BUG = 1234567, 1234569


def _get(path: str, **query: str) -> Recipe:
    return Recipe("GET", path, query, key="")


RECIPES: Mapping[str, Recipe] = {
    "bodhi-comments__rows_per_page_1.json": _get("/comments/", rows_per_page="1"),
    "bodhi-releases_.json": _get("/releases/"),
    "bodhi-updates__bugs_1234567.json": _get("/updates/", bugs=str(_BUG)),
    "bodhi-updates__page_9.json": _get("/updates/", page="9"),
    "bodhi-updates__rows_per_page_2.json": _get("/updates/", rows_per_page="2"),
    "bodhi-updates_nope.json": _get("/updates/nope"),
    "bodhi-users_adamw.json": _get("/users/alice"),
}
STATUSES: Mapping[str, int] = {"bodhi-updates_nope.json": 404}


def bodhi_data_set() -> Bodhi:
    """Four updates, of which the latest two are in different states; the latest comment is on one that names a bug."""
    state = Bodhi()
    state.add_person("alice", "alice@example.test", ["packager"])
    for name, release_state in (("F43", "current"), ("F44", "pending")):
        state.add_release(name, state=release_state, mandatory_days=0)
    for bug_id in (_BUG, _OTHER_BUG):
        state.set_bug_title(bug_id, f"bug {bug_id}")
    aliases = [state.create_update("F44", ["lorax-44.1-1.fc44"], "alice")]
    for build, bug_id in (("anaconda-44.20-1.fc44", _BUG), ("kernel-6.18.9-200.fc43", _OTHER_BUG)):
        aliases.append(state.create_update(f"F{build[-2:]}", [build], "alice", bugs=[bug_id]))
        state.push_to_testing(aliases[-1])
    aliases.insert(0, state.create_update("F44", ["kernel-6.19.1-300.fc44"], "alice"))
    for alias in aliases:
        state.comment(alias, "bob", "works", 1)
    return state
