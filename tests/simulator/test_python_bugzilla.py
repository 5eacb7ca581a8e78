"""python-bugzilla works with the simulator, and shows the traps that it has with real servers."""

from collections.abc import Iterator

import bugzilla
import pytest
from bugzilla.exceptions import BugzillaError

from tests.simulator.world import ALICE, KEYS, TRACKER, World


@pytest.fixture
def client(world: World) -> Iterator[bugzilla.Bugzilla]:
    client = bugzilla.Bugzilla(world.server.url, api_key=KEYS[ALICE], force_rest=True, use_creds=False)
    yield client
    client.get_requests_session().close()


def test_a_bug_can_be_read_changed_and_read_again(world: World, client: bugzilla.Bugzilla) -> None:
    bug_id = world.file()
    update = client.build_update(status="ASSIGNED", whiteboard="AcceptedBlocker", blocks_add=[TRACKER], comment="hello")
    client.update_bugs([bug_id], update)
    bug = client.getbug(bug_id)
    assert (bug.status, bug.whiteboard, bug.blocks) == ("ASSIGNED", "AcceptedBlocker", [TRACKER])
    assert client.get_comments([bug_id])["bugs"][str(bug_id)]["comments"][1]["text"] == "hello"
    assert client.bugs_history_raw([bug_id])["bugs"][0]["history"]


def test_a_bug_can_be_filed(world: World, client: bugzilla.Bugzilla) -> None:
    report = client.build_createbug(
        product="Fedora", component="gdm", version="45", summary="It flickers", description="Always", blocks=[TRACKER]
    )
    bug_id = client.createbug(report).id
    assert world.state.bug(TRACKER).depends_on == (bug_id,)


def test_its_own_query_for_a_tracker_finds_too_much(world: World, client: bugzilla.Bugzilla) -> None:
    ids = [world.file() for _ in range(9)]
    tracked, beside = world.file(blocks=[TRACKER]), world.file(blocks=[ids[7]])
    assert ids[7] == 10
    found = client.query(client.build_query(blocked=str(TRACKER)))
    assert {bug.id for bug in found} == {tracked, beside}


def test_it_never_pages_by_itself(world: World, client: bugzilla.Bugzilla) -> None:
    for _ in range(30):
        world.file(blocks=[TRACKER])
    bugs, extra = client.query_return_extra({"blocks": TRACKER})
    assert (len(bugs), extra["total_matches"]) == (20, 30)


def test_missing_bugs_are_dropped_from_a_list_and_an_error_alone(world: World, client: bugzilla.Bugzilla) -> None:
    bug_id = world.file()
    assert [bug.id for bug in client.getbugs([bug_id, 99999])] == [bug_id]
    with pytest.raises(BugzillaError) as caught:
        client.getbug(99999)
    assert caught.value.code == 101


def test_ids_and_aliases_mixed_give_nothing(world: World, client: bugzilla.Bugzilla) -> None:
    assert client.getbugs([world.file(), "F45BetaBlocker"]) == []
    assert client.getbug("F45BetaBlocker").id == TRACKER


def test_a_wrong_key_is_told_by_the_constructor(world: World) -> None:
    with pytest.raises(BugzillaError) as caught:
        bugzilla.Bugzilla(world.server.url, api_key="wrong", force_rest=True, use_creds=False)
    assert caught.value.code == 306
