"""Turns a bus message into keys. Pure: what is stored is asked through a function that the caller passes.

A message says that something changed; its content is never stored. Bodies come in several schemas and may be
incomplete, so everything is read with care: what cannot be excluded is marked.
"""

from __future__ import annotations

from collections.abc import Mapping

from bbconsumer.triggers import bodhi, bugzilla, pagure
from bbconsumer.triggers.found import Found, LookUp, Scope, UnreadableMessage
from bbconsumer.triggers.reading import type_name

__all__ = ["Found", "LookUp", "Scope", "UnreadableMessage", "keys_in", "keys_in_webhook", "topic_source"]


def keys_in(topic: str, body: object, look_up: LookUp, scope: Scope) -> Found:
    """The keys that a message marks. `look_up` is called at most once, and only if the message could matter.

    Raises:
        UnreadableMessage: keep the message for a person to look at.
    """
    source = topic_source(topic, scope)
    if source is None:
        return Found(frozenset(), "topic does not concern us")
    message = _read_body(body)
    if source == "pagure":
        return pagure.keys_in(topic, message, scope)
    if source == "bodhi":
        return bodhi.keys_in(message, look_up)
    return bugzilla.keys_in(topic, message, look_up, scope)


def keys_in_webhook(topic: str, body: object, scope: Scope) -> Found:
    """The same for a webhook of Pagure. Whatever it says, it can mark nothing but a ticket.

    Raises:
        UnreadableMessage: keep the message for a person to look at.
    """
    bus_topic = pagure.bus_topic(topic) if scope.pagure_repo else None
    if bus_topic is None:
        return Found(frozenset(), "topic does not concern us")
    return pagure.keys_in(bus_topic, _read_body(body), scope)


def topic_source(topic: str, scope: Scope) -> str | None:
    """The source of which a topic tells, in any environment (``org.fedoraproject.prod.``, ``io.pagure.prod.`` …)."""
    if bugzilla.topic_kind(topic):
        return "bugzilla"
    if scope.pagure_repo and pagure.topic_kind(topic):
        return "pagure"
    return "bodhi" if scope.with_bodhi and bodhi.topic_kind(topic) else None


def _read_body(body: object) -> Mapping[str, object]:
    if not isinstance(body, Mapping):
        raise UnreadableMessage(f"body is {type_name(body)}, not an object")
    return body
