"""Logging to standard error, one line each, with every secret masked wherever it came from."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bbconsumer.config import Settings

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class SecretMask(logging.Formatter):
    """Formats a record, its traceback included, and blots out the secrets: libraries put addresses into their texts."""

    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__(FORMAT, datefmt="%Y-%m-%dT%H:%M:%S")
        self._secrets = sorted(secrets, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def set_up_logging(settings: Settings) -> None:
    """Send everything from the configured level to standard error; chatty libraries only from WARNING."""
    handler = logging.StreamHandler()
    handler.setFormatter(SecretMask(settings.secrets()))
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    # These write a line for every message, connection or request.
    for name in ("fedora_messaging", "pika", "urllib3", "bugzilla", "twisted", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
