"""Decides the state of each nomination of a bug, with a reason that a person can read.

A bug is nominated for a milestone by blocking one of its trackers; whiteboard words record the decision. The words
carry no milestone, so their age against the nomination's decides whether they speak of it.
Source: https://fedoraproject.org/wiki/QA:SOP_blocker_bug_process
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bbconsumer.domain.history import Mark, Span, Standing, replay
from bbconsumer.domain.snapshots import BugSnapshot, HistoryEntry
from bbconsumer.domain.trackers import ACCEPT_WORDS, REJECT_WORDS, Tracker, TrackerKind

PRIORITIZED_FLAG = "fedora_prioritized_bug"


class NominationState(StrEnum):
    """The states of a nomination. The first three are undecided."""

    PROPOSED = "proposed"
    UNDECIDED = "undecided"  # words stand, but do not decide this nomination
    CONTRADICTORY = "contradictory"
    ACCEPTED = "accepted"
    ACCEPTED_0DAY = "accepted_0day"
    ACCEPTED_PREVIOUS_RELEASE = "accepted_previous_release"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


UNDECIDED_STATES = frozenset({NominationState.PROPOSED, NominationState.UNDECIDED, NominationState.CONTRADICTORY})
ACCEPTED_STATES = frozenset(
    {NominationState.ACCEPTED, NominationState.ACCEPTED_0DAY, NominationState.ACCEPTED_PREVIOUS_RELEASE}
)
ENDED_STATES = frozenset({NominationState.REJECTED, NominationState.WITHDRAWN})

_STATE_BY_WORD = {
    "AcceptedBlocker": NominationState.ACCEPTED,
    "AcceptedPreviousRelease": NominationState.ACCEPTED_PREVIOUS_RELEASE,
    "Accepted0Day": NominationState.ACCEPTED_0DAY,
    "AcceptedFreezeException": NominationState.ACCEPTED,
}


class PriorityState(StrEnum):
    """The state of a bug in the prioritized bugs process: flag ``fedora_prioritized_bug`` on an open bug."""

    NONE = "none"
    NOMINATED = "nominated"
    PRIORITIZED = "prioritized"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Nomination:
    """The state of one bug for one tracker. Times are None where Bugzilla's history cannot tell."""

    tracker: Tracker
    state: NominationState
    reason: str
    proposed_at: datetime | None
    proposed_by: str
    decided_at: datetime | None = None
    decided_by: str = ""
    ended_at: datetime | None = None


def classify(
    bug: BugSnapshot, trackers: Iterable[Tracker], history: Sequence[HistoryEntry] | None
) -> tuple[Nomination, ...]:
    """The nominations of a bug: exactly one for each of the trackers that it blocks or, by its history, once blocked.

    Total: any snapshot and any history give an answer. A bug that the public may not read has none.
    """
    if bug.is_private:
        return ()
    *_, present = replay(bug, history)
    return nominations_at(present, trackers)


def nominations_at(standing: Standing, trackers: Iterable[Tracker]) -> tuple[Nomination, ...]:
    """The nominations at one moment of a bug's history, ordered by tracker."""
    by_id = {tracker.id: tracker for tracker in trackers}
    stays = {by_id[i]: span for i, span in sorted(standing.spans.items()) if i in by_id}
    return tuple(
        _open_nomination(tracker, span, standing.words)
        if span.closed is None
        else _ended_nomination(tracker, span, span.closed, standing, stays)
        for tracker, span in stays.items()
    )


def priority_state(bug: BugSnapshot) -> PriorityState:
    """Where an open bug stands in the prioritized bugs process; a closed or private bug has left it."""
    if not bug.is_open or bug.is_private:
        return PriorityState.NONE
    statuses = {flag.status for flag in bug.flags if flag.name == PRIORITIZED_FLAG}
    if "+" in statuses:
        return PriorityState.PRIORITIZED
    if "?" in statuses:
        return PriorityState.NOMINATED
    return PriorityState.REFUSED if "-" in statuses else PriorityState.NONE


def _open_nomination(tracker: Tracker, span: Span, words: Mapping[str, Mark]) -> Nomination:
    opened = span.opened
    accepts = [word for word in ACCEPT_WORDS[tracker.kind] if word in words]
    reject = REJECT_WORDS[tracker.kind]

    def nomination(state: NominationState, reason: str, decided: Mark | None = None) -> Nomination:
        decided = decided or Mark(None)
        return Nomination(tracker, state, reason, opened.at, opened.who, decided.at, decided.who)

    if accepts and reject in words:
        return nomination(
            NominationState.CONTRADICTORY,
            f"has both {accepts[0]} and {reject}: one of them must go; counted as undecided",
        )
    if reject in words:
        return nomination(NominationState.UNDECIDED, f"has {reject}: tracker not removed yet, or proposed anew")
    if not accepts:
        return nomination(
            NominationState.PROPOSED, f"blocks the tracker of {tracker.milestone.title}; no decision recorded"
        )
    for word in accepts:
        age = _compare(words[word], opened)
        if age is not _Age.OLDER:
            return nomination(_STATE_BY_WORD[word], _accept_reason(word, accepts, age), words[word])
    return nomination(
        NominationState.UNDECIDED,
        f"has {accepts[0]}, set before this nomination was made: it was said of another milestone",
    )


class _Age(StrEnum):
    OLDER = "older"
    FRESH = "fresh"
    UNKNOWN = "unknown"


def _compare(word: Mark, opened: Mark) -> _Age:
    if word.at is None or opened.at is None:
        return _Age.UNKNOWN
    # Tracker and word set in one change carry the same second: the word is about this nomination.
    return _Age.OLDER if word.at < opened.at else _Age.FRESH


def _accept_reason(word: str, accepts: Sequence[str], age: _Age) -> str:
    reason = f"blocks the tracker and has {word}"
    if len(accepts) > 1:
        others = ", ".join(other for other in accepts if other != word)
        reason += f" (also {others}; the strictest word that is about this nomination counts)"
    if age is _Age.UNKNOWN:
        reason += "; Bugzilla's history does not tell whether the word is younger than the nomination, so it counts"
    return reason


def _ended_nomination(
    tracker: Tracker, span: Span, closed: Mark, standing: Standing, stays: Mapping[Tracker, Span]
) -> Nomination:
    reject = REJECT_WORDS[tracker.kind]
    opened = span.opened
    word = _word_after(closed, reject, standing)
    if word is None:
        reason = f"the tracker was removed and there is no {reject}"
        return Nomination(
            tracker, NominationState.WITHDRAWN, reason, opened.at, opened.who, closed.at, closed.who, closed.at
        )
    if other := _other_at(word, tracker, closed, stays):
        reason = f"the tracker was removed before {reject} was set, while {other.milestone.title} was being decided"
        return Nomination(
            tracker, NominationState.WITHDRAWN, reason, opened.at, opened.who, closed.at, closed.who, closed.at
        )
    reason = f"the tracker was removed and {reject} {'is' if reject in standing.words else 'was'} set"
    decided = closed
    match _compare(word, opened):
        case _Age.OLDER:
            reason += "; the word is older than this nomination, which may also have been withdrawn"
        case _Age.UNKNOWN:
            reason += "; Bugzilla's history does not tell when the word was set"
        case _Age.FRESH:
            decided = max(word, closed, key=lambda mark: (mark.at is not None, mark.at))
    return Nomination(
        tracker, NominationState.REJECTED, reason, opened.at, opened.who, decided.at, decided.who, closed.at
    )


def _word_after(closed: Mark, reject: str, standing: Standing) -> Mark | None:
    """The first reject word that stood after the tracker had gone.

    A rejection stays one when the word is taken away or set anew later, for another milestone.
    """
    for period in standing.past_words.get(reject, ()):
        if closed.at and period.closed and period.closed.at and period.closed.at > closed.at:
            return period.opened
    return standing.words.get(reject)


def _other_at(word: Mark, tracker: Tracker, closed: Mark, stays: Mapping[Tracker, Span]) -> Tracker | None:
    """The other nomination of the same kind that was open when the word was set after this one had ended, if any."""
    if word.at is None or closed.at is None or word.at <= closed.at:
        return None
    for other, span in stays.items():
        if other.id == tracker.id or other.kind is not tracker.kind or span.opened.at is None:
            continue
        ended_at = span.closed.at if span.closed else None
        if span.opened.at <= word.at and (span.closed is None or ended_at is None or word.at <= ended_at):
            return other
    return None


def nomination_title(kind: TrackerKind, state: NominationState) -> str:
    """What people call a nomination of this kind and state: ``Proposed Blocker``, ``Accepted 0-day Blocker``."""
    adjective = {
        NominationState.ACCEPTED_0DAY: "Accepted 0-day",
        NominationState.ACCEPTED_PREVIOUS_RELEASE: "Accepted Previous Release",
    }.get(state, state.value.capitalize())
    return f"{adjective} {kind.label}"
