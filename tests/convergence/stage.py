"""A Bugzilla and two services before it: one has each message at once, the other as the story has it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bbconsumer.wiring import build_source
from tests.convergence.scene import Scene, built_scene
from tests.convergence.service import SYNC, Service, service_on, settings_for
from tests.convergence.story import (
    Deliver,
    Edit,
    Filing,
    GiveBack,
    Lag,
    Move,
    Step,
    Story,
    TimePasses,
    TrackerEdit,
    Vanish,
)
from tests.convergence.truth import Truth, differences, differences_between, load, tell


@dataclass
class Stage:
    """The Bugzilla, the service that has each message at once, and the one that is tried."""

    scene: Scene
    straight: Service
    tried: Service

    def tell(self, story: Story) -> None:
        """Let all of a story happen."""
        for step in (*story.filings, *story.steps):
            match step:
                case Lag():
                    self.scene.lag(step)
                case Edit() | TrackerEdit() | Filing() | Vanish():
                    self.scene.let(step)
                    self._spread_messages()
                case _:
                    self.tried.let(step)

    def _spread_messages(self) -> None:
        for message in self.scene.messages:
            self.straight.receive(message)
            self.tried.under_way.append(message)
        self.scene.messages.clear()
        with self.scene.up_to_date():
            self.straight.work()

    def end(self) -> Truth:
        """No lag any more, and nothing happens; the straight service has its last sync, the tried one is under way."""
        self.scene.lag(Lag(0, only_history=False))
        self.tried.end_sync()
        assert self.straight.sync().problem == ""
        return tell(self.scene, build_source(self.straight.settings))

    def end_tried(self, finale: Iterable[Step]) -> str:
        """The last sync of the tried service, beside its workers; gives back what is wrong with it."""
        self.tried.let(Move(SYNC))
        for step in finale:
            match step:
                case Deliver() | GiveBack() | TimePasses() | Move(player=0 | 1):
                    self.tried.let(step)
                case _:
                    self.tried.move_on(SYNC)
        self.tried.end_sync()
        return self.tried.sync_problems()[-1]

    def differences(self, truth: Truth) -> list[str]:
        """In what the services differ from what they must hold, and from each other."""
        straight, tried = load(self.straight.database), load(self.tried.database)
        return [
            *(f"straight: {text}" for text in differences(straight, truth, self.scene)),
            *(f"tried: {text}" for text in differences(tried, truth, self.scene)),
            *differences_between(straight, tried, truth.concerned_ids),
        ]


@contextmanager
def staged(story: Story, folder: Path, prepared: Path, *, trips: bool = False) -> Iterator[Stage]:
    """The stage of a story, and the story told on it."""
    files = [Path(shutil.copy(prepared, folder / f"{name}.sqlite")) for name in ("straight", "tried")]
    with ExitStack() as stack:
        scene = stack.enter_context(built_scene(is_live=story.is_live))
        url = scene.bugzilla.url
        straight = settings_for(url, has_key=story.has_key)
        tried = settings_for(url, has_key=story.has_key, batch_size=story.batch_size, trips=trips)
        stage = Stage(
            scene,
            stack.enter_context(service_on(files[0], straight)),
            stack.enter_context(service_on(files[1], tried, scene.late_histories)),
        )
        stage.tell(story)
        yield stage
