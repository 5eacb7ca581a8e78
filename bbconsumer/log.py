"""Logging to standard error, one line each, with every secret masked wherever it came from.

On a terminal a line is text, with a traceback on lines of its own that begin with ``  | ``. Elsewhere it is a JSON
object, which a pod's log collector takes apart: `time`, `level`, `logger`, `message`, what the record itself brings as
``extra={"fields": {...}}``, and `request_id` within a request. What would forge a line, or command a terminal, is
escaped.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from bbconsumer.config import Settings

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

# In front of what belongs to the line before it.
CONTINUED = "  | "

# What ends a line somewhere, commands a terminal, turns the direction of writing, or cannot be encoded.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")

_encode = json.JSONEncoder(ensure_ascii=False, default=str).encode

# The request that is being answered; threads that work for it know it as well.
request_id: ContextVar[str] = ContextVar("request_id", default="")


class SecretMask(logging.Formatter):
    """Formats a record, its traceback included, and blots out the secrets: libraries put addresses into their texts."""

    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__(FORMAT, datefmt="%Y-%m-%dT%H:%M:%S")
        self._secrets = sorted(secrets, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """One line, and one more for each of a traceback."""
        record.message, record.asctime = record.getMessage(), self.formatTime(record, self.datefmt)
        line = self.mask(self.formatMessage(record))
        if request := request_id.get():
            line += f" [request {request}]"
        traceback = self.mask(self.formatException(record.exc_info)).split("\n") if record.exc_info else []
        return f"\n{CONTINUED}".join(map(escaped, (line, *traceback)))

    def mask(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


class JsonLines(SecretMask):
    """The same as a JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, whatever the texts hold."""
        fields: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if request := request_id.get():
            fields["request_id"] = request
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        # Masked before they are encoded: a quote in a secret is another text afterwards.
        masked = {key: self.mask(value) if isinstance(value, str) else value for key, value in fields.items()}
        line = _encode(masked)
        # As JSON escapes it: what reads the line gets the text as it was.
        return _UNFIT.sub(lambda match: f"\\u{ord(match[0]):04x}", line)


def escaped(text: str) -> str:
    """One line that is safe to show on a terminal: what would end it, or command the terminal, as Python writes it."""
    return _UNFIT.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def set_up_logging(settings: Settings) -> None:
    """Send everything from the configured level to standard error; chatty libraries only from WARNING."""
    # What is not written need not be found out for each line, as the caller's place in the source.
    # Source: https://docs.python.org/3/howto/logging.html#optimization
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler()
    handler.setFormatter(_formatter(settings))
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    # These write a line for every message, connection or request; Authlib what proves who signs in.
    for name in (
        "authlib",
        "fedora_messaging",
        "pika",
        "urllib3",
        "bugzilla",
        "twisted",
        "alembic",
        "httpx2",
        "httpcore2",
    ):
        logging.getLogger(name).setLevel(logging.WARNING)


def set_up_web_logging(settings: Settings) -> None:
    """The same where uvicorn serves, which brings handlers of its own. Requests are logged by us, with their route."""
    set_up_logging(settings)
    for name in ("uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.getLogger("uvicorn.access").disabled = True


def _formatter(settings: Settings) -> logging.Formatter:
    log_format = settings.log_format
    if log_format == "auto":
        log_format = "text" if sys.stderr.isatty() else "json"
    return JsonLines(settings.secrets()) if log_format == "json" else SecretMask(settings.secrets())
