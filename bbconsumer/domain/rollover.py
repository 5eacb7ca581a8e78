"""Decides what the end of a milestone asks for: which milestones end and begin, with which trackers, what is current.

Everything is decided here before anything is changed; nothing here asks or changes anything. Deciding again about what
was done already gives a plan without steps, so a roll-over may be repeated at any time.
Source: https://fedoraproject.org/wiki/QA:SOP_blocker_bug_process
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from bbconsumer.domain.trackers import Milestone, MilestoneName, Tracker, TrackerKind, tracker_alias

# What a tracker is looked up by, since its number is not known yet.
TrackerRole: TypeAlias = tuple[Milestone, TrackerKind]


class RolloverRefused(Exception):
    """Nothing may be changed; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class KnownMilestone:
    """A milestone as it is stored. The counts are of the open bugs that are proposed, and accepted, for either kind."""

    milestone: Milestone
    is_active: bool
    is_current: bool
    tracker_ids: Mapping[TrackerKind, int] = field(default_factory=dict)
    proposed_count: int = 0
    accepted_count: int = 0


@dataclass(frozen=True, slots=True)
class End:
    """A milestone becomes inactive."""

    milestone: Milestone

    @property
    def sentence(self) -> str:
        return f"Make {self.milestone.title} inactive. What is stored of it stays."


@dataclass(frozen=True, slots=True)
class Add:
    """A milestone becomes known, and active."""

    milestone: Milestone

    @property
    def sentence(self) -> str:
        return f"Add {self.milestone.title}, active."


@dataclass(frozen=True, slots=True)
class Activate:
    """A milestone that is known becomes active."""

    milestone: Milestone

    @property
    def sentence(self) -> str:
        return f"Make {self.milestone.title} active."


@dataclass(frozen=True, slots=True)
class SetTracker:
    """A milestone gets a tracker of which it has none yet."""

    tracker: Tracker

    @property
    def sentence(self) -> str:
        tracker = self.tracker
        alias = tracker_alias(tracker.milestone, tracker.kind)
        return f"Set bug {tracker.id} ({alias}) as the {tracker.kind.label} tracker of {tracker.milestone.title}."


@dataclass(frozen=True, slots=True)
class MakeCurrent:
    """A milestone becomes the one that ``/current`` leads to."""

    milestone: Milestone

    @property
    def sentence(self) -> str:
        return f"Make {self.milestone.title} the current milestone."


Step: TypeAlias = End | Add | Activate | SetTracker | MakeCurrent


@dataclass(frozen=True, slots=True)
class RolloverPlan:
    """What the end of a milestone asks for, in the order in which it is done; no steps: nothing is left to do."""

    ended: Milestone
    steps: tuple[Step, ...]
    warnings: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """The plan for people, a sentence a line."""
        if not self.steps:
            return (f"Nothing is left to do: {self.ended.title} has ended.",)
        return (*(step.sentence for step in self.steps), *(f"Warning: {warning}" for warning in self.warnings))

    @property
    def found(self) -> dict[TrackerRole, int]:
        """The trackers that were looked up for it."""
        trackers = (step.tracker for step in self.steps if isinstance(step, SetTracker))
        return {(tracker.milestone, tracker.kind): tracker.id for tracker in trackers}


def list_missing_trackers(ended: Milestone, known: Sequence[KnownMilestone]) -> tuple[TrackerRole, ...]:
    """The trackers that must be looked up before the end of a milestone can be planned.

    Raises:
        RolloverRefused: that milestone is not known.
    """
    situation = _Situation.of(ended, known)
    return tuple(
        (milestone, kind)
        for milestone in situation.beginning
        for kind in TrackerKind
        if kind not in situation.tracker_ids(milestone)
    )


def plan_end(
    ended: Milestone, known: Sequence[KnownMilestone], found: Mapping[TrackerRole, int | None]
) -> RolloverPlan:
    """What the end of a milestone asks for, given all that are stored and the trackers that Bugzilla was asked for.

    `found` tells of each of `list_missing_trackers`; None where Bugzilla knows no such bug.

    Raises:
        RolloverRefused: the milestone is not known, or a tracker is missing or is another one already.
    """
    situation = _Situation.of(ended, known)
    if absent := [tracker_alias(*role) for role, tracker_id in found.items() if tracker_id is None]:
        raise RolloverRefused(_absent_text(absent))
    trackers = [Tracker(i, kind, milestone) for (milestone, kind), i in found.items() if i is not None]
    if taken := tuple(_taken(trackers, known)):
        raise RolloverRefused("; ".join(taken))
    steps = (*map(End, situation.ending), *_beginnings(situation, trackers), *_current(situation))
    warnings = tuple(text for m in situation.ending if (text := _left_behind(situation.by_milestone[m], situation)))
    return RolloverPlan(ended, steps, warnings)


@dataclass(frozen=True, slots=True)
class _Situation:
    """What is known, seen from the end of a milestone: what has still to end, and what should then be there."""

    by_milestone: Mapping[Milestone, KnownMilestone]
    ending: tuple[Milestone, ...]
    beginning: tuple[Milestone, ...]

    @classmethod
    def of(cls, ended: Milestone, known: Sequence[KnownMilestone]) -> _Situation:
        by_milestone = {stored.milestone: stored for stored in known}
        if ended not in by_milestone:
            raise RolloverRefused(f"{ended.label} is not known, so it cannot end")
        ending = [m for m in _ended_with(ended) if m in by_milestone and by_milestone[m].is_active]
        beginning = _beginning_after(ended)
        if not ending:
            # The end was made before, and what began then may have ended since: it does not begin again.
            is_past = any(_place(m) > _place(beginning[-1]) for m in by_milestone)
            has_ended = {m for m in beginning if m in by_milestone and not by_milestone[m].is_active}
            beginning = () if is_past else tuple(m for m in beginning if m not in has_ended)
        return cls(by_milestone, tuple(ending), beginning)

    def tracker_ids(self, milestone: Milestone) -> Mapping[TrackerKind, int]:
        """The trackers that a milestone has already."""
        stored = self.by_milestone.get(milestone)
        return stored.tracker_ids if stored else {}


def _ended_with(ended: Milestone) -> tuple[Milestone, ...]:
    """The end of Final is that of the release."""
    if ended.name is MilestoneName.BETA:
        return (ended,)
    return tuple(Milestone(ended.release, name) for name in MilestoneName)


def _beginning_after(ended: Milestone) -> tuple[Milestone, ...]:
    """The milestones that must be there after an end, in order of time; the first one becomes current."""
    if ended.name is MilestoneName.BETA:
        return (Milestone(ended.release, MilestoneName.FINAL),)
    return tuple(Milestone(str(int(ended.release) + 1), name) for name in MilestoneName)


def _place(milestone: Milestone) -> tuple[int, int]:
    """Sorts milestones by time: as numbers, though releases are texts."""
    return int(milestone.release), list(MilestoneName).index(milestone.name)


def _beginnings(situation: _Situation, trackers: Iterable[Tracker]) -> Iterator[Step]:
    trackers = tuple(trackers)
    for milestone in situation.beginning:
        stored = situation.by_milestone.get(milestone)
        if stored is None:
            yield Add(milestone)
        elif not stored.is_active:
            yield Activate(milestone)
        yield from (SetTracker(tracker) for tracker in trackers if tracker.milestone == milestone)


def _current(situation: _Situation) -> Iterator[Step]:
    """Makes the nearest milestone the current one, unless a later one is so already: time does not go back."""
    if not situation.beginning:
        return
    nearest = situation.beginning[0]
    current = [stored.milestone for stored in situation.by_milestone.values() if stored.is_current]
    if all(milestone in situation.ending or _place(milestone) < _place(nearest) for milestone in current):
        yield MakeCurrent(nearest)


def _absent_text(aliases: Sequence[str]) -> str:
    words = "bug with the alias" if len(aliases) == 1 else "bugs with the aliases"
    return f"Bugzilla knows no {words} {', '.join(aliases)}: create the trackers there first; nothing was changed"


def _taken(trackers: Sequence[Tracker], known: Iterable[KnownMilestone]) -> Iterator[str]:
    """Why trackers that were found cannot be those that they should be."""
    owners = {
        tracker_id: Tracker(tracker_id, kind, stored.milestone)
        for stored in known
        for kind, tracker_id in stored.tracker_ids.items()
    }
    for tracker in trackers:
        alias = tracker_alias(tracker.milestone, tracker.kind)
        if owner := owners.get(tracker.id):
            yield (
                f"bug {tracker.id}, which has the alias {alias}, is the {owner.kind.label} tracker of "
                f"{owner.milestone.title} already: correct the alias in Bugzilla first"
            )
        owners.setdefault(tracker.id, tracker)


def _left_behind(stored: KnownMilestone, situation: _Situation) -> str:
    """What is still open on the trackers of a milestone that ends: people usually move it to the next one."""
    counts = (stored.proposed_count, "proposed"), (stored.accepted_count, "accepted")
    parts = [f"{count} {word}" for count, word in counts if count]
    if not parts:
        return ""
    is_one = stored.proposed_count + stored.accepted_count == 1
    return (
        f"{' and '.join(parts)} {'bug is' if is_one else 'bugs are'} still open on the trackers of "
        f"{stored.milestone.title}: move what matters to those of {situation.beginning[0].title}."
    )
