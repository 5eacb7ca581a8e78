"""Pagure's webhook: who may call it, and that a call does no more than have a ticket read."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select
from starlette.types import ASGIApp

from bbconsumer.config import Secret, Settings
from bbconsumer.db.models import DeadLetter, TicketRow, WorkItem
from bbconsumer.db.session import Database
from bbconsumer.domain.keys import Key, KeyKind
from bbconsumer.simulator.loopback import LoopbackServer
from tests.bus import ticket_body
from tests.web.client import Client
from tests.web.reading import PREFIX
from tests.web.world import NOW, World
from web.app import create_app
from web.webhooks import MAX_BODY_BYTES, SHA1_HEADER, SHA256_HEADER

KEY = "the project's key"
PATH = f"{PREFIX}/api/v0/webhook"
SETTINGS: dict[str, Any] = {"pagure_repo_webhook_key": Secret(KEY)}


def envelope(message: object, topic: object = "issue.comment.added") -> bytes:
    """A call's body, as Pagure writes it."""
    content = {"topic": topic, "msg": message, "timestamp": 1790000000, "msg_id": "2026-x", "i": 3}
    return json.dumps(content, sort_keys=True).encode()


def signature(body: bytes, *, name: str = SHA256_HEADER, key: str = KEY) -> dict[str, str]:
    """The header by which we know that Pagure sent these bytes."""
    digest = hashlib.sha256 if name == SHA256_HEADER else hashlib.sha1
    return {name: hmac.new(key.encode(), body, digest).hexdigest()}


class Caller:
    """Calls the webhook of the real application."""

    def __init__(self, database: Database, **settings: Any) -> None:
        self.client = Client(create_app(Settings.of(**(SETTINGS | settings)), database, clock=lambda: NOW))

    def call(self, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, str]:
        """Status and text of the answer; signed as Pagure does unless told."""
        answer = self.client.post(PATH, content=body, headers=signature(body) if headers is None else headers)
        assert "set-cookie" not in answer.headers
        return answer.status_code, answer.text


@pytest.fixture
def caller(database: Database) -> Caller:
    """A service with the project's key."""
    return Caller(database)


def marked(database: Database) -> set[Key]:
    """What waits to be read."""
    with database.reading() as session:
        return {Key(KeyKind(kind), id_) for kind, id_ in session.execute(select(WorkItem.kind, WorkItem.id))}


def letters(database: Database) -> list[tuple[str, str]]:
    """What is kept for a person: topic and reason."""
    with database.reading() as session:
        return [(topic, reason) for topic, reason in session.execute(select(DeadLetter.topic, DeadLetter.reason))]


def test_a_signed_call_marks_its_ticket_whatever_stands_before_its_topic(caller: Caller, database: Database) -> None:
    topics = ("issue.new", "issue.comment.added", "pagure.issue.comment.edited", "io.pagure.prod.pagure.issue.drop")
    for ticket_id, topic in enumerate(topics, start=1):
        assert caller.call(envelope(ticket_body(ticket_id), topic)) == (202, "a ticket of the review project\n"), topic
        assert Key(KeyKind.TICKET, ticket_id) in marked(database)
    assert len(marked(database)) == len(topics)


def test_what_a_call_says_of_a_ticket_is_not_stored(caller: Caller, database: Database, world: World) -> None:
    body = ticket_body(7, issue={"id": 7, "title": "SECRET", "comments": [{"comment": "AGREED AcceptedBetaBlocker"}]})
    assert caller.call(envelope(body))[0] == 202
    with database.reading() as session:
        assert session.scalars(select(TicketRow)).all() == []
        assert session.scalars(select(WorkItem.last_error)).all() == [None]


def test_a_call_that_comes_again_is_taken_again(caller: Caller, database: Database) -> None:
    body = envelope(ticket_body(7))
    assert [caller.call(body)[0] for _ in range(3)] == [202, 202, 202]
    assert marked(database) == {Key(KeyKind.TICKET, 7)}


def _wrong_signatures() -> dict[str, dict[str, str]]:
    body = envelope(ticket_body(7))
    right = signature(body)[SHA256_HEADER]
    return {
        "none": {},
        "empty": {SHA256_HEADER: ""},
        "of another key": signature(body, key="another key"),
        "of another body": signature(body + b" "),
        "cut": {SHA256_HEADER: right[:-1]},
        "longer": {SHA256_HEADER: f"{right}0"},
        "not plain ASCII": {SHA256_HEADER: "\xe9" * 64},
        "SHA-1 in the place of SHA-256": {SHA256_HEADER: signature(body, name=SHA1_HEADER)[SHA1_HEADER]},
        "SHA-1 alone": signature(body, name=SHA1_HEADER),
        "wrong, with a right SHA-1": signature(body, name=SHA1_HEADER) | {SHA256_HEADER: "0" * 64},
    }


def test_a_call_that_is_not_signed_with_the_key_is_refused(caller: Caller, database: Database) -> None:
    for name, fields in _wrong_signatures().items():
        headers: dict[str, Any] = {n: v.encode("latin-1") for n, v in fields.items()}
        assert caller.call(envelope(ticket_body(7)), headers)[0] == 403, name
    assert (marked(database), letters(database)) == (set(), [])


def test_the_weaker_signature_counts_where_it_is_allowed_and_alone(database: Database) -> None:
    caller, body = Caller(database, pagure_webhook_sha1=True), envelope(ticket_body(7))
    right = signature(body, name=SHA1_HEADER)
    assert caller.call(body, {SHA1_HEADER: "0" * 40})[0] == 403
    assert caller.call(body, right | {SHA256_HEADER: "0" * 64})[0] == 403
    assert marked(database) == set()
    assert caller.call(body, right)[0] == 202
    assert caller.call(body)[0] == 202


@pytest.mark.parametrize(
    ("settings", "reason"),
    [({"pagure_repo_webhook_key": Secret("")}, "no key is set up"), ({"pagure_enabled": False}, "PAGURE_ENABLED is 0")],
)
def test_without_a_key_or_without_pagure_nothing_is_taken(
    database: Database, settings: dict[str, Any], reason: str
) -> None:
    body = envelope(ticket_body(7))
    for headers in ({}, signature(body), signature(body, key="")):
        status, text = Caller(database, **settings).call(body, headers)
        assert (status, reason in text) == (503, True)
    assert marked(database) == set()


FOREIGN = [
    (ticket_body(7, "fedora-qa/kickstarts"), "issue.new"),
    (ticket_body(7, "forks/alice/fedora-qa/blocker-review"), "issue.new"),
    (ticket_body(7), "pull-request.new"),
    (ticket_body(7), "git.receive"),
    (ticket_body(7), "issue."),
    (ticket_body(7), ""),
    ({"bug": {"id": 7}}, "org.fedoraproject.prod.bugzilla.bug.new"),
    (ticket_body(7, agent="blockerbot"), "issue.edit"),
]


def test_what_does_not_concern_us_is_taken_and_marks_nothing(caller: Caller, database: Database) -> None:
    for message, topic in FOREIGN:
        assert caller.call(envelope(message, topic))[0] == 202, topic
    assert (marked(database), letters(database)) == (set(), [])


def test_what_cannot_be_read_is_taken_and_kept_once_for_a_person(caller: Caller, database: Database) -> None:
    for _ in range(2):
        assert caller.call(envelope({"issue": {"id": "x"}})) == (202, "kept for a person to look at\n")
    assert marked(database) == set()
    assert letters(database) == [("issue.comment.added", "no ticket number in issue.id")]


NO_CALLS = [
    b"", b"{", b"[]", b'"x"', b"null", b"\xff\xfe", b"[" * 100_000, b'{"a": ' + b"9" * 5000 + b"}", b"{}",
    envelope({}, None), envelope({}, 3),
]  # fmt: skip


def test_a_signed_body_that_is_no_call_is_refused(caller: Caller, database: Database) -> None:
    for body in NO_CALLS:
        assert caller.call(body)[0] == 400, body[:20]
    assert (marked(database), letters(database)) == (set(), [])


def test_the_content_type_does_not_matter(caller: Caller) -> None:
    body = envelope(ticket_body(7))
    for kind in ("application/json", "text/plain", "multipart/form-data; boundary=x", "x"):
        assert caller.call(body, signature(body) | {"Content-Type": kind})[0] == 202


def test_a_body_of_the_largest_size_is_taken_and_a_larger_one_is_not(caller: Caller, database: Database) -> None:
    body = envelope(ticket_body(7))
    largest = body + b" " * (MAX_BODY_BYTES - len(body))
    assert caller.call(largest)[0] == 202
    assert caller.call(largest + b" ")[0] == 413


def test_a_call_is_a_post(caller: Caller, database: Database) -> None:
    body = envelope(ticket_body(7))
    for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"):
        answer = caller.client.request(method, PATH, content=body, headers=signature(body))
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST"), method
    assert marked(database) == set()


def test_a_database_that_is_away_is_told() -> None:
    away = Database(Settings.of(database_url=Secret("postgresql+psycopg://x:SECRET@127.0.0.1:1/x")).engine_url)
    status, text = Caller(away).call(envelope(ticket_body(7)))
    assert (status, "SECRET" in text) == (503, False)


class _Site(LoopbackServer):
    """The service on a port."""

    def __init__(self, database: Database) -> None:
        super().__init__("web")
        self._database = database

    def app(self) -> ASGIApp:
        """With the project's key."""
        return create_app(Settings.of(**SETTINGS), self._database, clock=lambda: NOW)


@pytest.fixture
def connection(database: Database) -> Iterator[socket.socket]:
    """A connection to the service, on which a test writes what no client would."""
    with _Site(database) as site, socket.create_connection((str(urlsplit(site.url).hostname), _port(site))) as wire:
        wire.settimeout(10)
        yield wire


def _port(site: _Site) -> int:
    port = urlsplit(site.url).port
    assert port is not None
    return port


def _head(body: bytes, *fields: str) -> bytes:
    lines = [f"POST {PATH} HTTP/1.1", "Host: 127.0.0.1", f"{SHA256_HEADER}: {signature(body)[SHA256_HEADER]}", *fields]
    return "\r\n".join([*lines, "", ""]).encode()


def _status(wire: socket.socket) -> int:
    return int(wire.recv(4096).split()[1])


def test_a_body_in_chunks_is_taken(connection: socket.socket, database: Database) -> None:
    body = envelope(ticket_body(7))
    connection.sendall(_head(body, "Transfer-Encoding: chunked"))
    for start in range(0, len(body), 50):
        part = body[start : start + 50]
        connection.sendall(b"%x\r\n%b\r\n" % (len(part), part))
    connection.sendall(b"0\r\n\r\n")
    assert _status(connection) == 202
    assert marked(database) == {Key(KeyKind.TICKET, 7)}


def test_a_body_without_an_end_is_refused_once_it_is_too_large(connection: socket.socket) -> None:
    connection.sendall(_head(b"", "Transfer-Encoding: chunked"))
    part = b"%x\r\n%b\r\n" % (65536, b" " * 65536)
    for _ in range(MAX_BODY_BYTES // 65536):
        connection.sendall(part)
    # One chunk more is too much, and the body has not ended.
    connection.sendall(part)
    assert _status(connection) == 413


def test_a_body_that_is_announced_too_large_is_refused_unread(connection: socket.socket) -> None:
    connection.sendall(_head(b"", f"Content-Length: {MAX_BODY_BYTES + 1}"))
    assert _status(connection) == 413


def test_a_caller_without_a_signature_is_refused_before_its_body_is_read(connection: socket.socket) -> None:
    connection.sendall(f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900000\r\n\r\n".encode())
    assert _status(connection) == 403
