"""A little Bugzilla for one bug: edits go forward in time and leave the history that a real one would.

It keeps, beside the history, what the history is a record of, so that a replay can be compared with the truth.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from hypothesis import strategies as st

from bbconsumer.domain.history import Mark, Span
from bbconsumer.domain.snapshots import BugSnapshot, HistoryEntry
from bbconsumer.domain.trackers import DECISION_WORDS, parse_decision_words
from tests.domain.factories import ALICE, BOB, CAROL, CREATED_AT, at, bug

_NOISE = ("openqa", "abrt_hash:12", "AcceptedBlockerX", ";")


@dataclass(frozen=True)
class Edit:
    """What one person saved at once, some seconds after the edit before."""

    pause: int
    who: str
    blocks: frozenset[int]
    whiteboard: str
    status: str


@dataclass
class Model:
    """The bug as it stands after some edits, and since when each tracker and word has been there."""

    blocks: frozenset[int]
    whiteboard: str
    second: int = 0
    status: str = "NEW"
    entries: list[HistoryEntry] = field(default_factory=list)
    spans: dict[int, Span] = field(default_factory=dict)
    marks: dict[str, Mark] = field(default_factory=dict)

    def __post_init__(self) -> None:
        created = Mark(CREATED_AT, ALICE)
        self.spans = {number: Span(created) for number in self.blocks}
        self.marks = dict.fromkeys(parse_decision_words(self.whiteboard), created)

    def save(self, edit: Edit) -> None:
        """Make an edit as Bugzilla does: only what differs is recorded, and one second of one person is one entry."""
        self.second += edit.pause
        mark = Mark(at(self.second), edit.who)
        for number in self.blocks - edit.blocks:
            self.spans[number] = Span(self.spans[number].opened, mark)
        for number in edit.blocks - self.blocks:
            self.spans[number] = Span(mark)
        old_words, new_words = parse_decision_words(self.whiteboard), parse_decision_words(edit.whiteboard)
        self.marks = {word: self.marks[word] if word in old_words else mark for word in new_words}
        self._record(mark, "blocks", _listed(self.blocks - edit.blocks), _listed(edit.blocks - self.blocks), ", ")
        self._record(mark, "whiteboard", self.whiteboard, edit.whiteboard, " ")
        self._record(mark, "status", self.status, edit.status, " ")
        self.blocks, self.whiteboard, self.status = edit.blocks, edit.whiteboard, edit.status

    def answer(self) -> BugSnapshot:
        """What Bugzilla answers about the bug now."""
        return bug(*self.blocks, words=self.whiteboard, status=self.status, last_change_at=at(self.second))

    def _record(self, mark: Mark, name: str, removed: str, added: str, glue: str) -> None:
        if removed == added:
            return
        assert mark.at is not None
        for i, entry in enumerate(self.entries):
            if (entry.at, entry.who, entry.field) == (mark.at, mark.who, name):
                removed, added = _joined(entry.removed, removed, glue), _joined(entry.added, added, glue)
                self.entries[i] = HistoryEntry(mark.at, mark.who, name, removed, added)
                return
        self.entries.append(HistoryEntry(mark.at, mark.who, name, removed, added))


def _listed(numbers: frozenset[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))


def _joined(first: str, second: str, glue: str) -> str:
    # As Bugzilla::Bug::_join_activity_entries does: nothing before the first text, the glue even before an empty one.
    return first + glue + second if first else second


_whiteboards = st.lists(st.sampled_from(DECISION_WORDS + _NOISE), max_size=4).map(" ".join)
_blocks = st.frozensets(st.sampled_from([1, 2, 3, 4, 99]))


@st.composite
def edits(draw: st.DrawFn, min_pause: int) -> Edit:
    """An edit by a person who touches trackers, words, the status, or several of them."""
    pause = draw(st.integers(min_pause, 3))
    # Bugzilla joins what one person does within a second; two persons within one are two entries in no certain order.
    who = ALICE if min_pause == 0 else draw(st.sampled_from([ALICE, BOB, CAROL]))
    return Edit(pause, who, draw(_blocks), draw(_whiteboards), draw(st.sampled_from(["NEW", "ASSIGNED", "POST"])))


@st.composite
def lives(draw: st.DrawFn, min_pause: int = 1) -> list[Model]:
    """A bug's model at its creation and after each of some edits, each a model of its own."""
    start = draw(_blocks), draw(_whiteboards)
    made = draw(st.lists(edits(min_pause), max_size=8))
    return list(_stages(start, made))


def _stages(start: tuple[frozenset[int], str], made: list[Edit]) -> Iterator[Model]:
    for count in range(len(made) + 1):
        model = Model(*start)
        for edit in made[:count]:
            model.save(edit)
        yield model


def nonsense() -> st.SearchStrategy[HistoryEntry]:
    """An entry of a history that nobody would believe."""
    return st.builds(
        HistoryEntry,
        st.integers(-5, 30).map(at),
        st.sampled_from([ALICE, BOB]),
        st.sampled_from(["blocks", "whiteboard", "blocks", "whiteboard", "blocked", "status_whiteboard", "status", ""]),
        _texts(),
        _texts(),
    )


def any_histories() -> st.SearchStrategy[list[HistoryEntry] | None]:
    """Nonsense, in any order and number, or nothing at all."""
    return st.none() | st.lists(nonsense(), max_size=10)


def any_bugs() -> st.SearchStrategy[BugSnapshot]:
    """Any answer about a bug, whatever its history says."""
    return st.builds(
        lambda numbers, words, groups, second: bug(*numbers, words=words, groups=groups, last_change_at=at(second)),
        st.frozensets(st.integers(0, 6)),
        _texts(),
        st.sampled_from([(), (), ("security",)]),
        st.integers(-10, 40),
    )


def _texts() -> st.SearchStrategy[str]:
    parts = st.sampled_from(["1", "AcceptedBlocker", "2,", *DECISION_WORDS, "3", "99", ","])
    few = st.sampled_from(["", "1", "2", "1, 2", "AcceptedBlocker", "RejectedBlocker"])
    return few | st.lists(parts, max_size=4).map(" ".join) | st.text(max_size=30)
