"""Reads what the broker delivers, in the place of fedora-messaging's own reading, so that every message reaches us.

The library's reading loses messages before any callback sees them. A content encoding that Python does not know, or
brackets that are nested too deeply, end the process, and the message comes back to end the next one as well. What is no
JSON object, no text in the encoding that it claims, or not what an installed schema package expects is discarded
without a trace. Here nothing is validated: a message only tells which bugs to read. Runs in the thread that serves the
broker, so it must never touch the database.
"""

from __future__ import annotations

import hashlib
import json

from fedora_messaging import message as library
from fedora_messaging.exceptions import ConfigurationException
from fedora_messaging.message import Message
from fedora_messaging.twisted import consumer as library_consumer
from pika import BasicProperties


class UnreadableBody(Message):
    """A message whose body is no JSON. `body` is its text as far as it has one, `reason` says what is wrong."""

    reason = ""


def install() -> None:
    """Let the library's consumers use `read_message`. Doing so again changes nothing.

    Raises:
        ConfigurationException: the library reads messages elsewhere now, so this would be without effect.
    """
    if getattr(library_consumer, "get_message", None) not in {library.get_message, read_message}:
        raise ConfigurationException(
            "this version of fedora-messaging reads messages in a way that bbconsumer does not know"
        )
    library_consumer.get_message = read_message  # type: ignore[attr-defined]


def read_message(routing_key: str | bytes, properties: BasicProperties, body: bytes) -> Message:
    """The message, whatever it is; its id is never empty."""
    topic = _text(routing_key)
    # Without an id of its own, one that is the same when it is delivered again.
    properties.message_id = _text(properties.message_id or "") or f"sha256:{_digest(topic, body)}"
    try:
        # The encoding that it claims does not count: JSON tells its own, and a letter that is wrong harms nobody.
        content = json.loads(body.decode(json.detect_encoding(body), "replace"))
    except (ValueError, RecursionError) as error:
        unreadable = UnreadableBody(topic=topic, properties=properties)
        unreadable.body = _text(body)  # type: ignore[assignment]
        unreadable.reason = f"body is no JSON that can be read ({error}); its encoding: {properties.content_encoding}"
        return unreadable
    return Message(body=content, topic=topic, properties=properties)


def _text(value: str | bytes) -> str:
    """pika gives bytes where a short text is not UTF-8, and PostgreSQL stores no NUL."""
    text = value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value
    return text.replace("\0", "\\x00")


def _digest(topic: str, body: bytes) -> str:
    return hashlib.sha256(topic.encode() + b"\0" + body).hexdigest()
