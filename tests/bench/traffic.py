"""What goes over the bus on an ordinary day, at a steady rate, and how many messages wait meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from itertools import cycle
from random import Random
from statistics import linear_regression

from tests.bench import bus, processes
from tests.bench.world import BugzillaProcess

# Numbers of bugs that no database of the bench knows, and a time that no answer is older than.
UNKNOWN_BUG_IDS, LONG_AGO = range(1_700_001, 1_700_501), "2020-01-01T00:00:00Z"
# Of 200 messages 160 are of topics that are not ours, 19 comments on bugs that are not ours, 20 changes of such, and
# one is about a bug of ours: at 200 a second still more than on any real day.
MIX = ("foreign",) * 160 + ("comment",) * 19 + ("unknown",) * 20 + ("known",)
_TURN_S, _LOOK_S = 0.01, 0.25


def mixed(known_ids: Sequence[int], count: int, changed_at: str) -> list[bus.Message]:
    """So many messages of the mix, in disorder; those about our bugs tell of a change at that time."""
    unknown, seed = list(UNKNOWN_BUG_IDS), 5
    messages = {
        "foreign": cycle(bus.foreign(1)),
        "comment": cycle(bus.updates(unknown, len(unknown), LONG_AGO, is_comment=True)),
        "unknown": cycle(bus.updates(unknown, len(unknown), LONG_AGO)),
        "known": cycle(bus.updates(known_ids, len(known_ids), changed_at)),
    }
    kinds = [MIX[number % len(MIX)] for number in range(count)]
    Random(seed).shuffle(kinds)
    return [next(messages[kind]) for kind in kinds]


class Traffic:
    """A context manager: the mix, so many a second, while the block runs. A bug of ours is really changed each time.

    Nobody else may use the queue's channel meanwhile.
    """

    def __init__(self, queue: bus.Queue, bugzilla: BugzillaProcess, known_ids: Sequence[int], per_s: float) -> None:
        self.sent_count = 0
        self.seconds = 0.0
        self._queue = queue
        self._bugzilla = bugzilla
        self._known_ids = known_ids
        self._per_s = per_s
        self._depths: list[tuple[float, int]] = []
        self._is_over = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="traffic", daemon=True)

    @property
    def greatest_depth(self) -> int:
        """How many messages waited at most."""
        return max(depth for _, depth in self._depths)

    def growth(self) -> float:
        """By how many messages a second the queue grew: the slope of a line through all looks at it."""
        times, depths = zip(*self._depths, strict=True)
        return linear_regression(times, depths).slope

    def __enter__(self) -> Traffic:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()
        if self._failure is not None:
            raise processes.BenchFailed("the traffic broke off") from self._failure

    def _run(self) -> None:
        try:
            self._send()
        except Exception as error:  # noqa: BLE001 - it is raised in the thread that waits for this one
            self._failure = error

    def _send(self) -> None:
        ordinary = cycle(mixed(self._known_ids, 20 * len(MIX), LONG_AGO))
        known_ids, began, looked_at = cycle(self._known_ids), time.perf_counter(), float("-inf")
        while not self._is_over.wait(_TURN_S):
            self.seconds = time.perf_counter() - began
            due = [next(ordinary) for _ in range(int(self.seconds * self._per_s) - self.sent_count)]
            self._queue.publish(self._changed(message, known_ids) for message in due)
            self.sent_count += len(due)
            if self.seconds >= looked_at + _LOOK_S:
                looked_at = self.seconds
                self._depths.append((self.seconds, self._queue.depth()))

    def _changed(self, message: bus.Message, known_ids: cycle[int]) -> bus.Message:
        """The message as it is, or if it is about a bug of ours, one about a change that is made right now."""
        if message[1].get("event", {}).get("bug_id") not in self._known_ids or message[0] != bus.UPDATE:
            return message
        bug_id = next(known_ids)
        changed_at = self._bugzilla.edit([bug_id], summary=f"It stops after {self.sent_count} messages")
        return bus.updates([bug_id], 1, changed_at)[0]
