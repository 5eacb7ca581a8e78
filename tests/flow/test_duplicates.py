"""Of which bug another is a duplicate comes from Bugzilla with every other fact, and goes with them."""

from __future__ import annotations

from bbconsumer.domain.readiness import assess
from bbconsumer.domain.reasons import ReasonCode
from bbconsumer.reporting import load_facts
from tests.flow.world import BETA, START, World


def _codes(world: World) -> set[ReasonCode]:
    with world.database.reading() as session:
        facts = load_facts(session, BETA, world.settings)
    assert facts is not None
    return {reason.code for reason in assess(facts, START).reasons if reason.bug_ids}


def test_a_duplicate_is_judged_by_the_other_bug_as_soon_as_bugzilla_tells(world: World) -> None:
    (duplicate, other), stranger = world.propose(2), world.create("Not nominated")
    for bug_id in (duplicate, other):
        world.edit(bug_id, whiteboard="AcceptedBlocker")
    world.edit(duplicate, dupe_of=other)
    world.sync()
    assert world.bug(duplicate).dupe_of == other
    assert _codes(world) == {ReasonCode.NO_FIX, ReasonCode.DUPLICATE_NOT_ADDRESSED}
    world.edit(duplicate, dupe_of=stranger)
    world.sync()
    assert _codes(world) == {ReasonCode.NO_FIX, ReasonCode.DUPLICATE_UNKNOWN}


def test_of_which_bug_a_private_one_is_a_duplicate_is_not_kept(world: World) -> None:
    duplicate, other = world.propose(2)
    world.edit(duplicate, dupe_of=other)
    world.sync()
    world.edit(duplicate, groups={"add": ["fedora_private"]})
    world.sync()
    assert world.bug(duplicate).dupe_of is None
