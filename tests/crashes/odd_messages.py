"""What nobody should publish and somebody will: messages that can be read all the same, and such that cannot."""

import gzip
import json
from collections.abc import Callable, Mapping
from typing import Any

import pika

_USUAL: Mapping[str, Any] = {"content_type": "application/json", "content_encoding": "utf-8", "delivery_mode": 2}


def properties(**changes: Any) -> pika.BasicProperties:
    """What Fedora's library sends along, changed."""
    return pika.BasicProperties(**{**_USUAL, "message_id": "an id", "headers": {}, **changes})


def as_it_should_be(body: Any) -> bytes:
    return json.dumps(body).encode()


def with_a_letter_that_is_not_utf8(body: Any) -> bytes:
    return json.dumps({**body, "agent_name": "René"}, ensure_ascii=False).encode("latin-1")


def with_text_that_a_schema_does_not_expect(body: Any) -> bytes:
    bare_bug = {"bug": {"id": body["bug"]["id"]}} if "bug" in body else {}
    return json.dumps({**body, **bare_bug, "usernames": 7}).encode()


READABLE: Mapping[str, tuple[Callable[[Any], bytes], pika.BasicProperties]] = {
    "usual": (as_it_should_be, properties()),
    "unknown encoding": (as_it_should_be, properties(content_encoding="zstd")),
    "encoding that no text has": (as_it_should_be, properties(content_encoding="base64")),
    "encoding that always fails": (as_it_should_be, properties(content_encoding="undefined")),
    "no encoding": (as_it_should_be, properties(content_encoding=None)),
    "not the encoding that it claims": (with_a_letter_that_is_not_utf8, properties()),
    "UTF-16": (lambda body: json.dumps(body).encode("utf-16"), properties()),
    "no headers": (as_it_should_be, properties(headers=None)),
    "no properties": (as_it_should_be, pika.BasicProperties()),
    "headers of wrong types": (as_it_should_be, properties(headers={"fedora_messaging_severity": [1], "sent-at": 7})),
    "schema drift": (with_text_that_a_schema_does_not_expect, properties(headers={"fedora_messaging_schema": 7})),
}
UNREADABLE: Mapping[str, tuple[bytes, pika.BasicProperties, str]] = {
    "nothing": (b"", properties(), "no JSON"),
    "not JSON": (b"<html>", properties(), "no JSON"),
    "not text": (bytes(range(256)), properties(), "no JSON"),
    "packed": (gzip.compress(b"{}"), properties(content_encoding="gzip"), "encoding: gzip"),
    "cut off": (b'{"bug": {"id": 1', properties(), "no JSON"),
    "nested too deeply": (b'{"a":' * 100_000, properties(), "no JSON"),
    "nested deeply": (b"[" * 900 + b"]" * 900, properties(), "not an object"),
    "a number that is too long": (b'{"bug": {"id": %s}}' % (b"1" * 5000), properties(), "no JSON"),
    "a list": (b"[1]", properties(), "not an object"),
    "no id in it": (b"{}", properties(), "no bug id"),
    "null": (b"null", properties(), "no bug id"),
    "without an id of its own": (b"no id", pika.BasicProperties(), "no JSON"),
    "with NUL in its id": (b"bad id", properties(message_id="a\0b"), "no JSON"),
    "whose id is not UTF-8": (b"bad id", properties(message_id=b"\xff\xfe"), "no JSON"),
}
