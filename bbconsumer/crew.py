"""All workers of a process, as one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from bbconsumer.domain.keys import KeyKind
from bbconsumer.worker import Worker


class Crew:
    """The workers of a process, one for each kind of key. Each runs in a thread of its own."""

    def __init__(self, workers: Sequence[Worker]) -> None:
        self._workers = tuple(workers)

    def __iter__(self) -> Iterator[Worker]:
        return iter(self._workers)

    def age_s(self) -> float:
        """Seconds since the one of them got on that did so longest ago."""
        return max(worker.condition().age_s for worker in self._workers)

    def wake(self, kinds: Collection[KeyKind]) -> None:
        """Tell the workers of these kinds that there is something to do. Safe from any thread."""
        for worker in self._workers:
            if worker.kind in kinds:
                worker.wake()

    def stop(self) -> None:
        """Let all end after the batch that each has in hand. Safe from any thread and from a signal."""
        for worker in self._workers:
            worker.stop()

    def give_back(self) -> None:
        """Free all keys in hand for others at once.

        Raises:
            sqlalchemy.exc.DBAPIError: the database is away; the leases will lapse.
        """
        for worker in self._workers:
            worker.give_back()

    def work_once(self) -> int:
        """One batch of each kind, in this thread; gives back of how many keys, 0 when nothing was due.

        Raises:
            sqlalchemy.exc.DBAPIError: the database went away.
        """
        return sum(worker.work_once() for worker in self._workers)
