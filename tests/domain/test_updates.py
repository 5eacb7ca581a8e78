"""Which updates count, and what one still needs."""

import pytest

from bbconsumer.domain.nominations import NominationState
from bbconsumer.domain.snapshots import UpdateSnapshot
from bbconsumer.domain.trackers import Milestone, MilestoneName
from bbconsumer.domain.updates import is_stable_everywhere, relevant_updates, stability_gaps
from tests.domain.factories import BETA
from tests.domain.milestones import ACCEPTED, PREVIOUS, STABLE, ZERO_DAY, update


@pytest.mark.parametrize(
    ("seen", "gaps"),
    [
        (STABLE, ()),
        (update("pending", is_ready=True), ("is not in testing yet",)),
        (update("pending"), ("is not in testing yet", "has karma 1 of 3")),
        (update(karma=-1), ("has karma -1 of 3",)),
        (update(gating="failed", is_ready=True), ("is held by gating tests (failed)",)),
        (update(gating="waiting"), ("is held by gating tests (waiting)", "has karma 1 of 3")),
        (update(gating="ignored", is_ready=True), ()),
        (update(gating="", is_ready=True), ()),
        (update(karma=3), ("does not meet the testing requirements yet",)),
        (update(karma=-2, is_ready=True), ()),
        # Bodhi does not say whether it is ready.
        (update(is_ready=None), ("has karma 1 of 3",)),
        (update(is_ready=None, karma=3), ()),
        (update(is_ready=None, stable_karma=None), ()),
        (update(is_ready=None, stable_karma=None, karma=0), ("has karma 0 of 1",)),
    ],
)
def test_what_an_update_still_needs(seen: UpdateSnapshot, gaps: tuple[str, ...]) -> None:
    assert stability_gaps(seen) == gaps


@pytest.mark.parametrize(
    ("release", "states"),
    [
        ("F45", {ACCEPTED, ZERO_DAY}),
        ("F44", {PREVIOUS}),
        ("F9", {PREVIOUS}),
        ("F46", set()),
        ("F45C", set()),
        ("F44F", set()),
        ("EPEL-10.1", set()),
        ("", set()),
    ],
)
def test_an_update_counts_for_the_release_that_the_decision_is_about(
    release: str, states: set[NominationState]
) -> None:
    seen = update(release=release)
    assert {state for state in (ACCEPTED, ZERO_DAY, PREVIOUS) if relevant_updates([seen], state, BETA)} == states


@pytest.mark.parametrize(
    ("status", "counts"),
    [("pending", True), ("testing", True), ("stable", True), ("obsolete", False), ("unpushed", False), ("odd", False)],
)
def test_an_update_that_was_given_up_does_not_count(status: str, counts: bool) -> None:
    assert bool(relevant_updates([update(status)], ACCEPTED, BETA)) is counts


def test_a_release_that_is_no_number_has_no_older_ones() -> None:
    assert relevant_updates([update()], PREVIOUS, Milestone("eln", MilestoneName.BETA)) == ()


@pytest.mark.parametrize(
    ("updates", "expected"),
    [
        ([], False),
        ([update()], False),
        ([STABLE], True),
        ([STABLE, update()], True),
        ([STABLE, update(release="F44")], False),
        ([STABLE, update("stable", release="F44")], True),
    ],
)
def test_stable_everywhere_means_in_each_release_that_has_an_update(
    updates: list[UpdateSnapshot], expected: bool
) -> None:
    assert is_stable_everywhere(updates) is expected
