"""The port that the platform asks: health, and figures. It has threads of its own, so that it answers when all else is
stuck, and serves nothing about bugs."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

from bbconsumer import metrics
from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from bbconsumer.monitoring.figures import StoredFigures
from bbconsumer.monitoring.watchdog import Watchdog

_log = logging.getLogger(__name__)

# A connection on which nothing is asked is closed after so many seconds.
IDLE_S = 10

# What a path answers: status, content type, body.
Answer = tuple[int, str, bytes]


@contextmanager
def watched(settings: Settings, database: Database, watchdog: Watchdog | None = None) -> Iterator[None]:
    """Tell figures, and health where there is a watchdog, on the port of the settings as long as the block lasts."""
    figures = StoredFigures(database, settings)
    metrics.REGISTRY.register(figures)
    answers = {"/metrics": metrics.exposition, **(health_answers(watchdog) if watchdog else {})}
    try:
        with _opened_port(settings.metrics_host, settings.metrics_port, answers):
            yield
    finally:
        metrics.REGISTRY.unregister(figures)


@contextmanager
def _opened_port(host: str, port: int, answers: Mapping[str, Callable[[], Answer]]) -> Iterator[None]:
    """Answer on a port as long as the block lasts; 0 opens none.

    One that cannot be opened is said in the log and nothing else: a process is no worse for not being looked at.
    """
    if not port:
        yield
        return
    try:
        server = _Server((host, port), _handler_of(answers))
    except OSError as error:
        _log.warning("neither health nor metrics of this process can be asked for: port %d: %s", port, error.strerror)
        yield
        return
    thread = Thread(target=server.serve_forever, name="port", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def health_answers(watchdog: Watchdog) -> Mapping[str, Callable[[], Answer]]:
    """``/healthz/live`` is 503 when only a restart helps, ``/healthz/ready`` also while a part waits for long."""

    def answer(key: str) -> Answer:
        report = watchdog.report()
        status = HTTPStatus.OK if report[key] else HTTPStatus.SERVICE_UNAVAILABLE
        if not report[key]:
            _log.warning("not %s: %s", key, report["parts"])
        return status, "application/json", json.dumps(report).encode() + b"\n"

    return {"/healthz/live": lambda: answer("live"), "/healthz/ready": lambda: answer("ready")}


class _Server(ThreadingHTTPServer):
    """Its threads do not hold up the end of the process."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - as the library calls it
        """Who asks may go away before the answer; the library would print a traceback past the log."""
        _log.warning("a question to the port was not answered: %r", sys.exc_info()[1])


def _handler_of(answers: Mapping[str, Callable[[], Answer]]) -> type[BaseHTTPRequestHandler]:
    class Asked(BaseHTTPRequestHandler):
        """One request."""

        timeout = IDLE_S

        def do_GET(self) -> None:
            """Answer, or say that there is nothing here."""
            answer = answers.get(urlsplit(self.path).path)
            status, content_type, body = answer() if answer else (404, "text/plain", b"not found\n")
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Not a line for each probe."""

        def version_string(self) -> str:
            """Not which Python this is."""
            return "bbconsumer"

    return Asked
