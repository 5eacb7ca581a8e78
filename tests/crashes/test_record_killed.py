"""A worker may be killed at any step of recording a decision: in the end Bugzilla has one change and one comment."""

from __future__ import annotations

import pytest

from bbconsumer.domain.keys import KeyKind
from tests.crashes.reviews import (
    assert_all_is_done,
    decided,
    kill_at_every_step,
    kill_while_they_wait,
    let_requests_be_old,
    our_changes,
    our_comments,
    settle,
)
from tests.crashes.runs import KILLS, ROUNDS
from tests.crashes.stepping_worker import STEPS_BY_KIND
from tests.end_to_end.deployment import Deployment
from tests.review.world import ReviewWorld


@pytest.mark.parametrize("run", ROUNDS)
def test_whatever_killed_workers_had_changed_is_changed_once(
    review: ReviewWorld, review_deployment: Deployment, run: int
) -> None:
    steps = STEPS_BY_KIND[KeyKind.RECORD]
    bug_ids = decided(review, KILLS * len(steps))
    kill_at_every_step(review, review_deployment, KeyKind.RECORD)
    assert _count_changed(review, bug_ids) == KILLS * len(steps[steps.index("after answer") :])
    _come_back(review, review_deployment)
    is_uncertain = len(bug_ids) - _count_changed(review, bug_ids)
    assert is_uncertain == KILLS, "what may be under way is not asked for again"
    let_requests_be_old(review)
    _assert_each_is_recorded_once(review, review_deployment, bug_ids)


@pytest.mark.parametrize("run", ROUNDS)
def test_a_change_that_was_made_while_its_worker_waited_for_the_answer_is_seen(
    review: ReviewWorld, review_deployment: Deployment, run: int
) -> None:
    bug_ids = decided(review, KILLS)
    review.bugs.bugzilla.switches.update({"paths": "PUT", "fail": {"kind": "late", "late_s": 60}})
    kill_while_they_wait(
        review, review_deployment, KeyKind.RECORD, lambda: _count_changed(review, bug_ids) == len(bug_ids)
    )
    review.bugs.bugzilla.switches.reset()
    _come_back(review, review_deployment)
    _assert_each_is_recorded_once(review, review_deployment, bug_ids)


def _come_back(review: ReviewWorld, deployment: Deployment) -> None:
    # In the same second, Bugzilla's history would show two changes as one.
    review.bugs.clock.advance()
    deployment.start("work")
    settle(review)


def _count_changed(review: ReviewWorld, bug_ids: list[int]) -> int:
    return sum(1 for bug_id in bug_ids if review.bugs.bugzilla.state.bug(bug_id).whiteboard)


def _assert_each_is_recorded_once(review: ReviewWorld, deployment: Deployment, bug_ids: list[int]) -> None:
    settle(review)
    assert review.bugs.bugzilla.requests.count("update") == len(bug_ids), deployment.output()
    for bug_id in bug_ids:
        bug = review.bugs.bugzilla.state.bug(bug_id)
        accepted = [("whiteboard", "", "AcceptedBlocker")]
        rejected = [("blocks", str(review.bugs.blocker), ""), ("whiteboard", "", "RejectedBlocker")]
        assert our_changes(review, bug_id) == (accepted if bug.blocks else rejected)
        assert len(our_comments(review, bug_id)) == 1
        assert review.records(bug_id) == {"BetaBlocker": ("done", "")}
    assert_all_is_done(review, deployment)
