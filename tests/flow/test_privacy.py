"""A bug that the public may not read does not exist for us: nothing of it stays, and all of it comes back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import inspect, text

from bbconsumer.simulator.cast import SECRETARY
from tests.flow.world import START, World
from tests.web.client import Client
from tests.web.reading import Page, text_of
from web.app import create_app

TITLE = "Leaks the key of the treasury"
COMPONENT = "vault-door"


def _everything_stored(world: World) -> str:
    """Every value of every row of every table."""
    with world.database.engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        rows = [connection.execute(text(f'SELECT * FROM "{table}"')).all() for table in tables]
    return repr(rows)


def _hide(world: World, bug_id: int) -> None:
    world.edit(bug_id, groups={"add": ["fedora_private"]})


def _learn(world: World, way: str) -> None:
    """Let one message, of which there are none about private bugs but late ones, or one sync tell of a change."""
    if way == "message":
        del world.messages[:-1]
        world.deliver()
        world.work()
    else:
        world.sync()


def test_a_bug_that_goes_private_leaves_no_trace(world: World) -> None:
    bug_id, other = world.create(TITLE, blocks=[world.blocker]), world.propose()[0]
    world.edit(bug_id, whiteboard="AcceptedBlocker")
    world.sync()
    assert TITLE in _everything_stored(world)
    _hide(world, bug_id)
    world.sync()
    assert TITLE not in _everything_stored(world)
    assert SECRETARY not in repr(world.bug(bug_id).__dict__)
    assert world.events(bug_id) == []
    assert world.states() == {other: "proposed"}
    assert world.active_ids() == {other}


def test_a_bug_that_comes_back_is_restored_with_its_whole_history(world: World) -> None:
    bug_id, _ = world.create(TITLE, blocks=[world.blocker]), world.propose()
    world.edit(bug_id, whiteboard="AcceptedBlocker")
    world.sync()
    events, states = world.events(bug_id), world.states()
    _hide(world, bug_id)
    world.sync()
    world.edit(bug_id, groups={"remove": ["fedora_private"]})
    world.sync()
    assert world.events(bug_id) == events
    assert world.states() == states
    assert world.bug(bug_id).summary == TITLE


@pytest.mark.parametrize("way", ["message", "sync"])
def test_a_page_that_a_browser_holds_is_not_confirmed_once_its_bug_is_private(world: World, way: str) -> None:
    bug_id = world.create(TITLE, component=COMPONENT, blocks=[world.blocker])
    world.edit(bug_id, status="ASSIGNED", component="kernel")
    world.sync()
    web = Client(create_app(world.settings, world.database, clock=lambda: START + timedelta(days=1)))
    paths = ["/blockerbugs/milestone/45/beta/buglist", f"/blockerbugs/bug/{bug_id}"]
    held = {path: web.get(path) for path in paths}
    assert all(TITLE in page.text for page in held.values())
    events = text_of(Page(held[paths[1]].text).by_id("timeline"))
    assert f"created in {COMPONENT}" in events

    def ask_again() -> list[int]:
        """The answers to who holds the pages, which tell nothing more than their status."""
        answers = [web.get(path, headers={"If-None-Match": held[path].headers["etag"]}) for path in paths]
        assert not [answer for answer in answers if TITLE in answer.text or COMPONENT in answer.text]
        return [answer.status_code for answer in answers]

    assert ask_again() == [304, 304]
    _hide(world, bug_id)
    _learn(world, way)
    assert ask_again() == [200, 404]
    assert TITLE not in web.get("/blockerbugs/status").text + _everything_stored(world)
    assert COMPONENT not in web.get("/blockerbugs/status").text + _everything_stored(world)
    world.edit(bug_id, groups={"remove": ["fedora_private"]})
    _learn(world, way)
    restored = [web.get(path) for path in paths]
    assert [page.status_code for page in restored] == [200, 200]
    assert all(TITLE in page.text for page in restored)
    assert text_of(Page(restored[1].text).by_id("timeline")) == events


def test_going_private_does_not_wait_for_the_removal_gate(world: World) -> None:
    world.settings = world.settings.of(bugzilla_url=world.bugzilla.url, removals_max=1, removals_share=0.01)
    bug_ids = [world.create(f"{TITLE} {number}", blocks=[world.blocker]) for number in range(6)]
    world.sync()
    for bug_id in bug_ids[:4]:
        _hide(world, bug_id)
    world.sync()
    assert world.gate_reason()
    stored = _everything_stored(world)
    assert [number for number in range(6) if f"{TITLE} {number}" in stored] == [4, 5]


@pytest.mark.parametrize("way", ["message", "sync"])
def test_a_bug_that_was_always_private_is_never_stored(world: World, way: str) -> None:
    world.create(TITLE, blocks=[world.blocker], groups=["fedora_private"])
    if way == "message":
        world.deliver()
        world.work()
    else:
        world.sync()
    assert TITLE not in _everything_stored(world)
    assert world.states() == {}
