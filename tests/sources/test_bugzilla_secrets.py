"""The API key goes to Bugzilla and nowhere else: not into errors, not into logs, not to another host."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import requests

from bbconsumer.config import Secret
from bbconsumer.domain.snapshots import BugSnapshot
from bbconsumer.simulator.switches import Failure, Throttle
from bbconsumer.sources import RequestRefused, SourceUnavailable
from bbconsumer.sources.bugzilla_client import KeyAuth
from bbconsumer.sources.http import USER_AGENT
from tests.sources.leaks import formatted, told_by
from tests.sources.world import ALIAS, KEY, PATHS, World, get, nobody, send, send_json, serving, source_of

SWITCHES: dict[str, dict[str, object]] = {
    "closed": {"fail": Failure("closed")},
    "internal": {"fail": Failure("100500")},
    "page with 200": {"fail": Failure("html", status=200)},
    "page with 500": {"fail": Failure("html", status=500)},
    "page with 403": {"fail": Failure("html", status=403)},
    "page with 414": {"fail": Failure("html", status=414)},
    "empty": {"fail": Failure("empty")},
    "truncated": {"fail": Failure("truncated")},
    "wrong key": {"fail": Failure("status", status=400, code=306)},
    "refused": {"fail": Failure("status", status=400, code=53)},
    "throttled": {"throttle": Throttle(retry_after_s=120)},
    "slow": {"slow_s": 1.0},
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("fault", SWITCHES)
def test_no_error_and_no_log_line_shows_the_key(
    world: World, log: list[logging.LogRecord], path: str, fault: str
) -> None:
    world.server.switches.update({"paths": path, **SWITCHES[fault]})
    with pytest.raises((SourceUnavailable, RequestRefused)) as caught:
        world.read_all(timeout_s=0.3)
    assert KEY not in told_by(caught.value)
    assert KEY not in formatted(log, caught.value, KEY)


def test_libraries_do_log_the_key_unless_it_is_masked(world: World, log: list[logging.LogRecord]) -> None:
    world.source().fetch_prioritized_ids()
    assert KEY in "\n".join(record.getMessage() for record in log)
    assert "Bugzilla_api_key=***" in formatted(log, ValueError(), KEY)


@pytest.mark.parametrize("is_host_known", [True, False])
def test_no_error_shows_the_key_when_there_is_no_connection(log: list[logging.LogRecord], is_host_known: bool) -> None:
    with nobody() as url, pytest.raises(SourceUnavailable) as caught:
        source_of(url if is_host_known else "http://bugzilla.invalid").fetch_prioritized_ids()
    assert KEY not in told_by(caught.value)
    assert KEY not in formatted(log, caught.value, KEY)


@pytest.mark.parametrize(
    ("url", "is_header"),
    [
        ("https://bugzilla.redhat.com/rest/bug?id=1", True),
        ("https://bugzilla.stage.redhat.com/rest/bug", True),
        ("https://BUGZILLA.REDHAT.COM/rest/bug", True),
        ("https://evilredhat.com/rest/bug?id=1", False),
        ("https://redhat.com.evil.test/rest/bug", False),
        ("https://evil.test/bugzilla.redhat.com/rest", False),
        ("https://evil.test/rest?host=bugzilla.redhat.com", False),
        ("https://bugzilla.redhat.com@evil.test/rest", False),
        ("http://127.0.0.1:8080/rest/bug?id=1", False),
    ],
)
def test_the_key_is_a_header_for_red_hat_only(url: str, is_header: bool) -> None:
    request = requests.Request("GET", url, auth=KeyAuth(Secret(KEY))).prepare()
    assert request.headers.get("Authorization") == (f"Bearer {KEY}" if is_header else None)
    # A stock Bugzilla 5.0 takes it nowhere else.
    assert (f"Bugzilla_api_key={KEY}" in str(request.url)) is not is_header


def test_the_rest_of_the_address_is_left_as_it_was() -> None:
    prepared = requests.Request(
        "GET", "http://b.test/rest/bug", params={"id": "1,2"}, auth=KeyAuth(Secret(KEY))
    ).prepare()
    assert prepared.url == f"http://b.test/rest/bug?id=1%2C2&Bugzilla_api_key={KEY}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirection_is_followed(log: list[logging.LogRecord], status: int) -> None:
    reached: list[str] = []

    def elsewhere(handler: BaseHTTPRequestHandler) -> None:
        reached.append(handler.path)
        send_json(handler, {"version": "5.0.4"})

    with ExitStack() as stack:
        other = stack.enter_context(serving(elsewhere)).replace("127.0.0.1", "localhost")

        def answer(handler: BaseHTTPRequestHandler) -> None:
            # As web servers do it when a site has moved: with the query.
            send(handler, b"", status, Location=other + handler.path)

        url = stack.enter_context(serving(answer))
        with pytest.raises(SourceUnavailable, match="redirects us") as caught:
            source_of(url, tries=3).fetch_prioritized_ids()
    assert reached == []
    assert KEY not in told_by(caught.value)
    assert KEY not in formatted(log, caught.value, KEY)


def recorded(ask: Callable[[str], object]) -> list[dict[str, str]]:
    """The headers of each request that `ask` makes to the address that it is given."""
    seen: list[dict[str, str]] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        seen.append({**handler.headers, "path": handler.path})
        send_json(handler, {"version": "5.0.4", "bugs": [{"id": 1, "history": []}]})

    with serving(answer) as url:
        ask(url)
    return seen


def ask_all(source_url: str, key: str = "") -> None:
    """Ask through python-bugzilla, and past it."""
    source = source_of(source_url, key=key)
    source.fetch_histories([1])
    source.find_tracker_id("1")
    source.rest()


def test_every_request_tells_who_we_are() -> None:
    requests_seen = recorded(ask_all)
    assert len(requests_seen) == 3
    assert {seen["User-Agent"] for seen in requests_seen} == {USER_AGENT}


@pytest.mark.parametrize("key", ["", KEY])
def test_credentials_in_the_users_files_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    (tmp_path / ".netrc").write_text("default login someone password secret-of-someone\n")
    (tmp_path / ".bugzillarc").write_text("[127.0.0.1]\napi_key = key-of-someone\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for seen in recorded(lambda url: ask_all(url, key)):
        assert "Authorization" not in seen
        assert "key-of-someone" not in seen["path"]
        assert (f"Bugzilla_api_key={KEY}" in seen["path"]) is bool(key)


def test_a_proxy_does_not_stand_between_us_and_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:3128")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert len(recorded(ask_all)) == 3


def test_red_hats_bugzilla_is_read_through_a_clusters_proxy(
    world: World, monkeypatch: pytest.MonkeyPatch, log: list[logging.LogRecord]
) -> None:
    """By its true name, for which python-bugzilla changes what it gives, and the key is a header."""
    asked: list[str] = []

    def forward(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        path = handler.path.removeprefix("http://bugzilla.redhat.com")
        key = {"Authorization": handler.headers["Authorization"]}
        response = get(world.server.url + path, key)
        send(handler, response.content, response.status_code)

    bug_id = world.file(version="rawhide", component="gnome-shell", blocks=[world.tracker])
    with serving(forward) as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        source = source_of("http://bugzilla.redhat.com")
        (bug,) = source.fetch_bugs([bug_id], [world.tracker], {}).values()
        assert isinstance(bug, BugSnapshot)
        assert (bug.version, bug.component, *bug.blocks) == ("rawhide", "gnome-shell", world.tracker)
        assert source.find_tracker_id(ALIAS) == world.tracker
        assert source.fetch_histories([bug_id]) == {bug_id: ()}
        source.rest()
    assert len(asked) == 4
    assert all(path.startswith("http://bugzilla.redhat.com/rest/") and KEY not in path for path in asked)
    assert KEY not in formatted(log, ValueError(), KEY)
