"""Replays a bug's history: since when, and by whose hand, it blocks each tracker and carries each decision word.

Bugzilla tells the present state and the changes that led to it. Undoing the changes from the present backwards gives
the first state; doing them again forwards gives every state between, with its time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from bbconsumer.domain.snapshots import BugSnapshot, HistoryEntry
from bbconsumer.domain.trackers import list_decision_words, parse_decision_words

BLOCKS_FIELDS = frozenset({"blocks", "blocked"})
WHITEBOARD_FIELDS = frozenset({"whiteboard", "status_whiteboard"})

# Bugzilla's ids are 32-bit integers: more digits are no id.
_MAX_DIGITS = 10


@dataclass(frozen=True, slots=True)
class Mark:
    """When and by whom something was set. `at` is None where the history contradicts the present state."""

    at: datetime | None
    who: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """One stay on a tracker; `closed` is None while it lasts."""

    opened: Mark
    closed: Mark | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a bug stood at one moment: the last stay on each tracker, and the decision words, present and past."""

    at: datetime | None
    who: str
    spans: dict[int, Span] = field(default_factory=dict)
    words: dict[str, Mark] = field(default_factory=dict)
    past_words: dict[str, tuple[Span, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Change:
    """What one moment did to a set; what is `renewed` was both taken away and put there within the second."""

    added: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    renewed: frozenset[str] = frozenset()


def parse_ids(text: str) -> frozenset[int]:
    """The bug numbers in one side of a ``blocks`` change; everything else in it is passed over."""
    return frozenset(_list_ids(text))


def replay(bug: BugSnapshot, history: Sequence[HistoryEntry] | None) -> Iterator[Standing]:
    """Yield where the bug stood at its creation and after each moment that touched trackers or words; never empty.

    The last one is the present. With `history` None (not known) only the present is yielded, its times unknown.
    """
    now_blocks = frozenset(map(str, bug.blocks))
    now_words = parse_decision_words(bug.whiteboard)
    if history is None:
        unknown = Mark(None)
        yield Standing(None, "", {int(b): Span(unknown) for b in now_blocks}, dict.fromkeys(now_words, unknown))
        return
    # A change that is younger than the answer about the bug belongs to the next answer.
    moments = _moments((entry for entry in history if entry.at <= bug.last_change_at), bug.whiteboard)
    first_blocks, odd_blocks = _undo(now_blocks, [blocks for _, _, blocks, _ in moments])
    first_words, odd_words = _undo(now_words, [words for _, _, _, words in moments])
    created = Mark(bug.created_at, bug.creator)
    spans = {int(b): Span(Mark(None) if b in odd_blocks else created) for b in first_blocks}
    words = {w: Mark(None) if w in odd_words else created for w in first_words}
    past_words: dict[str, tuple[Span, ...]] = {}
    yield Standing(created.at, created.who, spans, words, past_words)
    for at, who, block_change, word_change in moments:
        spans, words, past_words = dict(spans), dict(words), dict(past_words)
        _move_spans(spans, block_change, Mark(at, who), odd_blocks)
        _move_words(words, past_words, word_change, Mark(at, who), odd_words)
        yield Standing(at, who, spans, words, past_words)


def _moments(entries: Iterable[HistoryEntry], whiteboard: str) -> list[tuple[datetime, str, _Change, _Change]]:
    relevant = sorted(
        (entry for entry in entries if entry.field in BLOCKS_FIELDS | WHITEBOARD_FIELDS), key=lambda entry: entry.at
    )
    moments = [list(group) for _, group in groupby(relevant, key=lambda entry: entry.at)]
    word_changes = _word_changes(moments, whiteboard)
    return [
        (parts[-1].at, parts[-1].who, _block_change(parts), words)
        for parts, words in zip(moments, word_changes, strict=True)
    ]


def _list_ids(text: str) -> Iterator[int]:
    for part in text.replace(",", " ").split():
        if part.isascii() and part.isdigit() and len(part) <= _MAX_DIGITS:
            yield int(part)


def _block_change(parts: Iterable[HistoryEntry]) -> _Change:
    parts = [part for part in parts if part.field in BLOCKS_FIELDS]
    added = Counter(str(number) for part in parts for number in _list_ids(part.added))
    removed = Counter(str(number) for part in parts for number in _list_ids(part.removed))
    # Only differences are recorded, so within one second each id alternates, and the surplus is what is left of it.
    return _Change(frozenset(added - removed), frozenset(removed - added), frozenset(added.keys() & removed.keys()))


def _word_changes(moments: Sequence[Sequence[HistoryEntry]], whiteboard: str) -> list[_Change]:
    """What each moment did to the words.

    The whiteboard is recorded as a whole, before and after, and the texts of one second are joined: ``removed`` is the
    text before and all texts between, ``added`` all texts between and the text after. From the present backwards the
    text after is known, and so the others.
    """
    after: Sequence[str] = list_decision_words(whiteboard)
    changes = []
    for moment in reversed(moments):
        parts = [part for part in moment if part.field in WHITEBOARD_FIELDS]
        if not parts:
            changes.append(_Change())
            continue
        removed = list_decision_words(" ".join(part.removed for part in parts))
        added = list_decision_words(" ".join(part.added for part in parts))
        between = _without_end(added, after)
        before = None if between is None else _without_end(removed, between)
        if before is None:
            # The history contradicts itself here: what stands on both sides counts as kept.
            after, before = added, removed
        changes.append(_Change(frozenset(after) - frozenset(before), frozenset(before) - frozenset(after)))
        after = before
    return changes[::-1]


def _without_end(words: Sequence[str], end: Sequence[str]) -> Sequence[str] | None:
    start = len(words) - len(end)
    return words[:start] if words[start:] == end else None


def _undo(now: frozenset[str], changes: Sequence[_Change]) -> tuple[frozenset[str], frozenset[str]]:
    """The first state, and the values of which the history contradicts the present."""
    odd: set[str] = set()
    state = now
    for change in reversed(changes):
        odd |= (change.added - state) | (change.removed & state)
        state = (state - change.added) | change.removed
    # The replay must end in the present, whatever the history says: a contradicted value stays as it is now throughout.
    return (state - odd) | (odd & now), frozenset(odd)


def _move_spans(spans: dict[int, Span], change: _Change, mark: Mark, odd: frozenset[str]) -> None:
    for value in change.renewed - odd:
        if (span := spans.get(int(value))) and span.closed is None:
            spans[int(value)] = Span(mark)
    for value in change.added - odd:
        spans[int(value)] = Span(mark)
    for value in change.removed - odd:
        if span := spans.get(int(value)):
            spans[int(value)] = Span(span.opened, mark)


def _move_words(
    words: dict[str, Mark], past: dict[str, tuple[Span, ...]], change: _Change, mark: Mark, odd: frozenset[str]
) -> None:
    for value in change.added - odd:
        words[value] = mark
    for value in change.removed - odd:
        if since := words.pop(value, None):
            past[value] = (*past.get(value, ()), Span(since, mark))
