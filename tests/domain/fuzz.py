"""Builds comments out of nested fragments, and knows by itself which votes must come out of them.

A fragment is written so that Markdown leaves no doubt whether its lines are said: the generator never reads a comment.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

TRACKERS = {
    "BetaBlocker": "BetaBlocker",
    "FinalBlocker": "FinalBlocker",
    "BetaFreezeException": "BetaFE",
    "BetaFE": "BetaFE",
    "FinalFreezeException": "FinalFE",
    "FinalFE": "FinalFE",
    "0Day": "0Day",
    "PreviousRelease": "PreviousRelease",
}
VOTES = ("+1", "0", "-1")
PROSE = (
    "I see this on my laptop as well, with kernel 6.17.",
    "Not sure about this one: 0 of 5 tries failed here.",
    "This violates “the installer must start” for FinalBlocker in my eyes",
    "**Agreed**, see https://example.test/#comment-5 and `dnf upgrade` for AcceptedBetaBlocker",
    "Bullet points:\n* one\n* two\n\n1. three\n2. four",
    "| a | b |\n|---|---|\n| BetaBlocker | x |",
    "# A heading\n\n---",
    "@bob \\o/ \\` <b>bold</b> &lt; a<b>c 日本語 🎉",
    "A mention of `<pre>` and ``<!-- ` `` in passing",
    "word " * 200 + "BetaBlocker +1",
)
BROKEN = (
    "{tracker} {vote} for sure",
    "**{tracker} {vote}**",
    "{tracker}\u200b {vote}",
    "\u202e{tracker} {vote}",
    "\ufeff{tracker} {vote}",
    "{tracker} +２",
    "{tracker} +9",
    "{tracker}: {vote}",
    "{tracker} {vote} {tracker}",
    "1. {tracker} {vote}",
    "    {tracker} {vote}",
    "`{tracker} {vote}`",
    "{tracker} {vote} <!-- so -->",
    "AGREED Accepted{tracker} {vote}",
)
ENDS = ("\n", "\r\n", "\r")
TAGS = ("pre", "code", "blockquote", "del", "s", "PRE")


@dataclass(frozen=True)
class Made:
    """A comment, and the votes in it such as ``BetaFE-1``, in their order."""

    text: str
    votes: list[str]


@dataclass(frozen=True)
class _Part:
    """Some lines, whether they may stand in an HTML element, and the votes among them."""

    lines: list[str]
    votes: list[str]


class Writer:
    """Writes comments, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def comment(self) -> Made:
        """A comment of a few fragments, parted by empty lines."""
        parts = [self._fragment(3) for _ in range(self._random.randint(1, 6))]
        lines = [line for part in parts for line in (*part.lines, *[""] * self._random.randint(1, 2))]
        votes = [vote for part in parts for vote in part.votes]
        if self._random.random() < 0.1:
            lines += self._unclosed()
        return Made(self._random.choice(ENDS).join(lines), votes)

    def long_comment(self, length: int) -> Made:
        """A comment of at least so many characters, most of it one fragment that is repeated, then a vote."""
        block = self._fragment(3)
        piece = "\n".join((*block.lines, "", ""))
        count = length // len(piece) + 1
        last = self._votes()
        return Made(piece * count + "\n".join(last.lines), block.votes * count + last.votes)

    def _fragment(self, depth: int) -> _Part:
        kinds: list[Callable[[int], _Part]] = [self._quote, self._fence, self._element, self._comment, self._listed]
        simple = [self._votes, self._prose, self._broken]
        if depth and self._random.random() < 0.5:
            return self._random.choice(kinds)(depth - 1)
        return self._random.choice(simple)()

    def _votes(self) -> _Part:
        lines, votes = [], []
        for _ in range(self._random.randint(1, 3)):
            line: list[str] = []
            for _ in range(self._random.randint(1, 3)):
                name, vote = self._random.choice(list(TRACKERS)), self._random.choice(VOTES)
                votes.append(f"{TRACKERS[name]}{int(vote):+d}")
                name = self._random.choice((name, name.lower(), name.upper()))
                line += self._random.choice(((name, vote), (vote, name)))
            blank = self._random.choice((" ", "  ", "\t", "\u00a0", ", "))
            lines.append(self._random.choice(("", " ", "   ", "* ", "- ")) + blank.join(line) + "  ")
        return _Part(lines, votes)

    def _prose(self) -> _Part:
        return _Part(self._random.choice(PROSE).split("\n"), [])

    def _broken(self) -> _Part:
        line = self._random.choice(BROKEN)
        name, vote = self._random.choice(list(TRACKERS)), self._random.choice(VOTES)
        return _Part([line.format(tracker=name, vote=vote)], [])

    def _quote(self, depth: int) -> _Part:
        mark = self._random.choice(("> ", ">", "   > ", "- > ", "> > "))
        lines = [mark + line for line in self._fragment(depth).lines]
        if self._random.random() < 0.3:
            # Continued without a mark.
            lines += [line.lstrip() for line in self._votes().lines]
        return _Part(lines, [])

    def _fence(self, depth: int) -> _Part:
        inner = self._fragment(depth).lines
        sign = self._random.choice("`~")
        longest = max(len(line) - len(line.replace(sign, "")) for line in inner)
        fence = sign * (max(3, longest + 1) + self._random.randint(0, 3))
        mark, info = self._random.choice(("", "  ", "- ", "1. ", "  - ")), self._random.choice(("", "text", " +1"))
        rest = " " * len(mark)
        return _Part([f"{mark}{fence}{info}", *(rest + line for line in inner), f"{rest}{fence}"], [])

    def _element(self, depth: int) -> _Part:
        tag = self._random.choice(TAGS)
        # There a ` protects nothing: what it surrounds is an element within the element.
        unclosed = re.compile("<!--|-->|`<pre>`")
        inner = [unclosed.sub("", line) for line in self._fragment(depth).lines]
        return _Part([f"<{tag}>", *inner, f"</{tag}>"], [])

    def _comment(self, depth: int) -> _Part:
        inner = [line.replace("<!--", "").replace("-->", "") for line in self._fragment(depth).lines]
        begin = self._random.choice(("<!--", "<!-- begin", "text <!--", "<!-- a --> <!--"))
        return _Part([begin, *inner, "-->"], [])

    def _listed(self, _depth: int) -> _Part:
        mark = self._random.choice(("* ", "- ", "+ ", "- * "))
        votes = self._votes()
        return _Part([mark + line.lstrip(" ") for line in votes.lines], votes.votes)

    def _unclosed(self) -> list[str]:
        hiding = self._random.choice(("```", "~~~~ text", "<!--", "<pre>", "text <code>", "- ```"))
        return [hiding, *self._votes().lines, "", *self._votes().lines]
