"""What becomes of the broker and of the connections to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from random import Random

from tests.faults.stage import Stage


@contextmanager
def _restarted(stage: Stage, _chance: Random) -> Iterator[None]:
    stage.rabbitmq.stop()
    try:
        yield
    finally:
        stage.rabbitmq.start()


@contextmanager
def _crashed(stage: Stage, _chance: Random) -> Iterator[None]:
    stage.rabbitmq.crash()
    try:
        yield
    finally:
        stage.rabbitmq.start()


@contextmanager
def _closed(stage: Stage, _chance: Random) -> Iterator[None]:
    """Every connection is closed by the broker's administrator."""
    stage.rabbitmq.kill_connections()
    yield


@contextmanager
def _cut(stage: Stage, _chance: Random) -> Iterator[None]:
    """The consumer's connection is cut, at the beginning and at the end."""
    stage.consumer_cable.cut()
    yield
    stage.consumer_cable.cut()


@contextmanager
def _unconfirmed(stage: Stage, _chance: Random) -> Iterator[None]:
    """Messages arrive, and whoever published them is not told: they are published again."""
    cable = stage.publisher_cable
    cable.is_deaf = True
    try:
        yield
    finally:
        cable.cut()
        cable.is_deaf = False


@contextmanager
def _without_queue(stage: Stage, _chance: Random) -> Iterator[None]:
    """The queue is deleted with all that waits in it; the consumer, which is started again, makes a new one."""
    stage.bus.delete_queue()
    yield


Fault = Callable[[Stage, Random], AbstractContextManager[None]]
# A broker takes many seconds to come back.
RARE: Mapping[str, Fault] = {"broker restarted": _restarted, "broker crashed": _crashed, "connections closed": _closed}
FAULTS: Mapping[str, Fault] = {"connection cut": _cut, "confirms lost": _unconfirmed}
LOSING: Mapping[str, Fault] = {"queue deleted": _without_queue}
