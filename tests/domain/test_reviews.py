"""What a ticket amounts to is stored and read without loss."""

import json

from hypothesis import given
from hypothesis import strategies as st

from bbconsumer.domain.ballots import Outcome, VoteTracker
from bbconsumer.domain.reviews import Review, TrackerReview, as_json, read_json, review_of
from bbconsumer.domain.snapshots import Comment
from bbconsumer.domain.votes import Decision, tally
from tests.domain.comments import texts
from tests.domain.factories import at


def test_a_review_tells_tally_advice_and_decision_of_each_tracker() -> None:
    comments = [
        Comment(1, "alice", at(1), "BetaBlocker +1 BetaFE +1"),
        Comment(2, "carol", at(2), "AGREED AcceptedBetaFE"),
        Comment(3, "bob", at(3), "BetaFE +1"),
    ]
    review = review_of(tally(comments, deciders={"carol"}, bot="blockerbot"), 2)
    decision = Decision(VoteTracker.BETA_FREEZE_EXCEPTION, Outcome.ACCEPTED, "carol", at(2), 2)
    assert review.trackers == {
        VoteTracker.BETA_BLOCKER: TrackerReview(
            "BetaBlocker (+1, 0, -0) (+alice)", "needs 1 more vote", "needs_votes", None
        ),
        VoteTracker.BETA_FREEZE_EXCEPTION: TrackerReview(
            "BetaFE (+1, 0, -0) (+alice)", "decided: accepted", "decided", decision
        ),
    }
    assert review.decisions == {VoteTracker.BETA_FREEZE_EXCEPTION: decision}
    assert (review.counted_at, review.counted_comment_id) == (at(2), 2)
    assert [(u.comment_id, u.author) for u in review.uncounted] == [(3, "bob")]


def test_nothing_is_a_review_of_nothing() -> None:
    assert read_json({}) == Review({}) == review_of(tally([], deciders=(), bot=""), 3)


@given(st.lists(st.tuples(st.sampled_from(["alice", "carol"]), texts), max_size=5))
def test_what_was_stored_is_read_as_it_was(comments: list[tuple[str, str]]) -> None:
    asked = [Comment(n, author, at(n), text) for n, (author, text) in enumerate(comments)]
    long = Comment(99, "bob", at(99), "It happens here as well.\n" * 9)
    review = review_of(tally([*asked, long], deciders={"carol"}, bot="blockerbot"), 1)
    assert review.remarks
    assert read_json(json.loads(json.dumps(as_json(review)))) == review
