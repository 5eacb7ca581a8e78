"""What becomes of an update: requests, karma, composes, and what moves its times."""

from collections.abc import Callable

import pytest

from bbconsumer.simulator.bodhi_errors import BodhiRefusal
from bbconsumer.simulator.bodhi_records import Update
from tests.simulator.bodhi_world import KARMA, KERNEL, BodhiWorld

NEWER = "kernel-6.18.2-300.fc45"
Act = Callable[[BodhiWorld, str], object]


def times(update: Update) -> tuple[object, ...]:
    return update.submitted_at, update.modified_at, update.testing_at, update.stable_at


def test_an_update_goes_from_pending_by_testing_to_stable(bodhi: BodhiWorld) -> None:
    alias = bodhi.submit(bugs=[7, 8])
    assert (bodhi.update(alias).status, bodhi.update(alias).request) == ("pending", "testing")
    bodhi.clock.advance(60)
    bodhi.state.push_to_testing(alias)
    update = bodhi.update(alias)
    assert (update.status, update.request, update.is_pushed) == ("testing", "", True)
    assert update.testing_at == update.pushed_at == bodhi.clock.now
    bodhi.vote(alias, 1, "bob", "carol")
    bodhi.state.request_stable(alias, "alice")
    assert (bodhi.update(alias).status, bodhi.update(alias).request) == ("testing", "stable")
    bodhi.clock.advance(60)
    bodhi.state.push_to_stable(alias)
    update = bodhi.update(alias)
    assert (update.status, update.request) == ("stable", "")
    assert update.stable_at == update.pushed_at == bodhi.clock.now
    assert update.bugs == (7, 8)


def test_until_a_compose_is_over_the_request_stands_and_the_update_is_locked(bodhi: BodhiWorld) -> None:
    alias = bodhi.submit()
    bodhi.state.push_to_testing(alias, unlock=False)
    update = bodhi.update(alias)
    assert (update.status, update.request, update.is_locked) == ("testing", "testing", True)
    with pytest.raises(BodhiRefusal, match="locked update"):
        bodhi.state.request_stable(alias, "alice")
    with pytest.raises(BodhiRefusal, match="locked update"):
        bodhi.state.edit_update(alias, "alice", add_builds=[NEWER])
    bodhi.state.unlock(alias)
    assert (bodhi.update(alias).request, bodhi.update(alias).is_locked) == ("", False)
    with pytest.raises(BodhiRefusal, match="left locked"):
        bodhi.state.unlock(alias)


@pytest.mark.parametrize(
    "act",
    [
        lambda bodhi, alias: bodhi.vote(alias, 1, "bob"),
        lambda bodhi, alias: bodhi.vote(alias, -1, "bob", "carol", "dave"),
        lambda bodhi, alias: bodhi.vote(alias, 1, "bob", "carol", "dave"),
        lambda bodhi, alias: bodhi.state.set_gating(alias, "failed"),
        lambda bodhi, alias: bodhi.state.unpush(alias, "alice"),
        lambda bodhi, alias: bodhi.state.obsolete(alias, "alice"),
        lambda bodhi, _: bodhi.submit(NEWER),
    ],
    ids=["vote", "obsolete by karma", "stable by karma", "gating", "unpushed", "obsolete", "obsolete by a newer"],
)
def test_only_edits_and_pushes_move_a_time(bodhi: BodhiWorld, act: Act) -> None:
    alias = bodhi.submit_tested()
    before = bodhi.update(alias)
    bodhi.clock.advance(60)
    act(bodhi, alias)
    assert bodhi.update(alias) != before
    assert times(bodhi.update(alias)) == times(before)
    bodhi.state.edit_update(alias, "alice", notes="Other words")
    assert bodhi.update(alias).modified_at == bodhi.clock.now


def test_karma_is_everybodys_last_word_and_nobodys_own(bodhi: BodhiWorld) -> None:
    alias = bodhi.submit_tested(stable_karma=9)
    bodhi.vote(alias, 1, "bob", "carol", "alice")
    assert bodhi.update(alias).karma == 2
    bodhi.vote(alias, -1, "bob")
    assert bodhi.update(alias).karma == 0
    bodhi.state.comment(alias, "bob", "only words")
    assert bodhi.update(alias).karma == 0


def test_an_empty_comment_is_refused(bodhi: BodhiWorld) -> None:
    alias = bodhi.submit_tested()
    before = bodhi.update(alias)
    with pytest.raises(BodhiRefusal, match="either some text or feedback"):
        bodhi.state.comment(alias, "bob")
    assert bodhi.update(alias) == before


def test_enough_karma_asks_for_stable(bodhi: BodhiWorld) -> None:
    alias = bodhi.submit_tested(stable_karma=3)
    bodhi.vote(alias, 1, "bob", "carol")
    assert bodhi.update(alias).request == ""
    bodhi.vote(alias, 1, "dave")
    assert bodhi.update(alias).request == "stable"
    assert bodhi.update(alias).approved_at == bodhi.clock.now


@pytest.mark.parametrize(
    ("fields", "gating"),
    [({"autokarma": False}, ""), ({}, "failed"), ({}, "waiting")],
    ids=["off", "failed", "waiting"],
)
def test_karma_does_not_push_what_it_must_not(bodhi: BodhiWorld, fields: dict[str, bool], gating: str) -> None:
    alias = bodhi.submit_tested(**fields)
    if gating:
        bodhi.state.set_gating(alias, gating)
    bodhi.vote(alias, 1, "bob", "carol", "dave")
    assert (bodhi.update(alias).karma, bodhi.update(alias).request) == (3, "")


def test_negative_karma_ends_pushing_by_itself(bodhi: BodhiWorld) -> None:
    alias = bodhi.submit_tested()
    bodhi.vote(alias, -1, "bob")
    update = bodhi.update(alias)
    assert (update.autokarma, update.autotime, update.status) == (False, False, "testing")
    assert "disabling automatic push" in update.comments[-1].text


def test_too_little_karma_makes_it_obsolete(bodhi: BodhiWorld) -> None:
    alias = bodhi.submit_tested(unstable_karma=-2)
    bodhi.vote(alias, -1, "bob", "carol")
    assert (bodhi.update(alias).status, bodhi.update(alias).is_pushed) == ("obsolete", False)


def test_other_builds_reset_the_karma_and_begin_testing_anew(bodhi: BodhiWorld) -> None:
    alias = bodhi.submit_tested()
    bodhi.vote(alias, 1, "bob")
    bodhi.state.edit_update(alias, "alice", add_builds=[NEWER], remove_builds=[KERNEL])
    update = bodhi.update(alias)
    assert (update.status, update.request, update.karma, update.testing_at) == ("pending", "testing", 0, None)
    assert update.title == NEWER
    # The other build is free again.
    bodhi.submit(KERNEL, release="F44")


def test_other_bugs_change_nothing_else(bodhi: BodhiWorld) -> None:
    alias = bodhi.submit_tested(bugs=[7, 8])
    bodhi.vote(alias, 1, "bob")
    bodhi.state.edit_update(alias, "alice", add_bugs=[9], remove_bugs=[7])
    update = bodhi.update(alias)
    assert (update.bugs, update.status, update.karma) == ((8, 9), "testing", 1)


@pytest.mark.parametrize("act", ["push_to_testing", "push_to_stable", "eject"])
def test_a_compose_takes_only_what_asked_for_it(bodhi: BodhiWorld, act: str) -> None:
    alias = bodhi.submit_tested()
    with pytest.raises(BodhiRefusal):
        getattr(bodhi.state, act)(alias, *(["why"] if act == "eject" else []))


def test_what_is_ejected_asks_for_nothing(bodhi: BodhiWorld) -> None:
    alias = bodhi.submit()
    bodhi.state.eject(alias, "its tag is wrong")
    assert (bodhi.update(alias).status, bodhi.update(alias).request) == ("pending", "")
    assert bodhi.update(alias).comments[-1].text == f"{alias} ejected from the push because 'its tag is wrong'"


@pytest.mark.parametrize(("reached", "expected"), [("karma", True), ("days", True), ("", False)])
def test_karma_or_time_make_it_ready(bodhi: BodhiWorld, reached: str, expected: bool) -> None:
    alias = bodhi.submit_tested(autokarma=False)
    if reached == "karma":
        bodhi.vote(alias, 1, *["bob", "carol"][:KARMA])
    if reached == "days":
        bodhi.clock.advance(7 * 86_400)
    assert bodhi.is_ready(alias) is expected
    if not expected:
        with pytest.raises(BodhiRefusal, match="minimum testing requirements"):
            bodhi.state.request_stable(alias, "alice")
        with pytest.raises(BodhiRefusal, match="minimum testing requirements"):
            bodhi.state.approve(alias)
    else:
        bodhi.state.approve(alias)
        bodhi.state.request_stable(alias, "alice")
        assert bodhi.update(alias).request == "stable"


def test_the_critical_path_has_limits_of_its_own(bodhi: BodhiWorld) -> None:
    alias = bodhi.submit_tested(critpath_groups="core")
    assert (bodhi.update(alias).is_critical, bodhi.update(alias).stable_days) == (True, 14)
    bodhi.clock.advance(7 * 86_400)
    assert not bodhi.is_ready(alias)


def test_in_a_freeze_nothing_goes_from_pending_to_stable(bodhi: BodhiWorld) -> None:
    bodhi.state.set_release_state("F45", "frozen")
    alias = bodhi.submit()
    bodhi.vote(alias, 1, "bob", "carol", "dave")
    assert bodhi.update(alias).request == "testing"
    with pytest.raises(BodhiRefusal, match="frozen"):
        bodhi.state.request_stable(alias, "alice")
    bodhi.state.push_to_testing(alias)
    # The compose counts the karma that came before it.
    assert bodhi.update(alias).request == "stable"


def test_a_request_can_be_taken_back(bodhi: BodhiWorld) -> None:
    pending, tested = bodhi.submit(), bodhi.submit_tested("dracut-1-1.fc45")
    bodhi.state.revoke(pending, "alice")
    assert (bodhi.update(pending).status, bodhi.update(pending).request) == ("unpushed", "")
    bodhi.vote(tested, 1, "bob", "carol")
    bodhi.state.request_stable(tested, "alice")
    bodhi.state.revoke(tested, "alice")
    assert (bodhi.update(tested).status, bodhi.update(tested).request) == ("testing", "")
    with pytest.raises(BodhiRefusal, match="existing request"):
        bodhi.state.revoke(tested, "alice")


@pytest.mark.parametrize("end", ["unpush", "obsolete"])
def test_what_was_ended_can_be_brought_back(bodhi: BodhiWorld, end: str) -> None:
    alias = bodhi.submit_tested()
    getattr(bodhi.state, end)(alias, "alice")
    assert bodhi.update(alias).status == {"unpush": "unpushed", "obsolete": "obsolete"}[end]
    bodhi.state.request_testing(alias, "alice")
    assert (bodhi.update(alias).status, bodhi.update(alias).request) == ("pending", "testing")


def test_only_what_is_in_testing_is_unpushed(bodhi: BodhiWorld) -> None:
    with pytest.raises(BodhiRefusal, match="Can't unpush a pending update"):
        bodhi.state.unpush(bodhi.submit(), "alice")


def test_a_newer_update_takes_over_the_bugs_of_the_older(bodhi: BodhiWorld) -> None:
    older, other = (
        bodhi.submit_tested(bugs=[7, 8]),
        bodhi.submit_tested("kernel-6.18.1-300.fc44", release="F44", bugs=[8]),
    )
    newer = bodhi.submit(NEWER, bugs=[9])
    assert (bodhi.update(older).status, bodhi.update(other).status) == ("obsolete", "testing")
    assert bodhi.update(older).bugs == (7, 8)
    assert bodhi.update(newer).bugs == (7, 8, 9)


def test_an_older_update_stays_that_has_more_packages_or_is_on_its_way(bodhi: BodhiWorld) -> None:
    larger = bodhi.submit_tested(KERNEL, "dracut-1-1.fc45")
    stable = bodhi.submit_tested("lorax-1-1.fc45")
    bodhi.vote(stable, 1, "bob", "carol")
    bodhi.state.request_stable(stable, "alice")
    bodhi.submit(NEWER)
    bodhi.submit("lorax-1-2.fc45")
    assert {bodhi.update(larger).status, bodhi.update(stable).status} == {"testing"}


def test_a_build_is_in_one_update(bodhi: BodhiWorld) -> None:
    bodhi.submit()
    with pytest.raises(BodhiRefusal, match=f"Update for {KERNEL} already exists"):
        bodhi.submit()
    with pytest.raises(BodhiRefusal, match="empty list of builds"):
        bodhi.state.create_update("F45", [], "alice")


def test_rawhide_needs_no_request(bodhi: BodhiWorld) -> None:
    alias = bodhi.submit("kernel-7-1.fc46", release="F46")
    assert (bodhi.update(alias).status, bodhi.update(alias).request) == ("pending", "")
    bodhi.state.push_to_testing(alias)
    with pytest.raises(BodhiRefusal, match="not composed by Bodhi"):
        bodhi.state.request_stable(alias, "alice")
    with pytest.raises(BodhiRefusal, match="does not compose"):
        bodhi.state.edit_update(alias, "alice", add_builds=["kernel-7-2.fc46"])
    bodhi.state.push_to_stable(alias)
    assert bodhi.update(alias).status == "stable"


@pytest.mark.parametrize(
    "act",
    [
        lambda bodhi: bodhi.state.comment("FEDORA-2026-0000000000", "bob", "x"),
        lambda bodhi: bodhi.submit(release="F99"),
        lambda bodhi: bodhi.state.update("FEDORA-2026-0000000000"),
    ],
)
def test_what_is_not_there_is_refused(bodhi: BodhiWorld, act: Callable[[BodhiWorld], object]) -> None:
    with pytest.raises(BodhiRefusal) as caught:
        act(bodhi)
    assert caught.value.status == 404
    assert bodhi.state.edits.count == 0


@pytest.mark.parametrize("act", ["set_gating", "set_release_state"])
def test_a_state_that_does_not_exist_is_a_mistake(bodhi: BodhiWorld, act: str) -> None:
    alias = bodhi.submit_tested()
    with pytest.raises(ValueError, match="no such state"):
        getattr(bodhi.state, act)(alias, "splendid")
