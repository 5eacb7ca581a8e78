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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

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
    """What a comment holds, in the order of its lines; `said` are the lines that are neither quoted nor code."""

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
    for line, trouble in _readable_lines(text):
        if not trouble:
            said.append(line)
        if len(line) > LONGEST_COMMAND or not (found := _read_command(_bare(line))):
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
_FENCE = re.compile(r"(`{3,}|~{3,})(.*)", re.DOTALL)
_VOTE_LIKE = re.compile(r"[+-]\d{1,3}|0")
_TRACKER_LIKE = re.compile(r"[a-z]{0,12}(blocker|freezeexception|freeze|fe)|0-?day|prev(ious)?-?release")
_HIDING_TAG = re.compile(r"<(pre|code|blockquote|del|s|script|style|textarea)\b", re.IGNORECASE)
_MARKUP = "*_`~\"'.:!?()[]{}<>"
_QUOTE_GOES_ON = "continues the quote above it: leave an empty line between"
_INDENTED = "is indented, so it is shown as code"
_IN_CODE = "is marked as code"


def _readable_lines(text: str) -> Iterator[tuple[str, str]]:
    """The lines that are not quoted, code or hidden, each with the reason why it does not count all the same."""
    fence, until, is_quoted, is_code = "", "", False, False
    for line in text.splitlines():
        bare = _bare(line)
        indentation = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip(" "))
        if until:
            # Whatever follows the end on the same line stays hidden with it.
            until = "" if until in line.lower() else until
        elif fence:
            fence = "" if _closes(fence, line) else fence
        elif bare.startswith(">"):
            is_quoted = True
        elif not bare:
            is_quoted = is_code = False
        elif (opened := _FENCE.match(bare)) and not (bare[0] == "`" and "`" in opened[2]):
            fence, is_quoted = opened[1], False
        elif "<!--" in line:
            until = "" if "-->" in line.rpartition("<!--")[2] else "-->"
        elif hiding := _HIDING_TAG.search(line):
            end = f"</{hiding[1].lower()}>"
            until = "" if end in line.lower() else end
        elif is_quoted and bare == line.lstrip():
            yield line, _QUOTE_GOES_ON
        else:
            # A ` that is not closed on its line makes code of what follows, if another one closes it later.
            yield line, _INDENTED if indentation >= 4 else _IN_CODE if is_code or "`" in line else ""
            is_quoted, is_code = False, is_code ^ bool(line.count("`") % 2)


def _closes(fence: str, line: str) -> bool:
    bare = line.strip()
    return len(bare) >= len(fence) and not bare.strip(fence[0]) and len(line) - len(line.lstrip()) < 4


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
    if words and words[0] in {"AGREED", "REVOTE"}:
        wanted = _OUTCOMES if words[0] == "AGREED" else _TRACKERS
        others = [word for word, key in zip(words[1:], lower[1:], strict=True) if key not in wanted]
        return f"{words[0]} takes nothing but {_TAKES[words[0]]}, and has {_quoted(others) if others else 'nothing'}"
    plain = [_plain(word) for word in words]
    votes = [word for word in plain if _VOTE_LIKE.fullmatch(word)]
    trackers = [word for word in plain if word in _TRACKERS]
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
        return "has formatting or characters that are not plain"
    return "is not made of pairs of a tracker and a vote"


_TAKES = {"AGREED": "outcomes such as AcceptedBetaBlocker", "REVOTE": "trackers"}


def _quoted(words: Sequence[str]) -> str:
    return f"“{shorten(' '.join(words[:5]))}”"


def _plain(word: str) -> str:
    """A word without formatting, invisible characters and unusual forms of letters, digits and signs."""
    if not word.isascii():
        word = "".join(c for c in unicodedata.normalize("NFKC", word) if unicodedata.category(c) != "Cf")
        word = word.replace("\N{MINUS SIGN}", "-")
    return word.strip(_MARKUP).lower()
