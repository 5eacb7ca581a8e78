"""A Bugzilla that fails: tried again a bounded number of times, then `SourceUnavailable`, and never for longer."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler

import pytest

from bbconsumer.config import Secret
from bbconsumer.simulator.switches import Failure, Throttle
from bbconsumer.sources import RequestRefused, SourceDenied, SourceUnavailable
from bbconsumer.sources.bugzilla_client import BugzillaClient
from tests.sources.world import KEY, PATHS, World, nobody, send, send_json, serving, source_of

# Much less than what it would take to wait, and much more than a busy machine needs.
QUICK_S = 8.0

FAILURES = [
    (Failure("100500"), "internal failure"),
    (Failure("html", status=200), "not JSON"),
    (Failure("html", status=502), "HTTP 502"),
    (Failure("status", status=503), "HTTP 503"),
    (Failure("html", status=404), "HTTP 404"),
    (Failure("empty"), "not JSON"),
    # Half of an answer that says 404 is still a 404.
    (Failure("truncated"), "not JSON|HTTP 404"),
    (Failure("closed"), "connection failed"),
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("failure", "reason"), FAILURES, ids=lambda value: getattr(value, "kind", ""))
def test_a_failure_that_lasts_makes_the_source_unavailable(
    world: World, path: str, failure: Failure, reason: str
) -> None:
    world.server.switches.update({"paths": path, "fail": failure})
    with pytest.raises(SourceUnavailable, match=reason) as caught:
        world.read_all()
    assert type(caught.value) is SourceUnavailable
    assert caught.value.retry_after_s is None


@pytest.mark.parametrize("kind", ["100500", "html", "empty", "truncated", "closed"])
def test_a_failure_that_passes_is_not_noticed(world: World, kind: str) -> None:
    (bug_id,) = world.file_many(1)
    source = world.source(tries=2)
    source.fetch_trackers([world.tracker])
    world.server.switches.fail = Failure(kind, times=1)  # type: ignore[arg-type]
    assert source.fetch_bugs([bug_id], [world.tracker], {}).keys() == {bug_id}
    assert world.asked() == {"search": 3}


def test_it_is_tried_as_often_as_is_set_and_no_more(world: World) -> None:
    world.server.switches.throttle = Throttle(retry_after_s=0)
    with pytest.raises(SourceUnavailable):
        world.source(tries=4).fetch_prioritized_ids()
    assert world.server.requests.count() == 4


def test_a_short_wait_that_the_server_asks_for_is_waited(world: World) -> None:
    world.server.switches.throttle = Throttle(retry_after_s=1, times=1)
    started = time.monotonic()
    world.source(tries=2).fetch_trackers([world.tracker])
    assert time.monotonic() - started >= 1.0


def test_a_long_wait_that_the_server_asks_for_is_left_to_the_caller(world: World) -> None:
    world.server.switches.throttle = Throttle(retry_after_s=120)
    started = time.monotonic()
    with pytest.raises(SourceUnavailable, match="asks us to wait") as caught:
        world.source(tries=3).fetch_trackers([world.tracker])
    assert caught.value.retry_after_s == 120.0
    assert time.monotonic() - started < QUICK_S
    assert world.server.requests.count() == 1


def test_a_short_wait_that_did_not_help_is_told_to_the_caller(world: World) -> None:
    world.server.switches.throttle = Throttle(retry_after_s=2)
    with pytest.raises(SourceUnavailable, match="asks us to wait") as caught:
        world.source().fetch_trackers([world.tracker])
    assert caught.value.retry_after_s == 2.0


@pytest.mark.parametrize("value", ["", "soon", "-5", "1e9", "Wed, 99 Nov 2026", "9" * 400])
def test_a_wait_without_sense_does_not_silence_the_source(value: str) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        send(handler, b"", 503, Retry_After=value)

    with serving(answer) as url, pytest.raises(SourceUnavailable) as caught:
        source_of(url).fetch_prioritized_ids()
    assert caught.value.retry_after_s in {None, 3600.0}


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with nobody() as url, pytest.raises(SourceUnavailable, match="Connection refused"):
        source_of(url).fetch_prioritized_ids()


def test_a_host_that_is_not_known_is_unavailable() -> None:
    with pytest.raises(SourceUnavailable, match="connection failed"):
        source_of("http://bugzilla.invalid").fetch_prioritized_ids()


def test_a_connection_that_ends_in_the_middle_of_an_answer_is_unavailable() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        send(handler, b'{"version": "5.0', Content_Length="1000")
        handler.close_connection = True

    with serving(answer) as url, pytest.raises(SourceUnavailable, match="connection failed"):
        source_of(url).fetch_prioritized_ids()


def test_an_answer_that_stalls_in_the_middle_is_given_up() -> None:
    over = threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        send(handler, b'{"version": "5.0', Content_Length="1000")
        over.wait(2 * QUICK_S)

    started = time.monotonic()
    with serving(answer) as url, pytest.raises(SourceUnavailable, match="TimeoutError"):
        source_of(url, timeout_s=0.3).fetch_prioritized_ids()
    over.set()
    assert time.monotonic() - started < QUICK_S


@pytest.mark.parametrize("path", PATHS)
def test_every_request_has_a_time_out(world: World, path: str) -> None:
    world.server.switches.update({"paths": path, "slow_s": 1.5})
    with pytest.raises(SourceUnavailable, match=r"no answer within 0\.3 s"):
        world.read_all(timeout_s=0.3)


def test_slow_answers_cost_at_most_tries_and_time_outs(world: World) -> None:
    world.server.switches.slow_s = 2 * QUICK_S
    started = time.monotonic()
    with pytest.raises(SourceUnavailable, match="no answer"):
        world.source(tries=2, timeout_s=0.3).fetch_trackers([world.tracker])
    assert time.monotonic() - started < QUICK_S
    assert world.server.requests.count() == 2


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "failure",
    [Failure("status", status=400, code=306), Failure("status", status=401, code=410), Failure("html", status=403)],
    ids=["306 on 400", "410 on 401", "page on 403"],
)
def test_a_refused_key_is_told_at_once(world: World, path: str, failure: Failure) -> None:
    world.server.switches.update({"paths": path, "fail": failure})
    with pytest.raises(SourceDenied, match="our key is refused"):
        world.read_all(tries=3)
    kinds = ["version", "search", "bug", "history"]
    assert world.server.requests.by_kind()[kinds[PATHS.index(path)]] == 1, "a refused key is not tried again"


def test_a_wrong_key_is_refused(either_world: World) -> None:
    with pytest.raises(SourceDenied):
        either_world.source(key="wrong", tries=3).fetch_prioritized_ids()
    assert either_world.server.requests.count() == 1


def test_a_request_that_bugzilla_refuses_is_not_repeated(world: World) -> None:
    world.server.switches.update({"paths": "GET /rest/bug$", "fail": Failure("status", status=400, code=53)})
    with pytest.raises(RequestRefused, match="told to fail"):
        world.source(tries=3).fetch_trackers([world.tracker])
    assert world.asked() == {"search": 1}


@pytest.mark.parametrize(
    "content",
    [
        [],
        [1],
        "text",
        {},
        {"bugs": None},
        {"bugs": [None]},
        {"bugs": ["x"]},
        {"bugs": [{}]},
        {"bugs": {"id": 1}},
        {"error": True},
        {"error": True, "code": "100500", "message": None},
    ],
    ids=repr,
)
@pytest.mark.parametrize("status", [200, 400])
def test_an_answer_of_another_shape_is_unavailable(content: object, status: int) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        if "/rest/version" in handler.path:
            send_json(handler, {"version": "5.0.4"})
        else:
            send_json(handler, content, status)

    with serving(answer) as url:
        for request in ("fetch_bugs", "fetch_histories"):
            with pytest.raises(SourceUnavailable):
                getattr(source_of(url), request)([1], *([[2], {}] if request == "fetch_bugs" else []))


def test_stopping_ends_the_waiting_at_once_and_asks_no_more(world: World) -> None:
    cancel = threading.Event()
    world.server.switches.throttle = Throttle(retry_after_s=14)
    timer = threading.Timer(0.3, cancel.set)
    timer.start()
    started = time.monotonic()
    with pytest.raises(SourceUnavailable):
        world.source(tries=3, cancel=cancel).fetch_trackers([world.tracker])
    timer.join()
    assert time.monotonic() - started < QUICK_S
    assert world.server.requests.count() == 1


def test_what_was_begun_before_stopping_may_be_finished(world: World) -> None:
    cancel = threading.Event()
    cancel.set()
    assert world.source(cancel=cancel).fetch_trackers([world.tracker]).keys() == {world.tracker}


def test_a_source_that_was_down_when_it_was_first_asked_works_later(world: World) -> None:
    source = world.source()
    world.server.switches.fail = Failure("closed", times=1)
    with pytest.raises(SourceUnavailable):
        source.fetch_trackers([world.tracker])
    assert source.fetch_trackers([world.tracker]).keys() == {world.tracker}


def test_nothing_is_asked_before_the_first_question(world: World) -> None:
    """python-bugzilla's constructor asks at once, which would make the service depend on Bugzilla when it starts."""
    world.source().rest()
    assert world.server.requests.count() == 0


def test_resting_closes_idle_connections_and_the_next_question_opens_one() -> None:
    opened, closed = [], threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.connection not in opened:
            opened.append(handler.connection)
        send_json(handler, {"version": "5.0.4", "bugs": []})
        # What a connection brings next is another request, or, when it was closed, nothing.
        if not handler.rfile.peek(1):  # type: ignore[attr-defined]
            closed.set()

    with serving(answer) as url:
        source = source_of(url)
        source.fetch_prioritized_ids()
        assert len(opened) == 1, "one connection for both requests"
        assert not closed.wait(0.2), "kept for the next request"
        source.rest()
        assert closed.wait(5)
        assert source.fetch_prioritized_ids() == frozenset()
        assert len(opened) == 2
        source.rest()


@pytest.mark.parametrize("path", ["", "/", "/rest", "/rest/", "/bugzilla", "/bugzilla/rest/"])
def test_bugzilla_may_live_below_a_path(path: str) -> None:
    asked: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path.partition("?")[0])
        send_json(handler, {"version": "5.0.4", "bugs": [{"id": 1, "history": []}]})

    with serving(answer) as url:
        client = BugzillaClient(url + path, Secret(KEY), timeout_s=5, tries=1)
        client.get_bugs("bug/1/history", {})
        client.close_idle()
    prefix = "/bugzilla" if "bugzilla" in path else ""
    assert asked == [f"{prefix}/rest/version", f"{prefix}/rest/bug/1/history"]
