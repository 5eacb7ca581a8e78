"""A worker that was frozen longer than its lease, and then goes on with a write that another has made meanwhile.

Neither Pagure nor Bugzilla can be asked to write only if nobody else has. So a worker that has stored its intent and is
frozen right before its request, longer than a request is uncertain, does make it when it goes on. What comes of that is
promised here, the repeated comment included.
"""

from __future__ import annotations

from bbconsumer.domain.keys import KeyKind
from tests.crashes.reviews import (
    assert_all_is_done,
    assert_one_is_open,
    decided,
    freeze,
    let_requests_be_old,
    our_changes,
    our_comments,
    settle,
    thaw,
    work_on,
)
from tests.crashes.workers import stepping_workers
from tests.end_to_end.deployment import Deployment
from tests.review.world import ReviewWorld

ACCEPTED = [("whiteboard", "", "AcceptedBlocker")]


def test_a_worker_that_was_frozen_before_its_intent_opens_no_second_ticket(
    review: ReviewWorld, review_deployment: Deployment
) -> None:
    bug_id = _two_open_a_ticket(review, review_deployment, "after fetch")
    assert len(review.tickets_at_pagure()) == 1
    assert_one_is_open(review, bug_id)
    assert_all_is_done(review, review_deployment)


def test_of_two_tickets_since_a_worker_was_frozen_before_its_request_one_stays_open(
    review: ReviewWorld, review_deployment: Deployment
) -> None:
    bug_id = _two_open_a_ticket(review, review_deployment, "after intent")
    assert len(review.tickets_at_pagure()) == 2
    assert_one_is_open(review, bug_id)
    assert_all_is_done(review, review_deployment)


def test_a_worker_that_was_frozen_before_its_intent_records_nothing_again(
    review: ReviewWorld, review_deployment: Deployment
) -> None:
    bug_id = _two_record(review, review_deployment, "after fetch")
    assert review.bugs.bugzilla.requests.count("update") == 1
    assert len(our_comments(review, bug_id)) == 1
    _assert_recorded(review, review_deployment, bug_id)


def test_a_worker_that_was_frozen_before_its_request_changes_nothing_again_and_repeats_its_comment(
    review: ReviewWorld, review_deployment: Deployment
) -> None:
    bug_id = _two_record(review, review_deployment, "after intent")
    first, *repeated = our_comments(review, bug_id)
    assert repeated == [first]
    _assert_recorded(review, review_deployment, bug_id)


def _two_open_a_ticket(review: ReviewWorld, deployment: Deployment, step: str) -> int:
    bug_id = review.propose()
    work_on(review, KeyKind.BUG, KeyKind.RECORD)
    _freeze_while_another_works(review, deployment, KeyKind.DISCUSSION, step)
    return bug_id


def _two_record(review: ReviewWorld, deployment: Deployment, step: str) -> int:
    (bug_id,) = decided(review, 1)
    _freeze_while_another_works(review, deployment, KeyKind.RECORD, step)
    return bug_id


def _freeze_while_another_works(review: ReviewWorld, deployment: Deployment, kind: KeyKind, step: str) -> None:
    with stepping_workers(deployment, kind, step, 1) as workers:
        pid = freeze(workers)
        deployment.start("work")
        settle(review)
        let_requests_be_old(review)
        settle(review)
        assert review.bugs.queue() == [], deployment.output()
        # In the same second, Bugzilla's history would show two changes as one.
        review.bugs.clock.advance()
        thaw(workers, pid)
    settle(review)
    assert "given to another worker" in deployment.output()


def _assert_recorded(review: ReviewWorld, deployment: Deployment, bug_id: int) -> None:
    assert our_changes(review, bug_id) == ACCEPTED
    assert review.records(bug_id) == {"BetaBlocker": ("done", "")}
    assert_all_is_done(review, deployment)
