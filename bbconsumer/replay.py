"""Reads recorded bus messages from files, to be run through the consumer's callback without a broker."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fedora_messaging.message import Message


class UnreadableRecording(Exception):
    """The file holds no recorded messages; the text says where it fails."""


def read_messages(path: Path) -> Iterator[Message]:
    """The messages of a file: one JSON object, a JSON list of them, or one object a line.

    An object has `body` and `topic` (``routing_key`` in recordings made at the broker), `id` and `headers` if it likes.

    Raises:
        UnreadableRecording: it is not of that form.
        OSError: it cannot be opened.
    """
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        try:
            loaded = json.loads(text)
        except json.JSONDecodeError:
            loaded = [json.loads(line) for line in text.splitlines() if line.strip()]
    except json.JSONDecodeError as error:
        raise UnreadableRecording(f"{path} is neither JSON nor a JSON object a line: {error}") from error
    for number, record in enumerate(loaded if isinstance(loaded, list) else [loaded], start=1):
        yield _message(record, f"{path}, message {number}")


def _message(record: Any, where: str) -> Message:
    if not isinstance(record, Mapping) or "body" not in record:
        raise UnreadableRecording(f"{where}: not an object with a body")
    topic = record.get("topic") or record.get("routing_key")
    if not isinstance(topic, str):
        raise UnreadableRecording(f"{where}: has no topic")
    message = Message(topic=topic, body=record["body"], headers=dict(record.get("headers") or {}))
    if isinstance(record.get("id"), str):
        message.id = record["id"]
    return message
