"""What the comments of a discussion ticket amount to: tallies, advice, decisions, and what was said beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bbconsumer.domain.ballots import Outcome, VoteTracker
from bbconsumer.domain.votes import Advice, AdviceKind, Decision, Remark, Tally, Uncounted, advise, format_tally


@dataclass(frozen=True, slots=True)
class TrackerReview:
    """What was voted about one tracker: the tally as meetings write it, the advice, and the decision, if any."""

    tally: str
    advice: str
    advice_kind: str
    decision: Decision | None


@dataclass(frozen=True, slots=True)
class Review:
    """What a ticket's comments amount to; `trackers` are those that were voted on or decided.

    `counted_at` and `counted_comment_id` tell of the last comment that has a vote or command which counts.
    """

    trackers: Mapping[VoteTracker, TrackerReview]
    uncounted: tuple[Uncounted, ...] = ()
    remarks: tuple[Remark, ...] = ()
    counted_at: datetime | None = None
    counted_comment_id: int | None = None

    @property
    def decisions(self) -> dict[VoteTracker, Decision]:
        """The decisions in force."""
        return {name: tracker.decision for name, tracker in self.trackers.items() if tracker.decision}


def counting_order(ticket_id: int, *, is_open: bool) -> tuple[bool, int]:
    """Sorts the tickets of a bug: first comes the one that counts, the oldest open one, or else the newest."""
    return not is_open, ticket_id if is_open else -ticket_id


def review_of(counted: Tally, votes_needed: int, *, is_left_to_meeting: bool = False) -> Review:
    """Judge what was counted. `votes_needed`: votes one way that make a proposal ready."""
    trackers = {}
    for name, votes in counted.by_tracker.items():
        advice = advise(votes, votes_needed)
        if is_left_to_meeting and not votes.decision:
            advice = Advice(AdviceKind.NEEDS_MEETING, "left to the meeting")
        trackers[name] = TrackerReview(format_tally(name, votes), advice.text, advice.kind.value, votes.decision)
    last = counted.last_counted
    at, comment_id = (last.at, last.id) if last else (None, None)
    return Review(trackers, counted.uncounted, counted.remarks, at, comment_id)


def as_json(review: Review) -> dict[str, Any]:
    """A form that can be stored."""
    return {
        "trackers": {
            name.value: {
                "tally": tracker.tally,
                "advice": tracker.advice,
                "advice_kind": tracker.advice_kind,
                "decision": _decision_json(tracker.decision) if tracker.decision else None,
            }
            for name, tracker in review.trackers.items()
        },
        "uncounted": [
            {"comment_id": u.comment_id, "author": u.author, "at": u.at.isoformat(), "line": u.line, "reason": u.reason}
            for u in review.uncounted
        ],
        "remarks": [
            {"comment_id": r.comment_id, "author": r.author, "at": r.at.isoformat(), "excerpt": r.excerpt}
            for r in review.remarks
        ],
        "counted_at": review.counted_at.isoformat() if review.counted_at else None,
        "counted_comment_id": review.counted_comment_id,
    }


def read_json(stored: Mapping[str, Any]) -> Review:
    """What `as_json` made; an empty object is a review of nothing."""
    trackers = {
        VoteTracker(name): TrackerReview(
            part["tally"],
            part["advice"],
            part["advice_kind"],
            _read_decision(VoteTracker(name), part["decision"]) if part["decision"] else None,
        )
        for name, part in stored.get("trackers", {}).items()
    }
    uncounted = (Uncounted(**part | {"at": datetime.fromisoformat(part["at"])}) for part in stored.get("uncounted", ()))
    remarks = (Remark(**part | {"at": datetime.fromisoformat(part["at"])}) for part in stored.get("remarks", ()))
    counted_at = datetime.fromisoformat(text) if (text := stored.get("counted_at")) else None
    return Review(trackers, tuple(uncounted), tuple(remarks), counted_at, stored.get("counted_comment_id"))


def _decision_json(decision: Decision) -> dict[str, Any]:
    return {
        "outcome": decision.outcome.value,
        "who": decision.who,
        "at": decision.at.isoformat(),
        "comment_id": decision.comment_id,
    }


def _read_decision(name: VoteTracker, part: Mapping[str, Any]) -> Decision:
    at = datetime.fromisoformat(part["at"])
    return Decision(name, Outcome(part["outcome"]), part["who"], at, part["comment_id"])
