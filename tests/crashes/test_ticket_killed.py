"""A worker may be killed at any step of opening a review ticket: in the end the bug has one open ticket."""

from __future__ import annotations

import pytest

from bbconsumer.domain.keys import KeyKind
from bbconsumer.simulator.pagure_records import OPEN
from tests.crashes.reviews import (
    assert_all_is_done,
    assert_one_is_open,
    hurry,
    kill_at_every_step,
    kill_while_they_wait,
    let_requests_be_old,
    settle,
    work_on,
    work_once,
)
from tests.crashes.runs import KILLS, ROUNDS
from tests.crashes.stepping_worker import STEPS_BY_KIND
from tests.end_to_end.deployment import Deployment, eventually
from tests.review.world import BOT, ReviewWorld


@pytest.mark.parametrize("run", ROUNDS)
def test_whatever_killed_workers_had_asked_for_is_there_once(
    review: ReviewWorld, review_deployment: Deployment, run: int
) -> None:
    steps = STEPS_BY_KIND[KeyKind.DISCUSSION]
    bug_ids = _proposed_in_silence(review, KILLS * len(steps))
    kill_at_every_step(review, review_deployment, KeyKind.DISCUSSION)
    assert len(review.tickets_at_pagure()) == KILLS * len(steps[steps.index("after answer") :])
    review_deployment.start("work")
    settle(review)
    is_uncertain = len(bug_ids) - len(review.tickets_at_pagure())
    assert is_uncertain == KILLS, "what may be under way is not asked for again"
    let_requests_be_old(review)
    _assert_each_has_one_ticket(review, review_deployment, bug_ids)


@pytest.mark.parametrize("run", ROUNDS)
def test_a_ticket_that_was_opened_while_its_worker_waited_for_the_answer_is_found(
    review: ReviewWorld, review_deployment: Deployment, run: int
) -> None:
    bug_ids = _proposed_in_silence(review, KILLS)
    review.pagure.switches.update({"paths": "new_issue", "fail": {"kind": "late", "late_s": 60}})
    kill_while_they_wait(
        review, review_deployment, KeyKind.DISCUSSION, lambda: len(review.tickets_at_pagure()) == len(bug_ids)
    )
    review.pagure.switches.update({"paths": "", "fail": None})
    review_deployment.start("work")
    _assert_each_has_one_ticket(review, review_deployment, bug_ids)


def test_a_ticket_that_pagure_opens_after_the_time_out_is_found(
    review: ReviewWorld, review_deployment: Deployment
) -> None:
    (bug_id,) = _proposed_in_silence(review, 1)
    review.pagure.switches.broker_down_s = 10
    work_once(review_deployment, KeyKind.DISCUSSION, write_timeout_s=0.5)
    assert "no answer within 0.5 s" in review_deployment.output()
    for _ in range(2):
        hurry(review)
        work_on(review, KeyKind.DISCUSSION)
    assert review.tickets_at_pagure() == []
    assert review.pagure.requests.count("new_issue") == 1, "what may be under way is not asked for again"
    eventually(review.tickets_at_pagure)
    hurry(review)
    review_deployment.start("work")
    _assert_each_has_one_ticket(review, review_deployment, [bug_id])


def test_of_two_tickets_since_pagure_took_longer_than_it_ever_does_one_is_closed(
    review: ReviewWorld, review_deployment: Deployment
) -> None:
    (bug_id,) = _proposed_in_silence(review, 1)
    review.pagure.switches.broker_down_s = 10
    work_once(review_deployment, KeyKind.DISCUSSION, write_timeout_s=0.5)
    review.pagure.switches.broker_down_s = 0
    let_requests_be_old(review)
    work_on(review, KeyKind.DISCUSSION, KeyKind.TICKET)
    assert len(review.tickets_at_pagure()) == 1
    eventually(lambda: len(review.tickets_at_pagure()) == 2)
    # Nobody was told of the second one.
    assert [outcome.state for outcome in review.sync()] == ["complete", "complete"]
    assert_one_is_open(review, bug_id)
    assert_all_is_done(review, review_deployment)


def _proposed_in_silence(review: ReviewWorld, count: int) -> list[int]:
    """Bugs that shall have tickets. Pagure's messages are lost, so that nothing but a look there tells of a ticket."""
    bug_ids = [review.propose(summary=f"Bug {number}") for number in range(count)]
    work_on(review, KeyKind.BUG, KeyKind.RECORD)
    review.pagure.switches.lose_messages = True
    return bug_ids


def _assert_each_has_one_ticket(review: ReviewWorld, deployment: Deployment, bug_ids: list[int]) -> None:
    settle(review)
    assert review.pagure.requests.count("new_issue") == len(bug_ids), deployment.output()
    ticket_by_title = {ticket.title: ticket for ticket in review.tickets_at_pagure()}
    assert len(ticket_by_title) == len(bug_ids)
    for number, bug_id in enumerate(bug_ids):
        ticket = ticket_by_title[f"[{bug_id}] Bug {number}"]
        assert (ticket.user, ticket.status) == (BOT, OPEN)
        assert f"<!-- bbconsumer bug {bug_id} -->" in ticket.content
        assert review.ticket(ticket.id).bug_id == bug_id
    review.pagure.switches.reset()
    assert_all_is_done(review, deployment)
