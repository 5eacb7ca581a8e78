"""A Bodhi that fails: tried again a bounded number of times, then `SourceUnavailable`, and never for longer."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler

import pytest

from bbconsumer.simulator.switches import Failure, Throttle
from bbconsumer.sources import RequestRefused, SourceDenied, SourceUnavailable
from bbconsumer.sources.bodhi_client import BodhiClient
from bbconsumer.sources.http import USER_AGENT
from tests.sources.bodhi_world import ALIAS, ASKS, MISSING, World, source_of
from tests.sources.pagure_faults import answering, body, half, nothing, page, stalling
from tests.sources.pagure_world import START
from tests.sources.world import Answer, nobody, send_json, serving

# Much less than what it would take to wait, and much more than a busy machine needs.
QUICK_S = 8.0
EMPTY_PAGE = {"updates": [], "comments": [], "page": 1, "pages": 0, "total": 0}


def said(status: int, *complaints: tuple[str, str, str]) -> Answer:
    """A refusal in Bodhi's own words: where, what, why."""
    errors = [dict(zip(("location", "name", "description"), each, strict=True)) for each in complaints]
    return lambda handler: send_json(handler, {"status": "error", "errors": errors}, status)


FAILURES: dict[str, tuple[Answer, str]] = {
    "hangs up": (nothing, "connection failed"),
    "hangs up in the middle": (half, "connection failed"),
    "page with 200": (page(200), "not JSON"),
    "page with 404": (page(404), "HTTP 404"),
    "page with 500": (page(500), "HTTP 500"),
    "page with 504": (page(504), "HTTP 504"),
    "its own words with 500": (said(500, ("body", "", "Unable to do it")), "HTTP 500"),
    "400 without words": (said(400), "HTTP 400"),
    "404 in other words": (lambda handler: send_json(handler, {"errors": "none"}, 404), "HTTP 404"),
    "400 with a list": (lambda handler: send_json(handler, [{"errors": []}], 400), "HTTP 400"),
    "nothing with 304": (page(304), "HTTP 304"),
    "empty": (body(b""), "not JSON"),
    "truncated": (body(b'{"updates": [{"alias": "FEDO'), "not JSON"),
    "not UTF-8": (body(b'{"\xff": '), "not JSON"),
    "a number without end": (body(b"9" * 5_000), "not JSON"),
    "a list without end": (body(b"[" * 100_000), "not JSON"),
    "a list": (body([]), "no object"),
    "null": (body(None), "not JSON"),
    "error with 200": (said(200, ("body", "", "Oops")), "cannot be read"),
    "another address": (page(301, Location="https://bodhi.example.test/"), "redirects us to another address"),
}
REFUSALS: dict[str, tuple[Answer, type[Exception], str]] = {
    "page with 401": (page(401), SourceDenied, r"our anonymous request is refused \(HTTP 401\)"),
    "page with 403": (page(403), SourceDenied, r"our anonymous request is refused \(HTTP 403\)"),
    "too long": (page(414), RequestRefused, "Bodhi refuses a request that is too long"),
    "no sense": (
        said(400, ("querystring", "page", "0 is less than 1"), ("querystring", "bugs", "Invalid bug ID")),
        RequestRefused,
        "Bodhi refuses the request: querystring page: 0 is less than 1; querystring bugs: Invalid bug ID$",
    ),
    "not there": (said(404, ("body", "name", "No such release")), RequestRefused, "body name: No such release$"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_that_lasts_makes_the_source_unavailable(failure: str) -> None:
    answer, reason = FAILURES[failure]
    with answering(answer) as (url, asked):
        for name, ask in ASKS.items():
            asked.clear()
            with pytest.raises(SourceUnavailable, match=reason) as caught:
                ask(source_of(url))
            assert (type(caught.value), caught.value.source, len(asked)) == (SourceUnavailable, "bodhi", 1), name
            assert caught.value.retry_after_s is None


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_is_no_proof_that_an_update_is_missing(failure: str) -> None:
    answer, _ = FAILURES[failure]
    with answering(body(EMPTY_PAGE), answer) as (url, asked), pytest.raises(SourceUnavailable):
        source_of(url).fetch_updates([ALIAS])
    assert len(asked) == 2


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_is_told_at_once(refusal: str) -> None:
    answer, kind, text = REFUSALS[refusal]
    with answering(answer) as (url, asked):
        for name, ask in ASKS.items():
            asked.clear()
            with pytest.raises(kind, match=text):
                ask(source_of(url, tries=3))
            assert len(asked) == 1, name
    with answering(body(EMPTY_PAGE), answer) as (url, asked), pytest.raises(kind, match=text):
        source_of(url, tries=3).fetch_updates([ALIAS])
    assert len(asked) == 2


@pytest.mark.parametrize("kind", ["html", "truncated"])
def test_a_failure_that_passes_is_not_noticed(bodhi: World, kind: str) -> None:
    alias = bodhi.submit()
    bodhi.server.switches.fail = Failure(kind, times=1)  # type: ignore[arg-type]
    assert bodhi.source(tries=2).fetch_updates([alias, MISSING])[alias] is not None
    assert bodhi.asked() == {"updates": 2, "update": 1}


def test_it_is_tried_as_often_as_is_set_and_no_more(bodhi: World) -> None:
    bodhi.server.switches.throttle = Throttle(retry_after_s=0)
    with pytest.raises(SourceUnavailable):
        bodhi.source(tries=4).find_aliases_by_bugs([1])
    assert bodhi.asked() == {"updates": 4}


def test_a_long_wait_that_the_server_asks_for_is_left_to_the_caller(bodhi: World) -> None:
    bodhi.server.switches.throttle = Throttle(retry_after_s=120)
    started = time.monotonic()
    with pytest.raises(SourceUnavailable, match="asks us to wait") as caught:
        bodhi.source(tries=3).find_aliases_changed(START)
    assert caught.value.retry_after_s == 120.0
    assert time.monotonic() - started < QUICK_S
    assert bodhi.asked() == {"updates": 1}


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with nobody() as url, pytest.raises(SourceUnavailable, match=r"bodhi: connection failed \(Connection refused"):
        source_of(url).find_aliases_by_bugs([1])


@pytest.mark.parametrize("ask", ASKS)
def test_every_request_has_a_time_out(ask: str) -> None:
    with stalling() as (url, asked), pytest.raises(SourceUnavailable, match=r"no answer within 0\.3 s"):
        ASKS[ask](source_of(url, timeout_s=0.3))
    assert len(asked) == 1


def test_slow_answers_are_waited_for_no_longer_than_is_set(bodhi: World) -> None:
    alias = bodhi.submit()
    bodhi.server.switches.slow_s = 0.2
    assert bodhi.read(alias).alias == alias


def test_stopping_ends_the_waiting_at_once_and_asks_no_more(bodhi: World) -> None:
    cancel = threading.Event()
    bodhi.server.switches.throttle = Throttle(retry_after_s=14)
    timer = threading.Timer(0.3, cancel.set)
    timer.start()
    started = time.monotonic()
    with pytest.raises(SourceUnavailable, match="we are stopping"):
        bodhi.source(tries=3, cancel=cancel).find_aliases_by_bugs([1])
    timer.join()
    assert time.monotonic() - started < QUICK_S
    assert bodhi.asked() == {"updates": 1}


def test_resting_closes_idle_connections_and_the_next_question_opens_one() -> None:
    opened, closed = [], threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.connection not in opened:
            opened.append(handler.connection)
        send_json(handler, EMPTY_PAGE)
        # What a connection brings next is another request, or, when it was closed, nothing.
        if not handler.rfile.peek(1):  # type: ignore[attr-defined]
            closed.set()

    with serving(answer) as url:
        source = source_of(url)
        source.find_aliases_changed(START)
        assert len(opened) == 1, "one connection for all questions"
        source.rest()
        assert closed.wait(5)
        assert source.find_aliases_by_bugs([1]) == {}
        assert len(opened) == 2
        source.rest()


@pytest.mark.parametrize("path", ["", "/", "/bodhi", "/bodhi/"])
def test_bodhi_may_live_below_a_path(path: str) -> None:
    with answering(body(EMPTY_PAGE)) as (url, asked):
        client = BodhiClient(url + path, timeout_s=5, tries=1)
        client.ask("updates/")
        client.close_idle()
    assert asked == [f"GET {'/bodhi' if 'bodhi' in path else ''}/updates/"]


def test_it_says_who_asks_wants_no_page_and_brings_no_credentials() -> None:
    headers: list[dict[str, str]] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        headers.append({name.lower(): value for name, value in handler.headers.items()})
        send_json(handler, EMPTY_PAGE)

    with serving(answer) as url:
        source_of(url).find_aliases_by_bugs([1])
    (sent,) = headers
    assert (sent["user-agent"], sent["accept"]) == (USER_AGENT, "application/json")
    assert not sent.keys() & {"authorization", "cookie"}
