"""Whatever may stand where Pagure's answer should be, and every way to ask for one."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from typing import Any

from bbconsumer.config import Secret
from bbconsumer.sources import TicketSource
from bbconsumer.sources.pagure import PagureSource
from bbconsumer.sources.pagure_client import PagureClient
from tests.sources.world import Answer, send, send_json, serving

# As long as a real one, and of the same alphabet.
TOKEN = "TH1SISTHETOKENTHATMUSTNEVERBESHOWN0123456789ABCDEFGHIJKLMNOPQRST"
REPO = "fedora-qa/blocker-review"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
# Longer than any time-out of a test, and over as soon as the test is.
SLOW_S = 20.0

Ask = Callable[[TicketSource], object]

READS: dict[str, Ask] = {
    "one ticket": lambda source: source.fetch_tickets([1]),
    "listing": lambda source: source.list_ticket_ids(None),
    "deciders": lambda source: source.fetch_deciders(),
    "by author": lambda source: source.fetch_tickets_by("blockerbot", LONG_AGO),
    "whoami": lambda source: source.whoami(),
}
WRITES: dict[str, Ask] = {
    "create": lambda source: source.create_ticket("Title", "Content", ["beta"]),
    "edit": lambda source: source.edit_ticket(1, "Title", "Content"),
    "close": lambda source: source.set_ticket_status(1, False, ""),
    "reopen": lambda source: source.set_ticket_status(1, True, ""),
}

PAGE = b"<html><body><h1>Please wait</h1></body></html>"


def page(status: int, **headers: str) -> Answer:
    return lambda handler: send(handler, PAGE, status, Content_Type="text/html", **headers)


def said(status: int, code: str, errors: object = None) -> Answer:
    """An error in Pagure's own words."""
    body = {"error": f"What {code} means", "error_code": code, **({"errors": errors} if errors else {})}
    return lambda handler: send_json(handler, body, status)


def nothing(handler: BaseHTTPRequestHandler) -> None:
    """Hang up."""
    handler.close_connection = True


def half(handler: BaseHTTPRequestHandler) -> None:
    """Hang up in the middle of an answer."""
    send(handler, b'{"issues": [', Content_Length="1000")
    handler.close_connection = True


def source_of(url: str, *, repo: str = REPO, token: str = TOKEN, **options: Any) -> PagureSource:
    """A source as the service builds it, with time-outs below a second where a test wants them."""
    settings: dict[str, Any] = {"timeout_s": 30.0, "write_timeout_s": 30.0, "tries": 1, **options}
    return PagureSource(PagureClient(f"{url}/api/0", Secret(token), **settings), repo=repo)


@contextmanager
def answering(*answers: Answer) -> Iterator[tuple[str, list[str]]]:
    """A server that gives these answers in turn, the last again and again; its address and what it was asked."""
    asked: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(f"{handler.command} {handler.path}")
        answers[min(len(asked), len(answers)) - 1](handler)

    with serving(answer) as url:
        yield url, asked


@contextmanager
def stalling() -> Iterator[tuple[str, list[str]]]:
    """A server that takes a request and says nothing to it; its address and what it was asked."""
    over = threading.Event()
    with answering(lambda _: (over.wait(SLOW_S), None)[1]) as (url, asked):
        yield url, asked
        over.set()


def body(content: object) -> Answer:
    """A plain answer; bytes as they are, anything else as JSON."""
    return lambda handler: send(handler, content if isinstance(content, bytes) else json.dumps(content).encode())
