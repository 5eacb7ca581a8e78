"""What a bug's discussion ticket says about one milestone: its open votes, and at most one decision for each kind.

A ticket is about a bug, and its commands name neither a release nor, for 0-day and previous release, a milestone: a
decision is taken to be about the nomination that was open when it was made, never about one that it cannot mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from bbconsumer.domain.ballots import Outcome, VoteTracker, vote_tracker
from bbconsumer.domain.decisions import decisions_on
from bbconsumer.domain.facts import ReviewFacts, TicketDecision, TicketVote
from bbconsumer.domain.nominations import Nomination, NominationState
from bbconsumer.domain.reviews import Review, TrackerReview
from bbconsumer.domain.trackers import Milestone, Tracker, TrackerKind
from bbconsumer.domain.votes import AdviceKind, Decision

_CLASS_BY_NAME = {
    VoteTracker.PREVIOUS_RELEASE: NominationState.ACCEPTED_PREVIOUS_RELEASE,
    VoteTracker.ZERO_DAY: NominationState.ACCEPTED_0DAY,
}
_NUMBER = re.compile(r"[0-9]+")


def find_review_facts(
    review: Review,
    ticket_url: str,
    trackers: Iterable[Tracker],
    nominations: Iterable[Nomination],
    problems: Mapping[Decision, str],
) -> ReviewFacts:
    """What a ticket says about the milestone of `trackers`.

    `nominations` are all those of the bug, also for other milestones: they tell what else a decision may be about.
    `problems` say which decisions the service cannot record, and why.
    """
    nominations = tuple(nominations)
    votes: list[TicketVote] = []
    decisions: list[TicketDecision] = []
    for tracker in trackers:
        votes += _votes(review, tracker)
        own = [d for d in _decisions(review, tracker, nominations) if not _is_about_other(d, tracker, nominations)]
        decisions += _strictest(own, tracker.kind, problems, ticket_url)
    return ReviewFacts(ticket_url, tuple(votes), tuple(decisions))


def _votes(review: Review, tracker: Tracker) -> Iterator[TicketVote]:
    found = review.trackers.get(vote_tracker(tracker.milestone.name, tracker.kind))
    if found and found.decision is None:
        yield TicketVote(tracker.kind, found.tally, found.advice, _votes_needed(found))


def _votes_needed(found: TrackerReview) -> int:
    """How many votes are missing, as the advice says; 0 where votes would not help or are not needed."""
    number = _NUMBER.search(found.advice) if found.advice_kind == AdviceKind.NEEDS_VOTES else None
    return int(number[0]) if number else 0


def _decisions(review: Review, tracker: Tracker, nominations: tuple[Nomination, ...]) -> list[Decision]:
    """The decisions that may be about a tracker, which the bug need not have been nominated for."""
    own = next((n for n in nominations if n.tracker.id == tracker.id), None)
    if own is not None:
        return decisions_on(tracker, own.proposed_at, review.decisions)
    # Only what names this milestone, and was said when the bug was known to it.
    decision = review.decisions.get(vote_tracker(tracker.milestone.name, tracker.kind))
    first = [n.proposed_at for n in nominations if n.tracker.milestone == tracker.milestone]
    is_later = decision is not None and any(at is None or at <= decision.at for at in first)
    return [decision] if decision and is_later else []


def _is_about_other(decision: Decision, tracker: Tracker, nominations: tuple[Nomination, ...]) -> bool:
    """Whether a decision was made while not this nomination was open but another that its words fit as well."""
    if any(n.tracker.id == tracker.id and _was_open(n, decision) for n in nominations):
        return False
    return any(
        n.tracker.kind is tracker.kind and _is_named(decision, n.tracker.milestone, n.tracker.kind)
        for n in nominations
        if n.tracker.id != tracker.id and _was_open(n, decision)
    )


def _was_open(nomination: Nomination, decision: Decision) -> bool:
    began, ended = nomination.proposed_at, nomination.ended_at
    return (began is None or began <= decision.at) and (ended is None or decision.at <= ended)


def _is_named(decision: Decision, milestone: Milestone, kind: TrackerKind) -> bool:
    return decision.tracker in _CLASS_BY_NAME or decision.tracker is vote_tracker(milestone.name, kind)


def _strictest(
    decisions: Iterable[Decision], kind: TrackerKind, problems: Mapping[Decision, str], ticket_url: str
) -> Iterator[TicketDecision]:
    """The one decision that counts: the strictest acceptance, as with words; else a rejection.

    That a bug is no 0-day blocker leaves open what it is.
    """
    found = {_outcome(decision): decision for decision in decisions}
    order = (NominationState.ACCEPTED, *_CLASS_BY_NAME.values(), NominationState.REJECTED)
    outcome = next((state for state in order if state in found), None)
    if outcome is not None:
        decision = found[outcome]
        url = f"{ticket_url}#comment-{decision.comment_id}"
        yield TicketDecision(kind, outcome, decision.at, decision.who, problems.get(decision, ""), url)


def _outcome(decision: Decision) -> NominationState | None:
    of_class = _CLASS_BY_NAME.get(decision.tracker)
    if decision.outcome is Outcome.ACCEPTED:
        return of_class or NominationState.ACCEPTED
    return None if of_class else NominationState.REJECTED
