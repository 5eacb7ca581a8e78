"""Publishes the simulated servers' messages to a real broker, as the real ones' look to a consumer.

A thread of its own, so that a broker that is slow or away never delays an edit. The
broker confirms each message. One that cannot be delivered for long is lost, and
counted: the real bridge loses messages, too.
"""

import json
import logging
import queue
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Thread
from types import TracebackType
from uuid import uuid4

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError

from bbconsumer.simulator import bodhi_bridge, messages, pagure_messages
from bbconsumer.simulator.records import Json

EXCHANGE = "amq.topic"
_HEARTBEAT_CHECK_S = 1.0
_RECONNECT_PAUSE_S = 0.5

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Letter:
    topic: str
    body: Json


def headers_of(topic: str, body: Json) -> Mapping[str, object]:
    """The headers that the sender of such a message gives it, except for the time."""
    if ".bodhi." in topic:
        return bodhi_bridge.headers(topic, body)
    if ".pagure." in topic:
        return pagure_messages.headers(topic, body)
    return messages.headers(body)


class AmqpPublisher:
    """A context manager; on leaving, what waits is still delivered.

    `publish` fits `on_message` of every simulated server and returns at once.
    """

    def __init__(self, url: str, *, exchange: str = EXCHANGE, patience_s: float = 30.0) -> None:
        self.published_count = 0
        self.lost_count = 0
        self._parameters = pika.URLParameters(url)
        self._exchange = exchange
        self._patience_s = patience_s
        self._waiting: queue.Queue[_Letter | None] = queue.Queue()
        self._channel: BlockingChannel | None = None
        self._thread = Thread(target=self._run, name="bridge", daemon=True)

    def publish(self, topic: str, body: Json) -> None:
        """Hand over one message; they are delivered in this order."""
        self._waiting.put(_Letter(topic, body))

    def flush(self) -> None:
        """Wait until the broker has confirmed, or this publisher has given up, everything handed over."""
        self._waiting.join()

    def __enter__(self) -> "AmqpPublisher":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                letter = self._waiting.get(timeout=_HEARTBEAT_CHECK_S)
            except queue.Empty:
                self._keep_alive()
                continue
            if letter is None:
                break
            self._deliver(letter)
            self._waiting.task_done()
        self._disconnect()

    def _deliver(self, letter: _Letter) -> None:
        deadline = time.monotonic() + self._patience_s
        while True:
            try:
                self._connected().basic_publish(
                    self._exchange, letter.topic, _encoded(letter.body), _properties(letter)
                )
            except (AMQPError, OSError) as error:
                self._disconnect()
                if time.monotonic() >= deadline:
                    self.lost_count += 1
                    _log.warning("message lost: %s (%r)", letter.topic, error)
                    return
                time.sleep(_RECONNECT_PAUSE_S)
            else:
                self.published_count += 1
                return

    def _connected(self) -> BlockingChannel:
        if self._channel is None:
            self._channel = pika.BlockingConnection(self._parameters).channel()
            self._channel.confirm_delivery()
        return self._channel

    def _keep_alive(self) -> None:
        # Heartbeats are only answered while pika is being called.
        if self._channel is not None:
            try:
                self._channel.connection.process_data_events(0)
            except (AMQPError, OSError):
                self._disconnect()

    def _disconnect(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            try:
                channel.connection.close()
            except (AMQPError, OSError):
                _log.debug("the connection was closed already")


def _encoded(body: Json) -> bytes:
    return json.dumps(body).encode()


def _properties(letter: _Letter) -> pika.BasicProperties:
    sent_at = datetime.now(UTC).isoformat(timespec="seconds")
    return pika.BasicProperties(
        content_type="application/json",
        content_encoding="utf-8",
        delivery_mode=2,
        message_id=str(uuid4()),
        priority=0,
        headers={**headers_of(letter.topic, letter.body), "sent-at": sent_at},
    )
