"""A Pagure that fails: a read is tried again a bounded number of times, a write never."""

from __future__ import annotations

import threading
import time

import pytest

from bbconsumer.config import Secret
from bbconsumer.sources import RequestRefused, SourceDenied, SourceUnavailable, WriteUncertain
from bbconsumer.sources.pagure import PagureSource
from bbconsumer.sources.pagure_client import WRITE_TIMEOUT_S, PagureClient
from tests.sources.pagure_faults import (
    READS,
    WRITES,
    Ask,
    answering,
    body,
    half,
    nothing,
    page,
    said,
    source_of,
    stalling,
)
from tests.sources.world import Answer, nobody

# Much less than what it would take to wait, and much more than a busy machine needs.
QUICK_S = 8.0

# After these nobody knows whether what was asked for was done.
FAILURES: dict[str, tuple[Answer, str]] = {
    "hangs up": (nothing, "connection failed"),
    "hangs up in the middle": (half, "connection failed"),
    "page with 200": (page(200), "not JSON"),
    "page with 404": (page(404), "HTTP 404"),
    "page with 500": (page(500), "HTTP 500"),
    "page with 504": (page(504), "HTTP 504"),
    "JSON with 500": (said(500, "ENOCODE"), "HTTP 500"),
    "nothing with 304": (page(304), "HTTP 304"),
    "empty": (body(b""), "not JSON"),
    "truncated": (body(b'{"issue": {"id": 1, "ti'), "not JSON"),
    "not UTF-8": (body(b'{"\xff": '), "not JSON"),
    "a number without end": (body(b"9" * 5_000), "not JSON"),
    "a list without end": (body(b"[" * 100_000), "not JSON"),
    "a list": (body([]), "no object"),
    "a text": (body("ok"), "no object"),
    "database failed": (said(400, "EDBERROR"), "internal failure"),
}
# After these it was not done, and another try would not help.
REFUSALS: dict[str, tuple[Answer, type[Exception], str]] = {
    "wrong token": (said(401, "EINVALIDTOK", "Invalid token"), SourceDenied, "What EINVALIDTOK means Invalid token$"),
    "lacks a right": (said(401, "EINVALIDTOK", "Missing ACLs: x"), SourceDenied, "our token is refused: .*ACLs: x$"),
    "blocked": (said(403, "EUBLOCKED"), SourceDenied, "our token is refused: What EUBLOCKED means$"),
    "page with 401": (page(401), SourceDenied, r"our token is refused \(HTTP 401\)"),
    "page with 403": (page(403), SourceDenied, r"our token is refused \(HTTP 403\)"),
    "no project": (said(404, "ENOPROJECT"), SourceUnavailable, "pagure: the project fedora-qa/.* is not there"),
    "no tickets": (said(404, "ETRACKERDISABLED"), SourceUnavailable, "pagure: the project fedora-qa/.* has no tickets"),
    "read-only": (said(401, "ETRACKERREADONLY"), RequestRefused, "Pagure refuses the request: What ETRACKERREAD"),
    "bad page size": (said(400, "EINVALIDPERPAGEVALUE"), RequestRefused, "Pagure refuses the request: What EINV"),
    "fields": (
        said(400, "EINVALIDREQ", {"title": ["This is required.", "Really."], "x": "y"}),
        RequestRefused,
        "refuses the request: What EINVALIDREQ means title: This is required. Really.; x: y$",
    ),
    "too long": (page(413), RequestRefused, "Pagure refuses a request that is too long"),
}
OF_THE_PROJECT = {name: ask for name, ask in {**READS, **WRITES}.items() if name != "whoami"}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_that_lasts_makes_the_source_unavailable(failure: str) -> None:
    answer, reason = FAILURES[failure]
    with answering(answer) as (url, asked):
        for name, ask in READS.items():
            asked.clear()
            with pytest.raises(SourceUnavailable, match=reason) as caught:
                ask(source_of(url))
            assert (type(caught.value), caught.value.source, len(asked)) == (SourceUnavailable, "pagure", 1), name


@pytest.mark.parametrize("failure", FAILURES)
def test_a_write_that_was_sent_and_not_answered_is_uncertain_and_never_repeated(failure: str) -> None:
    answer, reason = FAILURES[failure]
    with answering(answer) as (url, asked):
        for name, ask in WRITES.items():
            asked.clear()
            with pytest.raises(WriteUncertain, match=reason) as caught:
                ask(source_of(url, tries=3))
            assert (caught.value.source, len(asked)) == ("pagure", 1), name


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_is_told_at_once(refusal: str) -> None:
    answer, kind, text = REFUSALS[refusal]
    with answering(answer) as (url, asked):
        for name, ask in OF_THE_PROJECT.items():
            asked.clear()
            with pytest.raises(kind, match=text) as caught:
                ask(source_of(url, tries=3))
            assert len(asked) == 1, name
            assert not isinstance(caught.value, WriteUncertain), name


@pytest.mark.parametrize("failure", ["hangs up", "truncated"])
def test_a_failure_that_passes_is_not_noticed(failure: str) -> None:
    answer, _ = FAILURES[failure]
    with answering(answer, body({"username": "blockerbot"})) as (url, asked):
        assert source_of(url, tries=2).whoami() == "blockerbot"
    assert asked == ["POST /api/0/-/whoami"] * 2


def test_a_read_is_tried_as_often_as_is_set_and_no_more() -> None:
    with answering(page(429, Retry_After="0")) as (url, asked), pytest.raises(SourceUnavailable):
        source_of(url, tries=4).list_ticket_ids(None)
    assert len(asked) == 4


def test_a_short_wait_that_the_server_asks_for_is_waited() -> None:
    started = time.monotonic()
    with answering(page(429, Retry_After="1"), body({"username": "blockerbot"})) as (url, _):
        source_of(url, tries=2).whoami()
    assert time.monotonic() - started >= 1.0


@pytest.mark.parametrize("ask", [READS["listing"], WRITES["create"]], ids=["read", "write"])
@pytest.mark.parametrize("status", [429, 503])
def test_a_long_wait_that_the_server_asks_for_is_left_to_the_caller(ask: Ask, status: int) -> None:
    started = time.monotonic()
    with answering(page(status, Retry_After="120")) as (url, asked), pytest.raises(SourceUnavailable) as caught:
        ask(source_of(url, tries=3))
    assert caught.value.retry_after_s == 120.0
    assert time.monotonic() - started < QUICK_S
    assert len(asked) == 1


def test_a_write_that_is_throttled_was_not_done() -> None:
    with answering(page(429, Retry_After="1")) as (url, asked):
        for name, ask in WRITES.items():
            asked.clear()
            with pytest.raises(SourceUnavailable) as caught:
                ask(source_of(url, tries=3))
            assert (type(caught.value), len(asked)) == (SourceUnavailable, 1), name


@pytest.mark.parametrize("ask", [READS["listing"], *WRITES.values()], ids=["read", *WRITES])
def test_what_never_reached_a_server_was_not_done(ask: Ask) -> None:
    with nobody() as url, pytest.raises(SourceUnavailable, match="Connection refused") as caught:
        ask(source_of(url))
    assert type(caught.value) is SourceUnavailable
    with pytest.raises(SourceUnavailable, match="connection failed") as caught:
        ask(source_of("http://pagure.invalid"))
    assert type(caught.value) is SourceUnavailable


def test_a_read_has_a_time_out() -> None:
    with stalling() as (url, asked), pytest.raises(SourceUnavailable, match=r"no answer within 0\.3 s"):
        source_of(url, timeout_s=0.3, write_timeout_s=60.0).whoami()
    assert len(asked) == 1


def test_a_write_has_a_time_out_of_its_own() -> None:
    with stalling() as (url, asked):
        for name, ask in WRITES.items():
            asked.clear()
            with pytest.raises(WriteUncertain, match=r"no answer within 0\.2 s"):
                ask(source_of(url, timeout_s=60.0, write_timeout_s=0.2, tries=3))
            assert len(asked) == 1, name


def test_writes_are_waited_for_longer_than_pagure_takes_without_its_broker() -> None:
    assert WRITE_TIMEOUT_S > 30


@pytest.mark.parametrize("name", ["create", "edit"])
@pytest.mark.parametrize(
    "answer",
    [{}, {"issue": None}, {"issue": "text"}, {"issue": {"id": 1}}, {"issue": {"id": 1, "private": True}}],
    ids=repr,
)
def test_an_answer_that_does_not_tell_what_was_written_leaves_it_uncertain(name: str, answer: object) -> None:
    with answering(body(answer)) as (url, _), pytest.raises(WriteUncertain, match="has written a ticket"):
        WRITES[name](source_of(url))


def test_a_token_of_nobody_is_not_believed() -> None:
    with answering(body({"user": "blockerbot"})) as (url, _), pytest.raises(SourceUnavailable, match="whose token"):
        source_of(url).whoami()


def test_stopping_ends_the_waiting_at_once_and_asks_no_more() -> None:
    cancel = threading.Event()
    timer = threading.Timer(0.3, cancel.set)
    started = time.monotonic()
    with answering(page(503, Retry_After="14")) as (url, asked):
        timer.start()
        with pytest.raises(SourceUnavailable, match="we are stopping"):
            source_of(url, tries=3, cancel=cancel).list_ticket_ids(None)
        timer.join()
    assert time.monotonic() - started < QUICK_S
    assert len(asked) == 1


@pytest.mark.parametrize("path", ["", "/", "/api/0", "/forge/api/0/"])
@pytest.mark.parametrize(
    ("repo", "quoted"),
    [
        ("fedora-qa/blocker-review", "fedora-qa/blocker-review"),
        ("/lonely/", "lonely"),
        ("fork/alice/fedora-qa/blocker-review", "fork/alice/fedora-qa/blocker-review"),
        ("sp ace/ä?b#c%2F", "sp%20ace/%C3%A4%3Fb%23c%252F"),
    ],
)
def test_addresses_are_made_of_the_interface_and_the_project(path: str, repo: str, quoted: str) -> None:
    with answering(said(404, "ENOISSUE")) as (url, asked):
        client = PagureClient(url + path, Secret(""), timeout_s=5, tries=1)
        PagureSource(client, repo=repo).fetch_tickets([7])
    assert asked == [f"GET {path.rstrip('/')}/{quoted}/issue/7"]
