"""Three messages of ten are lost in a life of all sources, and after one sync nothing of that is to be seen.

Beside the service that is tried lives a twin that has every message at once. The one that is tried may write tickets
and decisions; the twin only reads.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from bbconsumer.simulator.cast import SERVICE
from bbconsumer.wiring import build_source
from tests.convergence import truth as bugs
from tests.lives.people import People
from tests.lives.service import SYNC_INTERVAL, LossyBus, Service, service_on
from tests.lives.size import SEEDS
from tests.lives.sources import Sources, opened_sources
from tests.lives.stored import differences_of_tickets, differences_of_updates, expect_none, load
from tests.lives.updates import differences_of_events, faults_in_events

HAPPENINGS = 100
_PAUSES_S = (0, 0, 1, 5, 20, 60, 120, 600)
# Long enough for an update to be through, for a complete listing of tickets, and for a bug to be forgotten.
_LONG_PAUSES = (timedelta(days=3), timedelta(days=15))
_LONG_AFTER = (30, 60)


@dataclass
class Life:
    """The sources, the service that is tried, its twin, and the bus to the one that is tried."""

    sources: Sources
    tried: Service
    twin: Service
    bus: LossyBus
    chance: Random

    def live(self) -> None:
        """Let all happen that happens."""
        people = People(self.sources, self.chance)
        people.begin()
        assert self.tried.sync() == self.twin.sync() == []
        self.spread()
        for number in range(HAPPENINGS):
            people.act()
            self.spread()
            if self.chance.random() < 0.5:
                self.tried.receive(self.bus.arriving())
                self.tried.work()
                self.spread()
            is_long = number in _LONG_AFTER
            self._pass(self.chance.choice(_LONG_PAUSES if is_long else [timedelta(seconds=s) for s in _PAUSES_S]))

    def end(self) -> None:
        """One sync, a day after the last, so that also what only a listing of all tickets can tell is known."""
        self.tried.receive(self.bus.arriving())
        self.tried.work()
        self._pass(timedelta(days=1))
        self.sources.clock.advance(1)
        assert self.tried.sync() == []
        self.spread()
        assert self.twin.sync() == []

    def spread(self) -> None:
        """Tell the twin everything, and give it to the bus."""
        while messages := self.sources.take_messages():
            self.bus.send(messages)
            self.twin.receive(messages)
            self.twin.work()

    def _pass(self, pause: timedelta) -> None:
        """Let time pass, with a sync when one is due. Nothing happens meanwhile, so that more than one brings nothing
        new."""
        end = self.sources.clock() + pause
        assert self.tried.synced_at
        if (due := self.tried.synced_at + SYNC_INTERVAL) <= end:
            self.sources.clock.now = max(due, self.sources.clock())
            assert self.tried.sync() == []
            self.spread()
        self.sources.clock.now = max(end, self.sources.clock())

    def differences(self) -> list[str]:
        """In what the services differ from what they must hold, and from each other."""
        truth = bugs.tell(self.sources.bugs, build_source(self.twin.settings))
        # What the service itself did to a bug is no happening.
        self.sources.bugs.chronicle.merged |= {
            bug_id for bug_id, events in truth.events.items() if any(event.who == SERVICE for event in events)
        }
        tried_bugs, twin_bugs = bugs.load(self.tried.database), bugs.load(self.twin.database)
        tried, twin = load(self.tried.database), load(self.twin.database)
        listed = [bug_id for bug_id in truth.concerned_ids if truth.is_active(bug_id)]
        return [
            *(f"tried: {text}" for text in bugs.differences(tried_bugs, truth, self.sources.bugs)),
            *(f"twin: {text}" for text in bugs.differences(twin_bugs, truth, self.sources.bugs)),
            *bugs.differences_between(tried_bugs, twin_bugs, truth.concerned_ids),
            *differences_of_tickets(tried, twin),
            *differences_of_updates(tried, twin, listed),
            *(f"tried: {text}" for text in faults_in_events(tried, self.sources.chronicle)),
            *(f"twin: {text}" for text in faults_in_events(twin, self.sources.chronicle)),
            *differences_of_events(tried, twin),
        ]


@contextmanager
def begun_life(seed: int, folder: Path, prepared: Path) -> Iterator[Life]:
    """A life before it is lived. With an even seed the service that is tried writes, too."""
    files = [Path(shutil.copy(prepared, folder / f"{name}.sqlite")) for name in ("tried", "twin")]
    with ExitStack() as stack:
        sources = stack.enter_context(opened_sources())
        tried, twin = (
            stack.enter_context(service_on(file, sources.settings(is_writing=is_writing), sources.clock))
            for file, is_writing in zip(files, (seed % 2 == 0, False), strict=True)
        )
        yield Life(sources, tried, twin, LossyBus(Random(f"bus {seed}")), Random(seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_after_one_sync_nothing_is_to_be_seen_of_lost_messages(seed: int, prepared: Path, tmp_path: Path) -> None:
    with begun_life(seed, tmp_path, prepared) as life:
        life.live()
        life.end()
        assert life.bus.lost > life.bus.sent / 5, "so few were lost that this shows nothing"
        expect_none(life.differences(), f"BBCONSUMER_LIVES_SEED={seed} tells this life again")
        life.tried.receive(life.bus.late())
        life.tried.work()
        expect_none(life.differences(), f"after late messages (BBCONSUMER_LIVES_SEED={seed})")
