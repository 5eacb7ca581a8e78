"""What a decision in a discussion ticket asks of Bugzilla's record, and whether the record may be changed so.

A decision names a milestone and a kind, but no release: it speaks of the nomination that was open when it was made.
Nothing here overrules a person: where somebody changed the record after the decision, or where a word would also be
read for another milestone, the decision is a conflict that a person must resolve.
Source: https://fedoraproject.org/wiki/QA:SOP_blocker_bug_process
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bbconsumer.domain.ballots import Outcome, VoteTracker, vote_tracker
from bbconsumer.domain.history import Mark, Standing, replay
from bbconsumer.domain.nominations import ACCEPTED_STATES, NominationState, nominations_at
from bbconsumer.domain.snapshots import BugSnapshot, HistoryEntry
from bbconsumer.domain.trackers import ACCEPT_WORDS, REJECT_WORDS, Tracker, TrackerKind
from bbconsumer.domain.votes import Decision

_WORD_OF_CLASS = {VoteTracker.ZERO_DAY: "Accepted0Day", VoteTracker.PREVIOUS_RELEASE: "AcceptedPreviousRelease"}


class RecordState(StrEnum):
    """How Bugzilla's record stands towards a decision."""

    RECORDED = "recorded"  # Bugzilla says the same
    PENDING = "pending"  # it does not say so yet, and may be made to
    CONFLICT = "conflict"  # a person must look


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the record stands towards one decision; `reason` is empty unless it is a conflict."""

    decision: Decision
    state: RecordState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RecordPlan:
    """The one change that records all pending decisions about a bug. There is nothing to do without `pending`."""

    verdicts: tuple[Verdict, ...]
    whiteboard: str
    unblock_ids: frozenset[int]

    @property
    def pending(self) -> tuple[Decision, ...]:
        """The decisions that the change records."""
        return tuple(verdict.decision for verdict in self.verdicts if verdict.state is RecordState.PENDING)


class _Conflict(Exception):
    """A person must look; the text says why."""


def plan_record(
    bug: BugSnapshot,
    history: Sequence[HistoryEntry],
    trackers: Iterable[Tracker],
    decisions: Iterable[Decision],
    ended: Iterable[Tracker] = (),
) -> RecordPlan:
    """What recording the decisions about a bug takes, given what Bugzilla says of it now.

    A decision that is about an earlier nomination than the present one is left out, and so is one about a nomination
    for a milestone that has ended (by its tracker, of `ended`): whatever was recorded of it stays.
    """
    *_, standing = replay(bug, history)
    followed = tuple(trackers)
    rejected = {n.tracker.id for n in nominations_at(standing, followed) if n.state is NominationState.REJECTED}
    planner = _Planner(standing, followed, tuple(decisions), frozenset(rejected), tuple(ended))
    verdicts = tuple(filter(None, map(planner.judge, planner.decisions)))
    whiteboard = rewrite_whiteboard(bug.whiteboard, planner.remove, planner.add)
    return RecordPlan(verdicts, whiteboard, frozenset(planner.unblock))


def rewrite_whiteboard(whiteboard: str, remove: Iterable[str], add: Iterable[str]) -> str:
    """The whiteboard without some whole words (compared without case) and with others at its end; the rest stays."""
    unwanted = {word.casefold() for word in remove}
    # Words stand at the even places, what separates them between.
    parts = re.split(r"([\s,]+)", whiteboard)
    kept = [part for part in parts if part.casefold() not in unwanted]
    text = "".join(kept).strip("".join(parts[1::2])) if len(kept) < len(parts) else whiteboard
    present = {part.casefold() for part in kept}
    missing = {word.casefold(): word for word in add if word.casefold() not in present}
    return " ".join(filter(None, (text, *missing.values())))


def decisions_on(
    tracker: Tracker, proposed_at: datetime | None, decisions: Mapping[VoteTracker, Decision]
) -> list[Decision]:
    """The decisions that are about a nomination for a tracker which was made at `proposed_at` (None: not known)."""
    made = (decisions[name] for name in vote_trackers(tracker) if name in decisions)
    return [decision for decision in made if proposed_at is None or decision.at >= proposed_at]


def vote_trackers(tracker: Tracker) -> tuple[VoteTracker, ...]:
    """What is voted on about nominations for a tracker: itself, and then the classes of blockers."""
    classes = tuple(_WORD_OF_CLASS) if tracker.kind is TrackerKind.BLOCKER else ()
    return vote_tracker(tracker.milestone.name, tracker.kind), *classes


def is_recorded(decision: Decision, kind: TrackerKind, state: NominationState, words: Collection[str]) -> bool:
    """Whether Bugzilla says the same as a decision about a nomination of that kind, of a bug with those words."""
    word = _WORD_OF_CLASS.get(decision.tracker, ACCEPT_WORDS[kind][0])
    if decision.outcome is Outcome.ACCEPTED:
        return state in ACCEPTED_STATES and word in words
    # That it is no 0-day blocker leaves open what it is: there is no word for that.
    return word not in words if _is_class(decision) else state is NominationState.REJECTED


@dataclass(slots=True)
class _Planner:
    """Looks at one decision after the other, and gathers what those that may be recorded ask for."""

    standing: Standing
    trackers: tuple[Tracker, ...]
    decisions: tuple[Decision, ...]
    rejected_ids: frozenset[int]
    ended: tuple[Tracker, ...]
    add: list[str] = field(default_factory=list)
    remove: set[str] = field(default_factory=set)
    unblock: set[int] = field(default_factory=set)

    def judge(self, decision: Decision) -> Verdict | None:
        """How the record stands towards a decision; None for one that is about an earlier or ended nomination."""
        before = list(self.add), set(self.remove), set(self.unblock)
        try:
            targets = self._targets(decision)
            if targets is None:
                return None
            asks = [self._ask_for(decision, tracker) for tracker in targets]
        except _Conflict as conflict:
            self.add, self.remove, self.unblock = before
            return Verdict(decision, RecordState.CONFLICT, str(conflict))
        return Verdict(decision, RecordState.PENDING if any(asks) else RecordState.RECORDED)

    def _targets(self, decision: Decision) -> list[Tracker] | None:
        """Trackers of the open nominations that a decision is about: [] if it ended them, None if they are younger."""
        named = self._named(decision, self.trackers)
        if not named:
            if self._named(decision, self.ended):
                return None
            raise _Conflict(f"the bug was never proposed as {decision.tracker}")
        about = [tracker for tracker in named if self._is_about(decision, tracker)]
        is_open = [tracker for tracker in about if self._is_open(tracker)]
        if is_open:
            return is_open
        if decision.outcome is Outcome.REJECTED and any(tracker.id in self.rejected_ids for tracker in about):
            return []
        if not about or any(map(self._is_open, named)):
            return None
        ends = (closed for t in about if (closed := self.standing.spans[t.id].closed))
        closed = max(ends, key=lambda mark: (mark.at is not None, mark.at))
        raise _Conflict(f"the tracker was removed{_by(closed)}: the bug is not proposed as {decision.tracker} any more")

    def _named(self, decision: Decision, trackers: Iterable[Tracker]) -> list[Tracker]:
        """Those of some trackers that a decision may be about: the bug blocks them, or did."""
        return [t for t in trackers if _is_named(decision, t) and t.id in self.standing.spans]

    def _ask_for(self, decision: Decision, tracker: Tracker) -> bool:
        """Gather what a decision asks for; False where Bugzilla has it already."""
        if contrary := next((d for d in self.decisions if self._is_contrary(d, decision, tracker)), None):
            raise _Conflict(f"{contrary.tracker} was {contrary.outcome} as well, which is about the same tracker")
        if decision.outcome is Outcome.ACCEPTED:
            return self._accept(decision, tracker)
        if word := _WORD_OF_CLASS.get(decision.tracker):
            # That it is no 0-day blocker leaves open what it is: there is no word for that.
            return self._take_away((word,), decision, tracker)
        return self._reject(decision, tracker)

    def _accept(self, decision: Decision, tracker: Tracker) -> bool:
        word, reject = _WORD_OF_CLASS.get(decision.tracker, ACCEPT_WORDS[tracker.kind][0]), REJECT_WORDS[tracker.kind]
        self._refuse_newer((reject,), decision, tracker)
        mark, opened = self.standing.words.get(word), self.standing.spans[tracker.id].opened
        if mark is not None and mark.at and opened.at and mark.at < opened.at:
            raise _Conflict(f"{word} was set before the bug was proposed: it was said of another milestone")
        if mark is not None and reject not in self.standing.words:
            return False
        if other := next((t for t in self._others(tracker) if not self._is_accepted(t)), None):
            raise _Conflict(f"{word} would also decide about {other.milestone.title}")
        self.remove |= {reject} & self.standing.words.keys()
        self.add.append(word)
        return True

    def _reject(self, decision: Decision, tracker: Tracker) -> bool:
        self._take_away(ACCEPT_WORDS[tracker.kind], decision, tracker)
        self.add.append(REJECT_WORDS[tracker.kind])
        self.unblock.add(tracker.id)
        return True

    def _take_away(self, accepts: Iterable[str], decision: Decision, tracker: Tracker) -> bool:
        self._refuse_newer(accepts, decision, tracker)
        standing_accepts = set(accepts) & self.standing.words.keys()
        if standing_accepts and (others := self._others(tracker)):
            raise _Conflict(f"the bug also blocks the tracker of {others[0].milestone.title}, where it is accepted")
        self.remove |= standing_accepts
        return bool(standing_accepts)

    def _refuse_newer(self, words: Iterable[str], decision: Decision, tracker: Tracker) -> None:
        for word in words:
            mark = self.standing.words.get(word)
            if mark is None or (
                mark.at and (not _is_after(mark, decision) or self._is_of_another(mark, word, tracker))
            ):
                continue
            when = "after the decision" if mark.at else "at an unknown time"
            raise _Conflict(f"{word} was set{_by(mark)} {when}")

    def _is_of_another(self, mark: Mark, word: str, tracker: Tracker) -> bool:
        """Whether a reject word was set in the very change that ended another nomination of the same kind."""
        if word != REJECT_WORDS[tracker.kind]:
            return False
        same = (t for t in self.trackers if t.kind is tracker.kind and t.id != tracker.id)
        ends = (self.standing.spans[t.id].closed for t in same if t.id in self.standing.spans)
        return any(closed and closed.at == mark.at for closed in ends)

    def _others(self, tracker: Tracker) -> list[Tracker]:
        """The other trackers of the same kind that the bug blocks now."""
        return [t for t in self.trackers if t.kind is tracker.kind and t.id != tracker.id and self._is_open(t)]

    def _is_accepted(self, tracker: Tracker) -> bool:
        accepted = (d for d in self.decisions if d.outcome is Outcome.ACCEPTED)
        return any(_is_named(d, tracker) and self._is_about(d, tracker) for d in accepted)

    def _is_contrary(self, other: Decision, decision: Decision, tracker: Tracker) -> bool:
        """Whether another decision about the same nomination says the opposite, and there is a word for that."""
        outcomes = {d.outcome for d in (other, decision) if d.outcome is Outcome.ACCEPTED or not _is_class(d)}
        return len(outcomes) == 2 and _is_named(other, tracker) and self._is_about(other, tracker)

    def _is_about(self, decision: Decision, tracker: Tracker) -> bool:
        return not _is_after(self.standing.spans[tracker.id].opened, decision)

    def _is_open(self, tracker: Tracker) -> bool:
        span = self.standing.spans.get(tracker.id)
        return span is not None and span.closed is None


def _is_class(decision: Decision) -> bool:
    return decision.tracker in _WORD_OF_CLASS


def _is_named(decision: Decision, tracker: Tracker) -> bool:
    if _is_class(decision):
        return tracker.kind is TrackerKind.BLOCKER
    return decision.tracker is vote_tracker(tracker.milestone.name, tracker.kind)


def _is_after(mark: Mark, decision: Decision) -> bool:
    return mark.at is not None and mark.at > decision.at


def _by(mark: Mark) -> str:
    return f" by {mark.who}" if mark.who else ""
