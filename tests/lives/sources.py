"""The three sources, which go by one clock, and an independent record of what became of each update."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from fedora_messaging.message import Message

from bbconsumer.config import Secret, Settings
from bbconsumer.simulator.bodhi import Bodhi
from bbconsumer.simulator.bodhi_records import Update
from bbconsumer.simulator.bodhi_server import SimulatedBodhi
from bbconsumer.simulator.cast import SERVICE_KEY
from bbconsumer.simulator.pagure_cast import BOT_TOKEN, build_pagure
from bbconsumer.simulator.pagure_server import SimulatedPagure
from tests.convergence.scene import Scene, built_scene
from tests.flow.world import Clock

# Of one release Bodhi makes composes; of the other it pushes updates by themselves and tells little of it.
COMPOSED, NOT_COMPOSED = "F45", "F46"


@dataclass
class UpdateChronicle:
    """What each update was, and from when on, as read from Bodhi's own state after all that happened there."""

    states: dict[str, list[tuple[datetime, Update, bool]]] = field(default_factory=lambda: defaultdict(list))

    def note(self, bodhi: SimulatedBodhi, now: datetime) -> None:
        """Note what is another than it was; the last value of a note is whether the update cannot be read."""
        for update in bodhi.state.updates.all():
            known, is_hidden = self.states[update.alias], update.id in bodhi.switches.hide
            if not known or known[-1][1:] != (update, is_hidden):
                known.append((now, update, is_hidden))


@dataclass
class Sources:
    """`bugs` holds the messages of all three until they are taken."""

    clock: Clock
    bugs: Scene
    pagure: SimulatedPagure
    bodhi: SimulatedBodhi
    chronicle: UpdateChronicle = field(default_factory=UpdateChronicle)

    def take_messages(self) -> list[Message]:
        """What was told since this was asked last, in order."""
        messages, self.bugs.messages[:] = list(self.bugs.messages), []
        return messages

    def settings(self, *, is_writing: bool) -> Settings:
        """Those of a service before these sources, which may write to them; the removal gate never trips."""
        return Settings.of(
            bugzilla_url=self.bugs.bugzilla.url,
            bugzilla_api_key=Secret(SERVICE_KEY),
            bugzilla_tries=1,
            pagure_url=self.pagure.url,
            pagure_api=self.pagure.api_url,
            pagure_repo_token=Secret(BOT_TOKEN),
            pagure_tries=1,
            pagure_bot_enabled=is_writing,
            decisions_write_back=is_writing,
            bodhi_url=self.bodhi.url,
            bodhi_tries=1,
            # By the machine's clock, which hardly moves: only what waits for ever comes so far.
            sync_deadline_s=20,
            removals_max=1_000_000,
            removals_share=1.0,
        )


@contextmanager
def opened_sources(clock: Clock | None = None) -> Iterator[Sources]:
    """Trackers and one bug, no ticket, no update. All three go by the clock."""
    clock = clock or Clock()
    bodhi_state = Bodhi(clock=clock)
    bodhi_state.add_release(COMPOSED, mandatory_days=0)
    bodhi_state.add_release(NOT_COMPOSED, mandatory_days=0, composed_by_bodhi=False)
    with (
        built_scene(is_live=False, clock=clock) as bugs,
        SimulatedPagure(build_pagure(clock)) as pagure,
        SimulatedBodhi(bodhi_state) as bodhi,
    ):
        for source in (pagure, bodhi):
            source.on_message(lambda topic, body: bugs.messages.append(Message(topic=topic, body=body)))
        yield Sources(clock, bugs, pagure, bodhi)
