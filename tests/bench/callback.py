"""`python -m tests.bench.callback NAME CONFIGURATION`: a consumer process whose callback is one of several.

Logging and configuration are as in the service's own process; the library is as it comes, except for our own callback.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping

import psycopg
from fedora_messaging import api
from fedora_messaging.message import Message

from bbconsumer.config import openshift_config
from bbconsumer.log import set_up_logging
from bbconsumer.messaging.configuration import load_configuration

_UPSERT = """
INSERT INTO bench_ceiling (id, generation) VALUES (%s, 1)
ON CONFLICT (id) DO UPDATE SET generation = bench_ceiling.generation + 1
"""


class Nothing:
    """Takes messages and does nothing: no consumer on this library can be faster."""

    def __call__(self, message: Message) -> None:
        pass


class OneUpsert:
    """One statement and one commit for each message: the least that a durable queue in PostgreSQL costs."""

    def __init__(self) -> None:
        url = openshift_config(os.environ).engine_url.set(drivername="postgresql")
        self._connection = psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)
        self._connection.execute("CREATE TABLE IF NOT EXISTS bench_ceiling (id bigint PRIMARY KEY, generation bigint)")

    def __call__(self, message: Message) -> None:
        self._connection.execute(_UPSERT, (message.body["event"]["bug_id"],))


class Echo:
    """Prints how many seconds each message was under way."""

    def __call__(self, message: Message) -> None:
        print(json.dumps(time.time() - message.body["published_at"]), flush=True)


def ours() -> Callable[[Message], None]:
    """The service's callback, without its worker."""
    from bbconsumer.consumer import Consumer  # noqa: PLC0415 - changes the library, which the others must have as it comes

    return Consumer()


CALLBACKS: Mapping[str, Callable[[], Callable[[Message], None]]] = {
    "nothing": Nothing,
    "upsert": OneUpsert,
    "echo": Echo,
    "ours": ours,
}


def main() -> None:
    """Consume until a signal."""
    name, configuration = sys.argv[1:]
    set_up_logging(openshift_config(os.environ))
    load_configuration(configuration)
    api.consume(CALLBACKS[name]())


if __name__ == "__main__":
    main()
