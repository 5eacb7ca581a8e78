"""A bug with its history, and what recording decisions about it takes: the form of the tables beside this file."""

from dataclasses import dataclass

from bbconsumer.domain.ballots import Outcome, VoteTracker
from bbconsumer.domain.snapshots import BugSnapshot, HistoryEntry
from bbconsumer.domain.trackers import Milestone, MilestoneName, Tracker, TrackerKind
from bbconsumer.domain.votes import Decision
from tests.domain.factories import (
    at,
    blocks,
)

NEXT_FINAL = Tracker(13, TrackerKind.BLOCKER, Milestone("46", MilestoneName.FINAL))
NAMES = {tracker.label: tracker for tracker in VoteTracker}


def decision(text: str, second: int = 10) -> Decision:
    """A decision such as ``accepted BetaBlocker``."""
    outcome, name = text.split()
    return Decision(NAMES[name], Outcome(outcome), "dave", at(second), second)


@dataclass(frozen=True)
class Case:
    """A bug, its history, what was decided at second 10 or when it says, and what is to come of it.

    `expected` has the states of the decisions in their order, `reason` is that of the first conflict.
    """

    rule: str
    bug: BugSnapshot
    history: list[HistoryEntry]
    decided: list[str | tuple[str, int]]
    expected: list[str]
    whiteboard: str = ""
    unblocked: frozenset[int] = frozenset()
    reason: str = ""


PROPOSED = [blocks(5, "", "1")]
