"""Runs consumer and worker as one process that ends as a whole: on a signal, or when either cannot go on."""

from __future__ import annotations

import logging
import os
import signal
import threading
from types import FrameType

from fedora_messaging import api
from fedora_messaging.exceptions import HaltConsumer

from bbconsumer.config import Settings
from bbconsumer.consumer import Consumer
from bbconsumer.db.session import Database
from bbconsumer.wiring import build_worker
from bbconsumer.worker import Worker

_log = logging.getLogger(__name__)


class _Stopped(BaseException):
    """A signal asked the process to end. Not an Exception, so that nothing takes it for an error."""


def run_consumer(settings: Settings, database: Database) -> int:
    """Consume and work until a signal; gives back the exit code. The library's configuration must be loaded before."""
    worker = build_worker(settings, database)
    threads = _WorkerThread(worker)
    threads.start()
    consumer = Consumer(settings, database, worker.wake)
    _on_signal(_raise_stopped)
    try:
        api.consume(consumer)
    except HaltConsumer as error:
        _log.error("consuming has ended: %s", error.reason)
        return error.exit_code
    except _Stopped:
        return threads.exit_code
    except Exception:  # noqa: BLE001 - a sentence in the log and an exit code are all that is left to give
        _log.exception("consuming has failed")
        return 1
    finally:
        # A second signal ends the process at once: everything that it does can be interrupted.
        _on_signal(signal.SIG_DFL)
        worker.stop()
        threads.join()
    return 0


def run_worker(settings: Settings, database: Database) -> int:
    """Work until a signal; gives back the exit code."""
    worker = build_worker(settings, database)
    _on_signal(lambda *_: worker.stop())
    worker.run()
    return 0


class _WorkerThread(threading.Thread):
    """A worker beside the consumer. A consumer without its worker would look alive and store nothing."""

    def __init__(self, worker: Worker) -> None:
        super().__init__(name="worker", daemon=True)
        self._worker = worker
        self.exit_code = 0

    def run(self) -> None:
        try:
            self._worker.run()
        except Exception:  # noqa: BLE001 - as above
            _log.exception("the worker has failed; the process ends")
            self.exit_code = 1
            os.kill(os.getpid(), signal.SIGTERM)


def _raise_stopped(_number: int, _frame: FrameType | None) -> None:
    raise _Stopped


def _on_signal(action: object) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, action)  # type: ignore[arg-type]
