"""Parts of the service in threads of their own, of which only one moves at a time, from pause to pause.

So two workers and a sync can be interleaved in every way, and the same way again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from typing import TypeVar

from bbconsumer.domain.snapshots import AbsenceReason, BugAnswer, HistoryEntry, TrackerSnapshot
from bbconsumer.sources import BugSource

T = TypeVar("T")

_PATIENCE_S = 120


class _Abandoned(BaseException):
    """The story is over before this part came to its end. Not an Exception, so that nothing takes it for an error."""


class Player:
    """One part. `begin` and `move` return when it pauses or has ended, and raise what it raised."""

    def __init__(self) -> None:
        self._go, self._stopped = threading.Semaphore(0), threading.Semaphore(0)
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None
        self._is_abandoned = False

    @property
    def is_playing(self) -> bool:
        """Whether it pauses somewhere in the midst."""
        return self._thread is not None

    def begin(self, part: Callable[[], object]) -> None:
        """Start a part and let it go to its first pause."""

        def play() -> None:
            try:
                self._wait()
                part()
            except BaseException as error:  # noqa: BLE001 - handed over to whoever moves this player
                self._error = error
            finally:
                self._thread = None
                self._stopped.release()

        self._thread = threading.Thread(target=play, name="player", daemon=True)
        self._thread.start()
        self.move()

    def move(self) -> None:
        """Let it go on to its next pause, or to its end."""
        self._go.release()
        if not self._stopped.acquire(timeout=_PATIENCE_S):
            raise AssertionError("a part of the service hangs")
        error, self._error = self._error, None
        if error is not None and not isinstance(error, _Abandoned):
            raise error

    def pause(self) -> None:
        """Called by the part: let others move."""
        self._stopped.release()
        self._wait()

    def abandon(self) -> None:
        """End it wherever it is."""
        self._is_abandoned = True
        while self.is_playing:
            self.move()

    def _wait(self) -> None:
        self._go.acquire()
        if self._is_abandoned:
            raise _Abandoned


class PausingEvent(threading.Event):
    """What a sync waits on between two looks at the queue: others move meanwhile."""

    def __init__(self, player: Player) -> None:
        super().__init__()
        self._player = player

    def wait(self, timeout: float | None = None) -> bool:  # noqa: ARG002 - time is the story's matter here
        """Pause."""
        self._player.pause()
        return self.is_set()


class PausingSource:
    """A source at which its player pauses before each question, and again before it does anything with the answer."""

    def __init__(self, source: BugSource, player: Player, late: Callable[[], AbstractContextManager[None]]) -> None:
        """`late`: within it histories come from a replica that may lag behind."""
        self.name = source.name
        self._source = source
        self._player = player
        self._late = late

    def fetch_bugs(
        self, ids: Collection[int], canary_ids: Collection[int], absent: Mapping[int, AbsenceReason]
    ) -> Mapping[int, BugAnswer]:
        return self._ask(lambda: self._source.fetch_bugs(ids, canary_ids, absent))

    def fetch_histories(self, ids: Collection[int]) -> Mapping[int, tuple[HistoryEntry, ...]]:
        return self._ask_replica(lambda: self._source.fetch_histories(ids))

    def fetch_trackers(self, ids: Collection[int]) -> Mapping[int, TrackerSnapshot]:
        return self._ask(lambda: self._source.fetch_trackers(ids))

    def fetch_former_members(self, tracker_ids: Collection[int]) -> frozenset[int]:
        return self._ask_replica(lambda: self._source.fetch_former_members(tracker_ids))

    def fetch_prioritized_ids(self) -> frozenset[int]:
        return self._ask(self._source.fetch_prioritized_ids)

    def find_tracker_id(self, alias: str) -> int | None:
        return self._ask(lambda: self._source.find_tracker_id(alias))

    def rest(self) -> None:
        self._source.rest()

    def _ask_replica(self, question: Callable[[], T]) -> T:
        def ask() -> T:
            with self._late():
                return question()

        return self._ask(ask)

    def _ask(self, question: Callable[[], T]) -> T:
        self._player.pause()
        answer = question()
        self._player.pause()
        return answer
