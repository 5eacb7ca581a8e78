"""Makes things happen at a simulated Bugzilla, and gathers the messages that tell of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from fedora_messaging.message import Message

from bbconsumer.domain.trackers import Milestone, MilestoneName, TrackerKind, tracker_alias
from bbconsumer.simulator.bugzilla import Bugzilla
from bbconsumer.simulator.cast import ADMIN, SECRETARY, add_people
from bbconsumer.simulator.records import Bug
from bbconsumer.simulator.server import SimulatedBugzilla
from tests.convergence.chronicle import Chronicle
from tests.convergence.story import ANCHOR, TRACKERS, Edit, Filing, Happening, Lag, TrackerEdit, Vanish
from tests.flow.world import Clock

MILESTONES = (Milestone("45", MilestoneName.BETA), Milestone("45", MilestoneName.FINAL))
_PEOPLE = (SECRETARY, ADMIN)
_NEW_BUG = {"product": "Fedora", "component": "kernel", "version": "45", "summary": "It crashes"}


class Scene:
    """One Bugzilla. `bug_ids`: the bugs that people filed, in order; `messages`: all that were sent, in order."""

    def __init__(self, bugzilla: SimulatedBugzilla, clock: Clock, *, is_live: bool) -> None:
        self.bugzilla = bugzilla
        self.chronicle = Chronicle()
        self.bug_ids: list[int] = []
        self.messages: list[Message] = []
        self._clock = clock
        self._is_live = is_live
        self._history_lag = 0
        self._state = bugzilla.state
        self._state.on_message(lambda topic, body: self.messages.append(Message(topic=topic, body=body)))

    @property
    def public_ids(self) -> set[int]:
        """The bugs that anyone may read now."""
        return {i for i in self.bug_ids if not self.bug(i).groups} - self.bugzilla.switches.hide

    def bug(self, bug_id: int) -> Bug:
        """A bug as it stands."""
        return self._state.bug(bug_id)

    def let(self, happening: Happening) -> None:
        """Make something happen."""
        match happening:
            case Filing():
                self._pass(happening.pause_s)
                bug_id = self._state.create_bug({**_NEW_BUG, **happening.fields}, SECRETARY)
                self.bug_ids.append(bug_id)
                self.chronicle.filed(self.bug(bug_id))
            case Edit():
                bug_id = self._chosen(happening.bug)
                self._edit(bug_id, [bug_id], happening.changes, happening.pause_s, _PEOPLE[happening.who])
            case TrackerEdit():
                bug_id = self._chosen(happening.bug)
                changes = {"depends_on": {happening.way: [bug_id]}}
                self._edit(bug_id, [happening.tracker], changes, happening.pause_s, SECRETARY)
            case Vanish():
                switches = self.bugzilla.switches
                switches.hide = switches.hide ^ {self._chosen(happening.bug)}

    def lag(self, lag: Lag) -> None:
        """Let Bugzilla answer late, if what happens is happening now."""
        if self._is_live:
            self._history_lag = lag.edits
            self.bugzilla.switches.lag_edits = 0 if lag.only_history else lag.edits

    @contextmanager
    def late_histories(self) -> Iterator[None]:
        """Histories are as late as was said, whatever the bugs are."""
        with self._lagging(self._history_lag):
            yield

    @contextmanager
    def up_to_date(self) -> Iterator[None]:
        """Without any lag meanwhile."""
        with self._lagging(0):
            yield

    @contextmanager
    def _lagging(self, edits: int) -> Iterator[None]:
        switches = self.bugzilla.switches
        before, switches.lag_edits = switches.lag_edits, edits
        try:
            yield
        finally:
            switches.lag_edits = before

    def _chosen(self, number: int) -> int:
        return self.bug_ids[number % len(self.bug_ids)]

    def _edit(self, bug_id: int, edited: list[int], changes: Mapping[str, Any], pause_s: int, who: str) -> None:
        self._pass(pause_s)
        before = self.bug(bug_id)
        self._state.update_bug(edited, changes, who)
        self.chronicle.edited(before, self.bug(bug_id), who)

    def _pass(self, seconds: int) -> None:
        self._clock.advance(seconds if self._is_live else max(1, seconds))


@contextmanager
def built_scene(*, is_live: bool, clock: Clock | None = None) -> Iterator[Scene]:
    """A Bugzilla with the trackers of two milestones and the bug that blocks them all. `clock`: one that it shares."""
    if clock is None:
        clock = Clock()
        clock.now = datetime.now(UTC) - (timedelta(0) if is_live else timedelta(days=30))
    state = Bugzilla(clock=clock)
    add_people(state)
    aliases = [tracker_alias(milestone, kind) for milestone in MILESTONES for kind in TrackerKind]
    numbers = [state.create_bug({**_NEW_BUG, "alias": [alias]}, SECRETARY) for alias in aliases]
    assert tuple(numbers) == TRACKERS
    assert state.create_bug({**_NEW_BUG, "blocks": numbers}, SECRETARY) == ANCHOR
    with SimulatedBugzilla(state) as bugzilla:
        yield Scene(bugzilla, clock, is_live=is_live)
