"""The token goes to Pagure and nowhere else: not into errors, not into logs, not to another host."""

from __future__ import annotations

import itertools
import logging
from contextlib import ExitStack, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from bbconsumer.sources import RequestRefused, SourceUnavailable
from bbconsumer.sources.http import USER_AGENT
from tests.sources.leaks import formatted, told_by
from tests.sources.pagure_faults import (
    READS,
    TOKEN,
    WRITES,
    Ask,
    answering,
    half,
    nothing,
    page,
    said,
    source_of,
    stalling,
)
from tests.sources.world import Answer, nobody, send, send_json, serving

FAULTS: dict[str, Answer] = {
    "hangs up": nothing,
    "hangs up in the middle": half,
    "page with 200": page(200),
    "page with 403": page(403),
    "page with 413": page(413),
    "page with 502": page(502),
    "throttled": page(429, Retry_After="120"),
    "wrong token": said(401, "EINVALIDTOK", "Invalid token"),
    "refused": said(400, "EINVALIDREQ", {"title": ["This field is required."]}),
    "no project": said(404, "ENOPROJECT"),
}
ASK = {**READS, **WRITES}


@pytest.mark.parametrize("fault", FAULTS)
def test_no_error_and_no_log_line_shows_the_token(log: list[logging.LogRecord], fault: str) -> None:
    with answering(FAULTS[fault]) as (url, asked):
        for name, ask in ASK.items():
            with pytest.raises((SourceUnavailable, RequestRefused)) as caught:
                ask(source_of(url))
            assert TOKEN not in told_by(caught.value), name
            assert TOKEN not in formatted(log, caught.value, "nothing is masked"), name
    assert len(asked) == len(ASK)


def test_no_error_shows_the_token_when_no_answer_comes(log: list[logging.LogRecord]) -> None:
    with ExitStack() as stack:
        urls = stack.enter_context(nobody()), stack.enter_context(stalling())[0], "http://pagure.invalid"
        for url, ask in itertools.product(urls, ASK.values()):
            with pytest.raises(SourceUnavailable) as caught:
                ask(source_of(url, timeout_s=0.1, write_timeout_s=0.1))
            assert TOKEN not in told_by(caught.value)
            assert TOKEN not in formatted(log, caught.value, "nothing is masked")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("ask", [READS["one ticket"], WRITES["create"]], ids=["read", "write"])
def test_no_redirection_is_followed(status: int, ask: Ask) -> None:
    """Not to another host, and not to the page where people log in when a session has expired."""
    with ExitStack() as stack:
        elsewhere, reached = stack.enter_context(answering(page(200)))

        def answer(handler: BaseHTTPRequestHandler) -> None:
            send(handler, b"", status, Location=elsewhere.replace("127.0.0.1", "localhost") + "/login/")

        url = stack.enter_context(serving(answer))
        with pytest.raises(SourceUnavailable, match="redirects us") as caught:
            ask(source_of(url, tries=3))
    assert type(caught.value) is SourceUnavailable, "nothing was written either"
    assert reached == []
    assert TOKEN not in told_by(caught.value)


def headers_of(ask: Ask, token: str) -> dict[str, str]:
    """The headers of the one request that `ask` makes."""
    seen: list[dict[str, str]] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        seen.append(dict(handler.headers))
        send_json(handler, {"error": "Issue not found", "error_code": "ENOISSUE"}, 404)

    with serving(answer) as url, suppress(RequestRefused):
        ask(source_of(url, token=token))
    (headers,) = seen
    return headers


@pytest.mark.parametrize("ask", ASK.values(), ids=ASK)
def test_every_request_tells_who_we_are(ask: Ask) -> None:
    headers = headers_of(ask, TOKEN)
    assert headers["User-Agent"] == USER_AGENT
    assert headers["Authorization"] == f"token {TOKEN}"


@pytest.mark.parametrize("ask", ASK.values(), ids=ASK)
def test_credentials_in_the_users_files_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: Ask) -> None:
    (tmp_path / ".netrc").write_text("default login someone password secret-of-someone\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    assert "Authorization" not in headers_of(ask, token="")


def test_a_proxy_does_not_stand_between_us_and_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:3128")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert headers_of(READS["one ticket"], TOKEN)


def test_pagure_is_reached_through_a_clusters_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(said(404, "ENOISSUE")) as (proxy, asked):
        monkeypatch.setenv("http_proxy", proxy)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        source_of("http://pagure.test").fetch_tickets([1])
    assert asked == ["GET http://pagure.test/api/0/fedora-qa/blocker-review/issue/1"]
