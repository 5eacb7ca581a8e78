"""Counts votes: per person and tracker the last one, until somebody who may do so has decided.

Comments are taken in their own order, each as it now stands. The service's own account neither votes nor decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from bbconsumer.domain.ballots import Agreed, Ballot, Item, Outcome, Revote, VoteTracker, parse_comment, shorten
from bbconsumer.domain.snapshots import Comment

# A comment of more lines than this, or of more characters, tells something.
REMARK_LINES, REMARK_CHARS = 4, 400
# How Pagure begins the comments in which it notes edits, in the name of whoever made them.
PAGURE_NOTE = "**Metadata Update from @"


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody entitled decided about a tracker, and in which comment."""

    tracker: VoteTracker
    outcome: Outcome
    who: str
    at: datetime
    comment_id: int


@dataclass(frozen=True, slots=True)
class TrackerTally:
    """Who voted how, in the order of voting, and the decision that closed the vote, if any."""

    plus: tuple[str, ...] = ()
    zero: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class Uncounted:
    """A line that looks like a command and does not count, with the reason."""

    comment_id: int
    author: str
    at: datetime
    line: str
    reason: str


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment without any command that is long enough to tell something."""

    comment_id: int
    author: str
    at: datetime
    excerpt: str


@dataclass(frozen=True, slots=True)
class VoteEvent:
    """A change of somebody's vote (``vote/<tracker>/<person>``) or of a decision (``decision/<tracker>``).

    `at` is the comment's time, or that of a comment before it if that is later: events are in order of time.
    """

    at: datetime
    field: str
    who: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Tally:
    """All that a ticket's comments amount to. `by_tracker` has those that were voted on or decided, in fixed order.

    `last_counted` is the last comment that has a command which counts.
    """

    by_tracker: Mapping[VoteTracker, TrackerTally]
    uncounted: tuple[Uncounted, ...]
    events: tuple[VoteEvent, ...]
    remarks: tuple[Remark, ...]
    last_counted: Comment | None


class AdviceKind(StrEnum):
    """What the votes suggest. Never a decision."""

    DECIDED = "decided"
    READY_TO_ACCEPT = "ready_to_accept"
    READY_TO_REJECT = "ready_to_reject"
    NEEDS_MEETING = "needs_meeting"
    NEEDS_VOTES = "needs_votes"


@dataclass(frozen=True, slots=True)
class Advice:
    """What the votes suggest, and how to say it."""

    kind: AdviceKind
    text: str


def tally(comments: Iterable[Comment], *, deciders: Collection[str], bot: str) -> Tally:
    """Count the comments of a ticket. `deciders` are the accounts whose AGREED and REVOTE count."""
    count = _Count(frozenset(deciders) - {bot})
    for comment in comments:
        if comment.author != bot:
            count.take(comment)
    return Tally(
        {name: count.tally_of(name) for name in VoteTracker if name in count.votes or name in count.decisions},
        tuple(count.uncounted),
        _merged(count.events),
        tuple(count.remarks),
        count.last_counted,
    )


def advise(votes: TrackerTally, votes_needed: int) -> Advice:
    """What the votes on one tracker suggest. Zeros count neither way."""
    plus, minus = len(votes.plus), len(votes.minus)
    if votes.decision:
        return Advice(AdviceKind.DECIDED, f"decided: {votes.decision.outcome}")
    if plus and minus:
        return Advice(AdviceKind.NEEDS_MEETING, "needs the meeting: votes both ways")
    if plus >= votes_needed:
        return Advice(AdviceKind.READY_TO_ACCEPT, "ready to accept")
    if minus >= votes_needed:
        return Advice(AdviceKind.READY_TO_REJECT, "ready to reject")
    missing = votes_needed - max(plus, minus)
    return Advice(AdviceKind.NEEDS_VOTES, f"needs {missing} more vote{'' if missing == 1 else 's'}")


def format_tally(tracker: VoteTracker, votes: TrackerTally) -> str:
    """As meetings write it: ``FinalBlocker (+3, 0, -1) (+alice, +bob, +carol, -dave)``."""
    counts = f"{tracker.label} (+{len(votes.plus)}, {len(votes.zero)}, -{len(votes.minus)})"
    signs = (("+", votes.plus), ("0", votes.zero), ("-", votes.minus))
    names = ", ".join(f"{sign}{name}" for sign, people in signs for name in people)
    return f"{counts} ({names})" if names else counts


@dataclass(slots=True)
class _Count:
    """The count so far."""

    deciders: frozenset[str]
    votes: dict[VoteTracker, dict[str, int]] = field(default_factory=dict)
    decisions: dict[VoteTracker, Decision] = field(default_factory=dict)
    uncounted: list[Uncounted] = field(default_factory=list)
    events: list[VoteEvent] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    last_counted: Comment | None = None

    def take(self, comment: Comment) -> None:
        """Count one comment."""
        parsed = parse_comment(comment.text)
        for odd in parsed.odd:
            self._refuse(comment, odd.line, odd.reason)
        for item in parsed.items:
            if reason := self._reason_against(item, comment.author):
                self._refuse(comment, item.line, reason)
            else:
                self._count(item, comment)
                self.last_counted = comment
        if not parsed.items and not comment.text.startswith(PAGURE_NOTE):
            self.remarks += _remarks(comment, parsed.said)

    def tally_of(self, name: VoteTracker) -> TrackerTally:
        """The votes on a tracker and its decision."""
        people = self.votes.get(name, {})
        plus, zero, minus = (tuple(who for who, value in people.items() if value == v) for v in (1, 0, -1))
        return TrackerTally(plus, zero, minus, self.decisions.get(name))

    def _reason_against(self, item: Item, author: str) -> str:
        if isinstance(item, Ballot):
            decision = self.decisions.get(item.tracker)
            return f"the vote on {item.tracker.label} was closed by {decision.who}" if decision else ""
        if author in self.deciders:
            return ""
        word = "AGREED" if isinstance(item, Agreed) else "REVOTE"
        return f"{word} counts only from people with commit rights on the review project"

    def _count(self, item: Item, comment: Comment) -> None:
        match item:
            case Ballot(tracker, value, _):
                self._vote(tracker, comment.author, value, comment)
            case Agreed(outcomes, _):
                for tracker, outcome in outcomes:
                    decision = Decision(tracker, outcome, comment.author, comment.at, comment.id)
                    self._decide(tracker, decision, comment)
            case Revote(trackers, _):
                for tracker in trackers:
                    self._decide(tracker, None, comment)
                    for person in tuple(self.votes.get(tracker, ())):
                        self._vote(tracker, person, None, comment)

    def _vote(self, tracker: VoteTracker, person: str, value: int | None, comment: Comment) -> None:
        people = self.votes.setdefault(tracker, {})
        old = people.pop(person, None)
        if value is not None:
            people[person] = value
        self._note(f"vote/{tracker}/{person}", _signed(old), _signed(value), comment)

    def _decide(self, tracker: VoteTracker, decision: Decision | None, comment: Comment) -> None:
        old = self.decisions.pop(tracker, None)
        if decision:
            self.decisions[tracker] = decision
        new = decision.outcome.value if decision else ""
        self._note(f"decision/{tracker}", old.outcome.value if old else "", new, comment)

    def _note(self, what: str, old: str, new: str, comment: Comment) -> None:
        at = max(comment.at, self.events[-1].at) if self.events else comment.at
        self.events.append(VoteEvent(at, what, comment.author, old, new))

    def _refuse(self, comment: Comment, line: str, reason: str) -> None:
        self.uncounted.append(Uncounted(comment.id, comment.author, comment.at, shorten(line), reason))


def _merged(events: Iterable[VoteEvent]) -> tuple[VoteEvent, ...]:
    """At most one event for each field and moment, from the first value to the last; what ends as it began is none."""
    merged: dict[tuple[datetime, str], VoteEvent] = {}
    for event in events:
        first = merged.get((event.at, event.field), event)
        merged[event.at, event.field] = replace(event, old=first.old)
    return tuple(event for event in merged.values() if event.old != event.new)


def _remarks(comment: Comment, said: Sequence[str]) -> Iterator[Remark]:
    lines = [line.strip() for line in said if line.strip()]
    if len(lines) > REMARK_LINES or sum(map(len, lines)) > REMARK_CHARS:
        yield Remark(comment.id, comment.author, comment.at, shorten(" ".join(lines)))


def _signed(value: int | None) -> str:
    return "" if value is None else f"{value:+d}" if value else "0"
