"""Whatever becomes of updates: the source reads what they are and finds what changed, and messages name updates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bbconsumer.simulator.bodhi_errors import BodhiRefusal
from bbconsumer.simulator.bodhi_records import GATING
from tests.sources.bodhi_world import World, simulated
from tests.sources.world import Json

PEOPLE = ("alice", "bob", "carol", "dave")
ANYTHING: dict[str, Callable[[World, str, str, int], object]] = {
    "vote for": lambda w, alias, who, _: w.state.comment(alias, who, karma=1),
    "vote against": lambda w, alias, who, _: w.state.comment(alias, who, karma=-1),
    "add a bug": lambda w, alias, who, bug: w.state.edit_update(alias, who, add_bugs=[bug]),
    "remove a bug": lambda w, alias, who, bug: w.state.edit_update(alias, who, remove_bugs=[bug]),
    "add a build": lambda w, alias, who, _: w.state.edit_update(alias, who, add_builds=[f"more{w.bug()}-1-1.fc45"]),
    "newer update": lambda w, alias, *_: w.submit_newer(alias),
    "ask for testing": lambda w, alias, who, _: w.state.request_testing(alias, who),
    "ask for stable": lambda w, alias, who, _: w.state.request_stable(alias, who),
    "push to testing": lambda w, alias, *_: w.state.push_to_testing(alias),
    "push to stable": lambda w, alias, *_: w.state.push_to_stable(alias),
    "leave locked": lambda w, alias, *_: w.state.push_to_testing(alias, unlock=False),
    "unpush": lambda w, alias, who, _: w.state.unpush(alias, who),
    "obsolete": lambda w, alias, who, _: w.state.obsolete(alias, who),
    "eject": lambda w, alias, *_: w.state.eject(alias, "why"),
    "approve": lambda w, alias, *_: w.state.approve(alias),
    "gating": lambda w, alias, _, bug: w.state.set_gating(alias, GATING[bug % len(GATING)]),
    # The two of which no time and no comment tells.
    "revoke": lambda w, alias, who, _: w.state.revoke(alias, who),
    "unlock": lambda w, alias, *_: w.state.unlock(alias),
}
UNTOLD = {"revoke", "unlock"}

deeds = st.lists(
    st.tuples(st.sampled_from(sorted(ANYTHING)), st.integers(0, 2), st.sampled_from(PEOPLE), st.integers(0, 3)),
    max_size=25,
)


@dataclass
class Observed:
    """A server of these tests' own, and its messages."""

    world: World
    told: list[tuple[str, Json]]


@pytest.fixture(scope="module")
def observed() -> Iterator[Observed]:
    with simulated() as (server, clock):
        observed = Observed(World(server, clock), [])
        server.on_message(lambda topic, body: observed.told.append((topic, body)))
        yield observed


@given(deeds)
@settings(max_examples=30)
def test_any_life_is_read_as_it_is(observed: Observed, deeds: list[tuple[str, int, str, int]]) -> None:
    bodhi = observed.world
    bodhi.clock.advance(60)
    bugs = [bodhi.bug() for _ in range(4)]
    aliases = [bodhi.submit(bugs[0]), bodhi.submit(bugs[1], bugs[2]), bodhi.submit(bugs[3])]
    before = {alias: bodhi.state.update(alias) for alias in aliases}
    silent = set()
    observed.told.clear()
    bodhi.clock.advance(60)
    for name, which, who, bug in deeds:
        try:
            ANYTHING[name](bodhi, aliases[which], who, bugs[bug])
        except BodhiRefusal:
            continue
        silent |= {aliases[which]} if name in UNTOLD else set()
    source = bodhi.source()
    for alias, update in source.fetch_updates(aliases).items():
        kept = bodhi.state.update(alias)
        assert update is not None
        assert (update.status, update.request, update.karma) == (kept.status, kept.request, kept.karma)
        assert (update.bug_ids, update.builds) == (frozenset(kept.bugs), tuple(build.nvr for build in kept.builds))
        assert (update.testing_at, update.stable_at, update.gating) == (kept.testing_at, kept.stable_at, kept.gating)
        assert (update.stable_karma is None) == (not kept.autokarma)
    found = source.find_aliases_by_bugs(bugs)
    assert {alias: found.get(alias, frozenset()) for alias in aliases} == {
        alias: frozenset(bodhi.state.update(alias).bugs) for alias in aliases
    }
    changed = {alias for alias in aliases if bodhi.state.update(alias) != before[alias]}
    assert changed - silent <= source.find_aliases_changed(bodhi.now())
    for topic, body in observed.told:
        update = body["comment"]["update"] if topic.endswith(".comment") else body["update"]
        assert bodhi.state.stored(update["alias"])
