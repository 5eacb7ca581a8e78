"""Sorts the nominations of a milestone into the sections in which people work on them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from bbconsumer.domain.nominations import ACCEPTED_STATES, ENDED_STATES, UNDECIDED_STATES, NominationState
from bbconsumer.domain.trackers import TrackerKind
from web.read_models import BugLine, Section

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_STATE_ORDER = list(NominationState)


@dataclass(frozen=True, slots=True)
class Listed:
    """A nomination as a line, and what decides its section and its place there."""

    line: BugLine
    kind: TrackerKind
    state: NominationState
    is_open: bool
    ended_at: datetime | None


_Order: TypeAlias = Callable[[Listed], tuple[float | str, ...]]


def _longest_waiting_first(listed: Listed) -> tuple[float | str, ...]:
    return (listed.line.proposed_at or _LONG_AGO).timestamp(), listed.line.id


def _strictest_first(listed: Listed) -> tuple[float | str, ...]:
    return _STATE_ORDER.index(listed.state), listed.line.component, listed.line.id


def _latest_first(listed: Listed) -> tuple[float | str, ...]:
    return -(listed.ended_at or listed.line.last_change_at or _LONG_AGO).timestamp(), listed.line.id


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a section holds: nominations of open bugs by kind and state, or whatever `holds` says."""

    title: str
    holds: Callable[[Listed], bool]
    order: _Order
    about: str = ""
    nothing: str = ""

    def section(self, listed: Sequence[Listed]) -> Section:
        """The section with those of the nominations that belong to it."""
        lines = tuple(item.line for item in sorted(filter(self.holds, listed), key=self.order))
        return make_section(self.title, lines, about=self.about, nothing=self.nothing)


def _open(kind: TrackerKind, states: Collection[NominationState]) -> Callable[[Listed], bool]:
    return lambda listed: listed.is_open and listed.kind is kind and listed.state in states


_TO_DO = (
    _Rule("Proposed blockers", _open(TrackerKind.BLOCKER, UNDECIDED_STATES), _longest_waiting_first),
    _Rule("Accepted blockers", _open(TrackerKind.BLOCKER, ACCEPTED_STATES), _strictest_first),
    _Rule("Proposed freeze exceptions", _open(TrackerKind.FREEZE_EXCEPTION, UNDECIDED_STATES), _longest_waiting_first),
    _Rule("Accepted freeze exceptions", _open(TrackerKind.FREEZE_EXCEPTION, ACCEPTED_STATES), _strictest_first),
)
_OVER = (
    _Rule(
        "Recently closed",
        lambda listed: not listed.is_open and listed.state not in ENDED_STATES,
        _latest_first,
        "All closed bugs that are still nominated for this milestone, the last changed first.",
        "closed bugs that are still nominated",
    ),
    _Rule(
        "Rejected or withdrawn",
        lambda listed: listed.state in ENDED_STATES,
        _latest_first,
        "All nominations of this milestone that ended, the last ended first.",
        "rejected or withdrawn nominations",
    ),
)


def make_sections(nominations: Sequence[Listed], prioritized: Sequence[BugLine]) -> tuple[Section, ...]:
    """All sections of a buglist: what is to be done, then what is over. Every nomination is in exactly one."""
    return (
        *(rule.section(nominations) for rule in _TO_DO),
        make_section("Prioritized bugs", prioritized, about="Of all releases, whatever the milestone."),
        *(rule.section(nominations) for rule in _OVER),
    )


def make_section(title: str, lines: Sequence[BugLine], *, about: str = "", nothing: str = "") -> Section:
    """A section whose anchor follows from its title; `nothing` names what is missing from an empty one."""
    return Section(title.lower().replace(" ", "-"), title, about, nothing or title.lower(), tuple(lines), len(lines))
