"""Reads votes and commands out of the text of a comment, line by line.

A command stands on a line of its own: pairs of a tracker and a vote in either order, ``AGREED`` with outcomes, or
``REVOTE`` with trackers. A list bullet before it and commas between pairs are allowed, any other word or formatting is
not. What is quoted, code, or hidden in an HTML comment is no command. A line that looks like a command but does not
count is given back with the reason, so that its author can be told; what is quoted is passed over in silence. Never
fails, whatever the text, and looks at each character a fixed number of times.
Source: https://pagure.io/fedora-qa/blocker-review (how to vote)
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from bbconsumer.domain.markup import INDENTED, readable_lines
from bbconsumer.domain.trackers import MilestoneName, TrackerKind


class VoteTracker(StrEnum):
    """What is voted on. The last two are classes of blockers, of whichever milestone."""

    BETA_BLOCKER = "BetaBlocker"
    FINAL_BLOCKER = "FinalBlocker"
    BETA_FREEZE_EXCEPTION = "BetaFreezeException"
    FINAL_FREEZE_EXCEPTION = "FinalFreezeException"
    ZERO_DAY = "0Day"
    PREVIOUS_RELEASE = "PreviousRelease"

    @property
    def label(self) -> str:
        """As meetings write it: ``BetaFE``."""
        return self.value.replace("FreezeException", "FE")


class Outcome(StrEnum):
    """What was decided."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Ballot:
    """One vote: +1, 0 or -1."""

    tracker: VoteTracker
    value: int
    line: str


@dataclass(frozen=True, slots=True)
class Agreed:
    """A command that decides."""

    outcomes: tuple[tuple[VoteTracker, Outcome], ...]
    line: str


@dataclass(frozen=True, slots=True)
class Revote:
    """A command that opens votes again."""

    trackers: tuple[VoteTracker, ...]
    line: str


Item: TypeAlias = Ballot | Agreed | Revote


@dataclass(frozen=True, slots=True)
class OddLine:
    """A line that looks like a command and does not count."""

    line: str
    reason: str


@dataclass(frozen=True, slots=True)
class ParsedComment:
    """What a comment holds, in the order of its lines; `said` are the lines that are not quoted nor a block of code."""

    items: tuple[Item, ...]
    odd: tuple[OddLine, ...]
    said: tuple[str, ...]


def vote_tracker(name: MilestoneName, kind: TrackerKind) -> VoteTracker:
    """The name under which a milestone's tracker is voted on."""
    return VoteTracker(f"{name.title()}{'Blocker' if kind is TrackerKind.BLOCKER else 'FreezeException'}")


def parse_comment(text: str) -> ParsedComment:
    """Read a comment."""
    items: list[Item] = []
    odd: list[OddLine] = []
    said: list[str] = []
    for line, trouble in readable_lines(text):
        if trouble != INDENTED:
            said.append(line)
        bare = _bare(line)
        if len(bare) > LONGEST_COMMAND or not (found := _read_command(bare)):
            continue
        if trouble or isinstance(found, str):
            odd.append(OddLine(shorten(line), trouble or str(found)))
        else:
            items += found
    return ParsedComment(tuple(items), tuple(odd), tuple(said))


def shorten(line: str) -> str:
    """A line as it is shown to people."""
    text = " ".join(line.split())
    return text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}…"


# A longer line is prose, whatever it mentions.
LONGEST_COMMAND = 500
SHOWN_CHARS = 200

_TRACKERS = {tracker.value.lower(): tracker for tracker in VoteTracker} | {t.label.lower(): t for t in VoteTracker}
_VOTES = {"+1": 1, "0": 0, "-1": -1}
_OUTCOMES = {f"{outcome.value}{name}": (tracker, outcome) for name, tracker in _TRACKERS.items() for outcome in Outcome}
_BULLET = re.compile(r"[*+-][ \t]+")
_VOTE_LIKE = re.compile(r"[+-]\d{1,3}|0")
_TRACKER_LIKE = re.compile(
    r"[a-z]{0,12}(blocker|freezeexception|freeze)|(alpha|beta|final)?fe|0-?day|prev(ious)?-?release"
)
_GLUED = re.compile(r"([0-9a-z]{3,25})[:=]?[+-]\d")
_COMMANDS = {
    "agreed": (frozenset(_OUTCOMES), "outcomes such as AcceptedBetaBlocker"),
    "revote": (frozenset(_TRACKERS), "trackers"),
}
_NOT_PLAIN = "has formatting or characters that are not plain"
_MARKUP = "*_`~\"'.,;:!?()[]{}<>|\\“”‘’«»"


def _bare(line: str) -> str:
    """A line without the blanks around it and the list bullets before it."""
    start = len(line) - len(line.lstrip())
    while bullet := _BULLET.match(line, start):
        start = bullet.end()
    return line[start:].strip()


def _read_command(line: str) -> list[Item] | str:
    """What a line says, why it does not count, or nothing when it does not even look like a command."""
    words = [word for word in (word.strip(",;") for word in line.split()) if word]
    lower = [word.lower() if word.isascii() else word for word in words]
    match lower:
        case ["agreed", *rest] if rest and all(word in _OUTCOMES for word in rest):
            return _read_outcomes([_OUTCOMES[word] for word in rest], line)
        case ["revote", *rest] if rest and all(word in _TRACKERS for word in rest):
            return [Revote(tuple(dict.fromkeys(_TRACKERS[word] for word in rest)), line)]
    if ballots := _read_ballots(lower, line):
        return ballots
    return _reason(words, lower)


def _read_outcomes(outcomes: Sequence[tuple[VoteTracker, Outcome]], line: str) -> list[Item] | str:
    if len(dict(outcomes)) < len(set(outcomes)):
        return "says accepted and rejected of the same tracker"
    return [Agreed(tuple(dict.fromkeys(outcomes)), line)]


def _read_ballots(words: Sequence[str], line: str) -> list[Item]:
    """The pairs of a line; empty unless it consists of pairs."""
    ballots: list[Item] = []
    for first, second in zip(words[::2], words[1::2], strict=False):
        if first in _TRACKERS and second in _VOTES:
            ballots.append(Ballot(_TRACKERS[first], _VOTES[second], line))
        elif first in _VOTES and second in _TRACKERS:
            ballots.append(Ballot(_TRACKERS[second], _VOTES[first], line))
        else:
            return []
    return ballots if len(words) % 2 == 0 else []


def _reason(words: Sequence[str], lower: Sequence[str]) -> str:
    """Why a line that looks like a command does not count; empty for one that does not look like one."""
    plain = [_plain(word) for word in words]
    if plain and (command := _COMMANDS.get(plain[0])):
        wanted, what = command
        if plain[0].upper() in words[0] or not wanted.isdisjoint(plain[1:]):
            others = [word for word, key in zip(words[1:], lower[1:], strict=True) if key not in wanted]
            if words[1:] and not others:
                return _NOT_PLAIN
            return f"{plain[0].upper()} takes nothing but {what}, and has {_quoted(others) if others else 'nothing'}"
    return _reason_of_votes(words, lower, plain)


def _reason_of_votes(words: Sequence[str], lower: Sequence[str], plain: Sequence[str]) -> str:
    votes = [word for word in plain if _VOTE_LIKE.fullmatch(word)]
    trackers = [word for word in plain if word in _TRACKERS]
    if glued := [w for w, key in zip(words, plain, strict=True) if (m := _GLUED.fullmatch(key)) and m[1] in _TRACKERS]:
        return f"has no blank between tracker and vote: {_quoted(glued)}"
    if not votes or not (trackers or (len(plain) == 2 and any(map(_TRACKER_LIKE.fullmatch, plain)))):
        return ""
    others = [word for word, key in zip(words, plain, strict=True) if key not in trackers and key not in votes]
    if not trackers:
        return f"names no tracker that is voted on: {_quoted(others)}"
    if others:
        return f"has other words: {_quoted(others)}"
    if strange := [word for word in votes if word not in _VOTES]:
        return f"{strange[0]} is no vote: +1, 0 and -1 are"
    if any(key not in _TRACKERS and key not in _VOTES for key in lower):
        return _NOT_PLAIN
    return "is not made of pairs of a tracker and a vote"


def _quoted(words: Sequence[str]) -> str:
    return f"“{shorten(' '.join(words[:5]))}”"


def _plain(word: str) -> str:
    """A word without formatting, invisible characters and unusual forms of letters, digits and signs."""
    if not word.isascii():
        visible = (c for c in unicodedata.normalize("NFKC", word) if unicodedata.category(c) != "Cf")
        # Keyboards and word processors make dashes of a minus.
        word = "".join("-" if c == "\N{MINUS SIGN}" or unicodedata.category(c) == "Pd" else c for c in visible)
    return word.strip(_MARKUP).lower()
