"""What may happen: edits of people at Bugzilla, what becomes of the messages, and the moves of the service's parts.

Values only, so that a failing story can be printed and told again. `Choose` is where chance comes in: hypothesis or a
seed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, TypeVar

from hypothesis import strategies as st

from bbconsumer.simulator.cast import PRIVATE_GROUP

T = TypeVar("T")

# A new Bugzilla numbers from one: two trackers of Beta, two of Final, and a bug that always blocks them all, since a
# tracker without a bug trips the removal gate.
TRACKERS = BETA_BLOCKER, BETA_EXCEPTION, FINAL_BLOCKER, FINAL_EXCEPTION = (1, 2, 3, 4)
ANCHOR = 5

Changes: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Edit:
    """A person changes a bug (the n-th that was filed), so many seconds after what happened before."""

    bug: int
    changes: Changes
    pause_s: int
    who: int = 0


@dataclass(frozen=True, slots=True)
class TrackerEdit:
    """A person edits `depends_on` of a tracker instead of `blocks` of the bug."""

    tracker: int
    bug: int
    way: str
    pause_s: int


@dataclass(frozen=True, slots=True)
class Filing:
    """A person files a bug."""

    fields: Changes
    pause_s: int


@dataclass(frozen=True, slots=True)
class Vanish:
    """A bug can no longer be read, or again: no history and no message tell of it."""

    bug: int


@dataclass(frozen=True, slots=True)
class Deliver:
    """One of the messages under way (the n-th) reaches the consumer; with `again` it will come once more."""

    message: int
    again: bool


@dataclass(frozen=True, slots=True)
class Lose:
    """One of the messages under way never arrives."""

    message: int


@dataclass(frozen=True, slots=True)
class Move:
    """A worker (0, 1) or the sync (2) goes on to its next pause: before or after a question to Bugzilla."""

    player: int


@dataclass(frozen=True, slots=True)
class GiveBack:
    """A worker (0, 1) that is asked to end gives the keys in its hand back, and may yet come to its end."""

    player: int


@dataclass(frozen=True, slots=True)
class TimePasses:
    """So much time that every lease lapses and every back-off is over."""


@dataclass(frozen=True, slots=True)
class Lag:
    """From now on Bugzilla answers as of so many edits ago: always, or only about histories."""

    edits: int
    only_history: bool


Happening: TypeAlias = Edit | TrackerEdit | Filing | Vanish
Step: TypeAlias = Happening | Deliver | Lose | Move | GiveBack | TimePasses | Lag


@dataclass(frozen=True, slots=True)
class Story:
    """The bugs there are at first, all that happens, and the moves during the last sync, when nothing happens any more.

    `is_live`: Bugzilla's clock is the service's, so edits of one second may fall on both sides of an answer, and a
    replica may lag. Otherwise all happened long ago, at distinct seconds, as when a service reads what it missed.
    """

    is_live: bool
    has_key: bool
    batch_size: int
    filings: tuple[Filing, ...]
    steps: tuple[Step, ...]
    finale: tuple[Step, ...] = ()


_WHITEBOARDS = (
    "",
    "AcceptedBlocker",
    "RejectedBlocker",
    "AcceptedFreezeException",
    "RejectedFreezeException",
    "Accepted0Day",
    "acceptedblocker, AcceptedPreviousRelease",
    "RejectedBlocker AcceptedFreezeException",
    "AcceptedBlocker RejectedBlocker",
    "openqa abrt_hash:12",
    "openqa, AcceptedBlocker",
)
_ADDED: tuple[Changes, ...] = tuple({"blocks": {"add": [tracker]}} for tracker in TRACKERS)
_TAKEN: tuple[Changes, ...] = (
    *({"blocks": {"remove": [tracker]}} for tracker in TRACKERS),
    {"blocks": {"remove": list(TRACKERS)}},
    {"blocks": {"add": [FINAL_BLOCKER], "remove": [BETA_BLOCKER]}},
)
_WORDS: tuple[Changes, ...] = tuple({"whiteboard": text} for text in _WHITEBOARDS)
_DECIDED: tuple[Changes, ...] = (
    {"blocks": {"remove": [BETA_BLOCKER]}, "whiteboard": "RejectedBlocker"},
    {"blocks": {"remove": [BETA_BLOCKER], "add": [BETA_EXCEPTION]}, "whiteboard": "RejectedBlocker"},
    {"blocks": {"add": [FINAL_BLOCKER]}, "whiteboard": "AcceptedBlocker"},
)
_STATES: tuple[Changes, ...] = (
    *({"status": status} for status in ("NEW", "ASSIGNED", "MODIFIED", "ON_QA", "VERIFIED")),
    *({"status": "CLOSED", "resolution": resolution} for resolution in ("ERRATA", "WONTFIX", "NOTABUG")),
)
_FLAGS: tuple[Changes, ...] = (
    *({"flags": [{"name": "fedora_prioritized_bug", "status": status}]} for status in "?+-X"),
    {"flags": [{"name": "needinfo", "status": "?", "requestee": "alice@example.test"}]},
    {"flags": [{"name": "needinfo", "status": "X"}]},
)
_PRIVATE: Changes = {"groups": [PRIVATE_GROUP]}
_ELSEWHERE: tuple[Changes, ...] = (_PRIVATE, {"groups": []}, {"product": "Another Product"}, {"product": "Fedora"})
_OTHERS: tuple[Changes, ...] = (
    {"component": "anaconda"},
    {"component": "kernel"},
    {"summary": "It crashes again"},
    {"comment": {"body": "Any news?"}},
)
_CHANGES = (_ADDED, _ADDED, _TAKEN, _WORDS, _DECIDED, _STATES, _FLAGS, _ELSEWHERE, _ELSEWHERE, _OTHERS)
_FILINGS: tuple[Changes, ...] = (
    {},
    {"blocks": [BETA_BLOCKER]},
    {"blocks": [BETA_BLOCKER, FINAL_EXCEPTION]},
    {"blocks": [FINAL_BLOCKER], "whiteboard": "AcceptedBlocker"},
    {"blocks": [BETA_EXCEPTION], **_PRIVATE},
    {"flags": [{"name": "fedora_prioritized_bug", "status": "?"}]},
)

BUG_NUMBERS = range(4)
_MESSAGES = range(6)
_PAUSES_S = (0, 0, 1, 1, 2, 90)

Choose: TypeAlias = Callable[[Sequence[T]], T]


def happening(choose: Choose[Any]) -> Happening:
    """One thing that happens at Bugzilla."""
    kind = choose((Edit,) * 12 + (TrackerEdit, TrackerEdit, Filing, Vanish, Vanish))
    if kind is Filing:
        return Filing(choose(_FILINGS), choose(_PAUSES_S))
    if kind is Vanish:
        return Vanish(choose(BUG_NUMBERS))
    if kind is TrackerEdit:
        return TrackerEdit(choose(TRACKERS), choose(BUG_NUMBERS), choose(("add", "remove")), choose(_PAUSES_S))
    return Edit(choose(BUG_NUMBERS), choose(choose(_CHANGES)), choose(_PAUSES_S), choose((0, 0, 1)))


def step(choose: Choose[Any]) -> Step:
    """One step of a story."""
    kind = choose((Edit,) * 10 + (Deliver,) * 6 + (Move,) * 12 + (Lose, GiveBack, TimePasses, TimePasses, Lag))
    return _own_step(kind, choose) or happening(choose)


def late_step(choose: Choose[Any]) -> Step:
    """One step during the last sync."""
    return _own_step(choose((Deliver,) + (Move,) * 12 + (GiveBack, TimePasses, TimePasses)), choose) or TimePasses()


def _own_step(kind: type, choose: Choose[Any]) -> Step | None:
    """One step of the service's own, if this is one; what happens at Bugzilla is none."""
    if kind is Deliver:
        return Deliver(choose(_MESSAGES), choose((False, False, True)))
    if kind is Move:
        return Move(choose((0, 0, 1, 1, 2)))
    if kind is GiveBack:
        return GiveBack(choose((0, 1)))
    if kind is Lose:
        return Lose(choose(_MESSAGES))
    if kind is TimePasses:
        return TimePasses()
    if kind is Lag:
        return Lag(choose((0, 0, 1, 2, 3)), choose((True, False)))
    return None


@st.composite
def _steps(draw: st.DrawFn, kind: Callable[[Choose[Any]], Step]) -> Step:
    return kind(lambda options: draw(st.sampled_from(options)))


def with_exodus(story: Story) -> Story:
    """The story of bugs that the service knew before it began, and that all leave their trackers at its end."""
    known = (Filing({"blocks": [BETA_BLOCKER, FINAL_EXCEPTION]}, 1),) * 3
    leaving = tuple(Edit(number, {"blocks": {"remove": list(TRACKERS)}}, 1) for number in BUG_NUMBERS)
    return replace(story, filings=known, steps=(*(Move(2),) * 12, *story.steps, *leaving))


_filings = st.builds(Filing, st.sampled_from(_FILINGS), st.sampled_from(_PAUSES_S))


def stories(*, is_live: bool, has_key: bool, batch_size: int) -> st.SearchStrategy[Story]:
    """Stories as hypothesis tells them."""
    return st.builds(
        Story,
        is_live=st.just(is_live),
        has_key=st.just(has_key),
        batch_size=st.just(batch_size),
        filings=st.lists(_filings, min_size=2, max_size=3).map(tuple),
        steps=st.lists(_steps(step), min_size=25, max_size=70).map(tuple),
        finale=st.lists(_steps(late_step), min_size=8, max_size=30).map(tuple),
    )
