"""Releases, milestones, tracker kinds and the whiteboard words that record decisions.

Source: https://fedoraproject.org/wiki/QA:SOP_blocker_bug_process
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class TrackerKind(StrEnum):
    """What blocking a tracker asks for."""

    BLOCKER = "blocker"
    FREEZE_EXCEPTION = "freeze_exception"

    @property
    def label(self) -> str:
        """The words people use."""
        return "Blocker" if self is TrackerKind.BLOCKER else "Freeze Exception"


class MilestoneName(StrEnum):
    """The milestones of a release, in order of time."""

    BETA = "beta"
    FINAL = "final"


@dataclass(frozen=True, slots=True, order=True)
class Milestone:
    """One milestone of one release, for example Beta of Fedora 45."""

    release: str
    name: MilestoneName

    @property
    def label(self) -> str:
        """As written in comments and URLs' text: ``45-beta``."""
        return f"{self.release}-{self.name}"

    @property
    def title(self) -> str:
        """As written for people: ``Fedora 45 Beta``."""
        return f"Fedora {self.release} {self.name.title()}"


@dataclass(frozen=True, slots=True)
class Tracker:
    """A tracker bug. It is known by its id; aliases move between releases and only serve to look it up."""

    id: int
    kind: TrackerKind
    milestone: Milestone

    @property
    def title(self) -> str:
        """As written for people: ``45-beta Blocker``."""
        return f"{self.milestone.label} {self.kind.label}"


def tracker_alias(milestone: Milestone, kind: TrackerKind) -> str:
    """The versioned alias under which Bugzilla knows the tracker: ``F45BetaBlocker``, ``F45FinalFreezeException``."""
    suffix = "Blocker" if kind is TrackerKind.BLOCKER else "FreezeException"
    return f"F{milestone.release}{milestone.name.title()}{suffix}"


REJECT_WORDS: dict[TrackerKind, str] = {
    TrackerKind.BLOCKER: "RejectedBlocker",
    TrackerKind.FREEZE_EXCEPTION: "RejectedFreezeException",
}

# The order is the order of strictness: where several stand, the strictest decides, so that nothing ships too early.
ACCEPT_WORDS: dict[TrackerKind, tuple[str, ...]] = {
    TrackerKind.BLOCKER: ("AcceptedBlocker", "AcceptedPreviousRelease", "Accepted0Day"),
    TrackerKind.FREEZE_EXCEPTION: ("AcceptedFreezeException",),
}

DECISION_WORDS: tuple[str, ...] = tuple(
    word for kind in TrackerKind for word in (*ACCEPT_WORDS[kind], REJECT_WORDS[kind])
)

_SEPARATORS = re.compile(r"[\s,]+")
_CANONICAL = {word.casefold(): word for word in DECISION_WORDS}


def list_decision_words(whiteboard: str) -> tuple[str, ...]:
    """The decision words in a whiteboard, in their usual spelling and order: whole words, compared without case."""
    words = (_CANONICAL.get(word.casefold()) for word in _SEPARATORS.split(whiteboard))
    return tuple(word for word in words if word)


def parse_decision_words(whiteboard: str) -> frozenset[str]:
    """The decision words in a whiteboard, each once."""
    return frozenset(list_decision_words(whiteboard))
