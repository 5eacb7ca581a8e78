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
from bbconsumer.domain.nominations import ACCEPTED_STATES, NominationState
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
    bug: BugSnapshot, history: Sequence[HistoryEntry], trackers: Iterable[Tracker], decisions: Iterable[Decision]
) -> RecordPlan:
    """What recording the decisions about a bug takes, given what Bugzilla says of it now.

    A decision that is about an earlier nomination than the present one is left out.
    """
    *_, standing = replay(bug, history)
    planner = _Planner(standing, tuple(trackers), tuple(decisions))
    verdicts = tuple(filter(None, map(planner.judge, planner.decisions)))
    whiteboard = rewrite_whiteboard(bug.whiteboard, planner.remove, planner.add)
    return RecordPlan(verdicts, whiteboard, frozenset(planner.unblock))


def rewrite_whiteboard(whiteboard: str, remove: Iterable[str], add: Iterable[str]) -> str:
    """The whiteboard without some whole words (compared without case) and with others at its end; the rest stays."""
    unwanted = {word.casefold() for word in remove}
    parts = re.split(r"([\s,]+)", whiteboard)
    kept = [part for part in parts if part.casefold() not in unwanted]
    text = re.sub(r"^[\s,]+|[\s,]+$", "", "".join(kept)) if len(kept) < len(parts) else whiteboard
    present = {part.casefold() for part in parts} - unwanted
    missing = [word for word in add if word.casefold() not in present]
    return " ".join(filter(None, (text, *missing)))


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
    if decision.outcome is Outcome.REJECTED:
        # That it is no 0-day blocker leaves open what it is: there is no word for that.
        return decision.tracker in _WORD_OF_CLASS or state is NominationState.REJECTED
    return state in ACCEPTED_STATES and _WORD_OF_CLASS.get(decision.tracker, ACCEPT_WORDS[kind][0]) in words


@dataclass(slots=True)
class _Planner:
    """Looks at one decision after the other, and gathers what those that may be recorded ask for."""

    standing: Standing
    trackers: tuple[Tracker, ...]
    decisions: tuple[Decision, ...]
    add: list[str] = field(default_factory=list)
    remove: set[str] = field(default_factory=set)
    unblock: set[int] = field(default_factory=set)

    def judge(self, decision: Decision) -> Verdict | None:
        """How the record stands towards a decision; None for one that is about an earlier nomination."""
        before = len(self.add), len(self.unblock)
        try:
            targets = self._targets(decision)
            if targets is None:
                return None
            for tracker in targets:
                self._ask_for(decision, tracker)
        except _Conflict as conflict:
            return Verdict(decision, RecordState.CONFLICT, str(conflict))
        is_recorded = before == (len(self.add), len(self.unblock))
        return Verdict(decision, RecordState.RECORDED if is_recorded else RecordState.PENDING)

    def _targets(self, decision: Decision) -> list[Tracker] | None:
        """The trackers of the open nominations that a decision is about; None when those that are open are younger."""
        spans = {t: self.standing.spans[t.id] for t in self.trackers if _is_named(decision, t) and self._was_on(t)}
        is_open = [tracker for tracker, span in spans.items() if span.closed is None]
        targets = [tracker for tracker in is_open if not _is_after(spans[tracker].opened, decision)]
        if is_open:
            return targets or None
        if not spans:
            raise _Conflict(f"the bug was never proposed as {decision.tracker}")
        if decision.outcome is Outcome.REJECTED and any(REJECT_WORDS[t.kind] in self.standing.words for t in spans):
            return []
        closed = max((span.closed for span in spans.values() if span.closed), key=lambda m: (m.at is not None, m.at))
        raise _Conflict(f"the tracker was removed{_by(closed)}: the bug is not proposed as {decision.tracker} any more")

    def _ask_for(self, decision: Decision, tracker: Tracker) -> None:
        if decision.outcome is Outcome.ACCEPTED:
            self._accept(decision, tracker)
        elif decision.tracker not in _WORD_OF_CLASS:
            # That it is no 0-day blocker leaves open what it is: there is no word for that.
            self._reject(decision, tracker)

    def _accept(self, decision: Decision, tracker: Tracker) -> None:
        word, reject = _WORD_OF_CLASS.get(decision.tracker, ACCEPT_WORDS[tracker.kind][0]), REJECT_WORDS[tracker.kind]
        self._refuse_newer((reject,), decision)
        mark, opened = self.standing.words.get(word), self.standing.spans[tracker.id].opened
        if mark is not None:
            if mark.at and opened.at and mark.at < opened.at:
                raise _Conflict(f"{word} was set before the bug was proposed: it was said of another milestone")
        elif other := next((t for t in self._others(tracker) if not self._is_accepted(t)), None):
            raise _Conflict(f"{word} would also decide about {other.milestone.title}, which nobody has")
        self.remove |= {reject} & self.standing.words.keys()
        self.add += [] if mark is not None or word in self.add else [word]

    def _reject(self, decision: Decision, tracker: Tracker) -> None:
        accepts, reject = ACCEPT_WORDS[tracker.kind], REJECT_WORDS[tracker.kind]
        self._refuse_newer(accepts, decision)
        standing_accepts = set(accepts) & self.standing.words.keys()
        if standing_accepts and (others := self._others(tracker)):
            raise _Conflict(f"the bug also blocks the tracker of {others[0].milestone.title}, where it is accepted")
        self.remove |= standing_accepts
        self.add += [] if reject in self.standing.words or reject in self.add else [reject]
        self.unblock.add(tracker.id)

    def _refuse_newer(self, words: Iterable[str], decision: Decision) -> None:
        for word in words:
            mark = self.standing.words.get(word)
            if mark is not None and (mark.at is None or _is_after(mark, decision)):
                when = "after the decision" if mark.at else "at an unknown time"
                raise _Conflict(f"{word} was set{_by(mark)} {when}")

    def _others(self, tracker: Tracker) -> list[Tracker]:
        """The other trackers of the same kind that the bug blocks now."""
        same = (t for t in self.trackers if t.kind is tracker.kind and t.id != tracker.id and self._was_on(t))
        return [t for t in same if self.standing.spans[t.id].closed is None]

    def _is_accepted(self, tracker: Tracker) -> bool:
        return any(_is_named(d, tracker) for d in self.decisions if d.outcome is Outcome.ACCEPTED)

    def _was_on(self, tracker: Tracker) -> bool:
        return tracker.id in self.standing.spans


def _is_named(decision: Decision, tracker: Tracker) -> bool:
    if decision.tracker in _WORD_OF_CLASS:
        return tracker.kind is TrackerKind.BLOCKER
    return decision.tracker is vote_tracker(tracker.milestone.name, tracker.kind)


def _is_after(mark: Mark, decision: Decision) -> bool:
    return mark.at is not None and mark.at > decision.at


def _by(mark: Mark) -> str:
    return f" by {mark.who}" if mark.who else ""
