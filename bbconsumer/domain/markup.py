"""Tells which lines of a comment its author says, and which are quoted, code or hidden.

Programs show Markdown differently: where they do, a line does not count. So this never takes for said what one of them
shows as a quote or as code, and what it cannot tell it gives back with the reason. Never fails, whatever the text, and
looks at each character a fixed number of times.
Source: https://spec.commonmark.org/ and https://python-markdown.github.io/, which Pagure uses
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

QUOTE_GOES_ON = "continues the quote above it: leave an empty line between"
INDENTED = "is indented, so it is shown as code"
IN_CODE = "is marked as code"
BESIDE_HIDDEN = "shares its line with something that is hidden, quoted or code"

# Markdown knows no other ends of lines; a quoted U+2028 is still in the quote.
_LINE_END = re.compile(r"\r\n|\r|\n")
_LIST_MARK = re.compile(r"(?:[*+-]|[0-9]{1,9}[.)])[ \t]+")
_FENCE = re.compile(r"(`{3,}|~{3,})(.*)", re.DOTALL)
_TICKS_OR_ESCAPE, _TICKS = re.compile(r"\\[\\`]|`+"), re.compile(r"`+")
# "<!-->" is both: it opens a comment and closes it.
_HIDING = re.compile(
    r"<!(?=--)|-->|<(/?)(pre|code|blockquote|del|s|script|style|textarea)\b[^<>]{0,200}>?", re.IGNORECASE
)


def readable_lines(text: str) -> Iterator[tuple[str, str]]:
    """The lines that are not quoted, code or hidden, each with the reason why it does not count all the same."""
    reader = _Reader()
    for line in _LINE_END.split(text):
        if found := reader.read(line):
            yield found


@dataclass(slots=True)
class _Reader:
    """What is open at the end of the lines read so far."""

    fence: str = ""
    fence_column: int = 0
    hidden_by: str = ""
    depth: int = 0
    is_quoted: bool = False
    ticks: int = 0
    is_apart: bool = True

    def read(self, line: str) -> tuple[str, str] | None:
        """The part of the next line that can be read, and why it does not count; None if there is none."""
        if self.hidden_by:
            return self._read_text(line, BESIDE_HIDDEN)
        if self.fence:
            self._close_fence(line)
            return None
        if not line.strip(" \t"):
            self._begin_anew()
            return None
        block = _without_marks(line)
        if block.startswith(">"):
            self.is_quoted, self.is_apart = True, False
            return None
        if _indentation(line) >= 4:
            # Code, or what goes on in a list or paragraph. Code opens nothing.
            return self._read_code(line) if self.is_apart else self._read_text(line, INDENTED)
        if (opened := _FENCE.match(block)) and not (block[0] == "`" and "`" in opened[2]):
            self._begin_anew()
            self.fence, self.fence_column = opened[1], _width(line[: line.index(opened[1])])
            return None
        self.is_apart = False
        return self._read_text(line, "")

    def _begin_anew(self) -> None:
        self.fence, self.is_quoted, self.ticks, self.is_apart = "", False, 0, True

    def _close_fence(self, line: str) -> None:
        bare = line.strip(" \t")
        is_end = len(bare) >= len(self.fence) and not bare.strip(self.fence[0])
        if is_end and _indentation(line) < self.fence_column + 4:
            self._begin_anew()

    def _read_code(self, line: str) -> tuple[str, str]:
        _, self.ticks = _code_spans(line, self.ticks)
        return line, INDENTED

    def _read_text(self, line: str, reason: str) -> tuple[str, str] | None:
        was_code = self.ticks
        visible = self._visible(line)
        if not visible.strip():
            return None
        if not reason and self.is_quoted:
            reason = QUOTE_GOES_ON
        if not reason and (was_code or "`" in line):
            # A ` that is not closed on its line makes code of what follows, if another one closes it later.
            reason = IN_CODE
        return visible, reason or (BESIDE_HIDDEN if visible != line else "")

    def _visible(self, line: str) -> str:
        """What of a line is neither in an HTML comment nor in an element that is quoted, code or not shown."""
        masked = line
        if not self.hidden_by:
            # What is mentioned as code hides nothing.
            spans, self.ticks = _code_spans(line, self.ticks)
            masked = _mask(line, spans)
        shown, start = [], 0
        for mark in _HIDING.finditer(masked):
            was_hidden = self.hidden_by
            self._turn(mark)
            if was_hidden and not self.hidden_by:
                start = mark.end()
            elif self.hidden_by and not was_hidden:
                shown.append(line[start : mark.start()])
        if not self.hidden_by:
            shown.append(line[start:])
        return " ".join(shown)

    def _turn(self, mark: re.Match[str]) -> None:
        """Go into, deeper into or out of what hides."""
        name, is_end = (mark[2] or "!").lower(), mark[1] == "/" or mark[0] == "-->"
        if not self.hidden_by and not is_end:
            self.hidden_by, self.depth = name, 1
        elif self.hidden_by == name and is_end:
            self.depth -= 1
            self.hidden_by = name if self.depth else ""
        elif self.hidden_by == name and name != "!":
            self.depth += 1


def _code_spans(line: str, ticks: int) -> tuple[list[tuple[int, int]], int]:
    """The code spans that begin and end on a line, and what is open after it; `ticks`: what was open before it."""
    spans: list[tuple[int, int]] = []
    start, position = -1, 0
    while found := (_TICKS if ticks else _TICKS_OR_ESCAPE).search(line, position):
        position, count = found.end(), len(found[0])
        if ticks == count:
            spans += [(start, found.start())] if start >= 0 else []
            ticks = 0
        elif not ticks and found[0][0] == "`":
            ticks, start = count, position
    return spans, ticks


def _mask(line: str, spans: list[tuple[int, int]]) -> str:
    parts, position = [], 0
    for start, end in spans:
        parts += [line[position:start], " " * (end - start)]
        position = end
    return "".join((*parts, line[position:]))


def _without_marks(line: str) -> str:
    """A line without the blanks around it and the list marks before it."""
    start = len(line) - len(line.lstrip())
    while mark := _LIST_MARK.match(line, start):
        start = mark.end()
    return line[start:].strip()


def _width(blanks: str) -> int:
    return len(blanks.expandtabs(4))


def _indentation(line: str) -> int:
    return _width(line[: len(line) - len(line.lstrip(" \t"))])
