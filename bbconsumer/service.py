"""Runs consumer and workers as one process that ends as a whole: on a signal, or when one of them cannot go on.

Asked to end, it ends within seconds, whatever it waits for: what is under way may finish for a moment, then its keys go
back to the queue. A database or a broker that does not even refuse holds nothing up for longer than `END_S`; what is
then cut off is what a crash would cut off, and costs nothing but a lease.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from crochet import ReactorStopped
from fedora_messaging import api
from fedora_messaging.exceptions import (
    BadDeclaration,
    ConnectionException,
    ConsumerCanceled,
    HaltConsumer,
    PermissionException,
)
from sqlalchemy.exc import DBAPIError

from bbconsumer.asked_syncs import AskedSyncs
from bbconsumer.config import Settings
from bbconsumer.consumer import Consumer
from bbconsumer.crew import Crew
from bbconsumer.db.session import Database
from bbconsumer.messaging.connection import ASK_EVERY_S, BrokerConnection
from bbconsumer.monitoring.heartbeat import Heartbeats
from bbconsumer.monitoring.port import watched
from bbconsumer.monitoring.watchdog import Watchdog
from bbconsumer.reporting import note_verdicts
from bbconsumer.wiring import build_crew, build_syncs
from bbconsumer.worker import Worker

_log = logging.getLogger(__name__)

# How long a batch may go on after a signal, and when the process ends for good.
FINISH_S = 3.0
END_S = 8.0

_END_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_PART_ENDED = signal.SIGUSR1


def run_consumer(settings: Settings, database: Database) -> int:
    """Consume and work until a signal; gives back the exit code. The library's configuration must be loaded before."""
    _block_signals()
    crew, asked = build_crew(settings, database), _asked_syncs(settings, database)
    consumer = Consumer(settings, database, crew.wake)
    broker = BrokerConnection(settings.stuck_after_s)
    working = _parts(crew, asked)
    # The library's own threads take after the one that starts them: the process waits for them to finish a message.
    consuming = _Part("consumer", lambda: _consume(consumer), daemon=False)
    looking = threading.Thread(target=_look_after, args=(broker, consumer), name="watchdog", daemon=True)
    heartbeats = Heartbeats(database, {"consumer": broker.consumed_age_s, "worker": crew.age_s})
    with watched(settings, database, Watchdog([broker, consumer, *crew])):
        looking.start()
        _tell_alive(heartbeats)
        code = _run_until_signal([*working, consuming])
    # What Twisted has to say about our going is no news, least of all a critical one.
    logging.getLogger("twisted").disabled = True
    consumer.stop()
    _end(crew, asked, working)
    return code


def run_worker(settings: Settings, database: Database) -> int:
    """Work until a signal; gives back the exit code."""
    _block_signals()
    crew, asked = build_crew(settings, database), _asked_syncs(settings, database)
    working = _parts(crew, asked)
    with watched(settings, database, Watchdog(list(crew))):
        _tell_alive(Heartbeats(database, {"worker": crew.age_s}))
        code = _run_until_signal(working)
    _end(crew, asked, working)
    return code


class _Part(threading.Thread):
    """A part of the process, which ends when a part does: without its worker a consumer would look alive and store
    nothing."""

    def __init__(self, name: str, run: Callable[[], int], *, daemon: bool = True) -> None:
        super().__init__(name=name, daemon=daemon)
        self._run_part = run
        self.exit_code = 0

    def run(self) -> None:
        try:
            self.exit_code = self._run_part()
        except Exception:  # noqa: BLE001 - a sentence in the log and an exit code are all that is left to give
            _log.exception("the %s has failed; the process ends", self.name)
            self.exit_code = 1
        os.kill(os.getpid(), _PART_ENDED)


def _block_signals() -> None:
    """Before any thread is started, as each takes after its parent."""
    # Blocked and waited for: a handler would run only when the main thread next runs Python, which may be never.
    signal.pthread_sigmask(signal.SIG_BLOCK, (*_END_SIGNALS, _PART_ENDED))


def _look_after(broker: BrokerConnection, consumer: Consumer) -> None:
    while True:
        broker.ask()
        consumer.note_silence()
        time.sleep(ASK_EVERY_S)


def _tell_alive(heartbeats: Heartbeats) -> None:
    threading.Thread(target=heartbeats.run, name="heartbeats", daemon=True).start()


def _run_until_signal(parts: Sequence[_Part]) -> int:
    """Run the parts until a signal, or until one of them has ended; gives back the exit code."""
    for part in parts:
        part.start()
    signal.sigwait((*_END_SIGNALS, _PART_ENDED))
    code = max(part.exit_code for part in parts)
    timer = threading.Timer(END_S, _end_by_force, (code,))
    timer.daemon = True
    timer.start()
    # A second signal ends the process at once: everything that it does can be interrupted.
    for number in _END_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _END_SIGNALS)
    return code


def _end_by_force(code: int) -> None:
    _log.warning("something does not end, so it is cut off; nothing is lost by that")
    os._exit(code)


def _asked_syncs(settings: Settings, database: Database) -> AskedSyncs:
    return AskedSyncs(database, partial(build_syncs, settings, database), partial(note_verdicts, database, settings))


def _parts(crew: Crew, asked: AskedSyncs) -> list[_Part]:
    return [_Part(worker.name, partial(_work, worker)) for worker in (*crew, asked)]


def _end(crew: Crew, asked: AskedSyncs, working: Sequence[_Part]) -> None:
    """Let the workers finish what they have in hand, if that is soon; else somebody else shall do it."""
    crew.stop()
    asked.stop()
    finish_by = time.monotonic() + FINISH_S
    for part in working:
        part.join(max(0.0, finish_by - time.monotonic()))
    if any(part.is_alive() for part in working):
        try:
            crew.give_back()
        except DBAPIError as error:
            _log.warning("the keys in hand wait until their lease lapses: %s", type(error.orig).__name__)


def _work(worker: Worker | AskedSyncs) -> int:
    worker.run()
    return 0


def _consume(consumer: Consumer) -> int:
    # The library would call each of these a fault of its own, with a traceback; and Twisted tells when a broker that
    # cannot be reached is tried again, which nobody else does.
    logging.getLogger(api.__name__).setLevel(logging.CRITICAL)
    logging.getLogger("twisted").setLevel(logging.INFO)
    try:
        api.consume(consumer)
    except HaltConsumer as error:
        _log.error("consuming has ended: %s", error.reason)
        return error.exit_code
    except (BadDeclaration, PermissionException) as error:
        _log.error("the broker does not let us consume: %r", error)
    except ConnectionException as error:
        _log.error("the broker does not let us in: %s", error.reason)
    except ConsumerCanceled:
        _log.error("the broker has ended our consuming: the queue was deleted, or is moving to another node")
    except ReactorStopped:
        # The process ends.
        return 0
    else:
        return 0
    return 1
