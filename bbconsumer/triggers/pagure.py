"""Pagure's messages about discussion tickets.

Every one about a ticket of our project marks it. Only the answers of Pagure tell what a ticket says: the message of an
edited comment has no comments at all.
Source: https://pagure.io/pagure-messages (the schemas of these messages).
"""

from __future__ import annotations

from collections.abc import Mapping

from bbconsumer.domain.keys import Key, KeyKind
from bbconsumer.triggers.found import Found, Scope, UnreadableMessage
from bbconsumer.triggers.reading import read_id, read_mapping, read_name, read_time

_TOPIC = ".pagure.issue."


def topic_kind(topic: str) -> str | None:
    """What follows ``pagure.issue.`` in a topic, for example ``comment.added``; None for every other topic."""
    _, found, kind = topic.partition(_TOPIC)
    return kind if found and kind else None


def bus_topic(topic: str) -> str | None:
    """The topic that a webhook would have on the bus; None when it is not about a ticket.

    Webhooks name neither the environment nor, in today's Pagure, Pagure itself: ``issue.comment.added``.
    """
    name = topic.rpartition("pagure.")[2]
    return f"webhook.pagure.{name}" if name.startswith("issue.") and name != "issue." else None


def keys_in(topic: str, body: Mapping[str, object], scope: Scope) -> Found:
    """The ticket that the message tells of, if it is one of our project.

    Raises:
        UnreadableMessage: it is, or may be, and has no number.
    """
    issue = read_mapping(body.get("issue"))
    repo = _repo(read_mapping(body.get("project")))
    if repo and repo != scope.pagure_repo:
        return Found(frozenset(), f"project {repo} does not concern us")
    ticket_id = read_id(issue.get("id"))
    if ticket_id is None:
        raise UnreadableMessage("no ticket number in issue.id")
    if topic_kind(topic) == "edit" and scope.pagure_bot and read_name(body.get("agent")) == scope.pagure_bot:
        # What our own edit led to was in Pagure's answer to it.
        return Found(frozenset(), "our own edit")
    keys = frozenset({Key(KeyKind.TICKET, ticket_id)})
    # Of a ticket that was deleted no answer will ever be as new as the message.
    changed_at = None if topic_kind(topic) == "drop" else read_time(_number(issue.get("last_updated")))
    return Found(keys, "a ticket of the review project", changed_at)


def _repo(project: Mapping[str, object]) -> str:
    """The project with its namespace; empty when the message does not tell it."""
    fullname = read_name(project.get("fullname"))
    if fullname or not (name := read_name(project.get("name"))):
        return fullname
    namespace = read_name(project.get("namespace"))
    return f"{namespace}/{name}" if namespace else name


def _number(value: object) -> object:
    """Pagure writes epoch seconds as texts, with or without a fraction."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return None
