"""How often something may be asked for, and by whom; how large what is sent may be; and what is not logged."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bbconsumer.db.session import Database
from tests.web.client import Client
from tests.web.reading import PREFIX, Page
from tests.web.signed_in import settings_with_sign_in, sign_in
from tests.web.world import NOW
from web.app import create_app
from web.assets import Assets
from web.body_limit import MAX_BODY_BYTES, BodyLimit
from web.limits import Limiter, client_network
from web.refusals import Refusals
from web.templating import Renderer

SETTINGS = settings_with_sign_in(proxies_in_front=1)
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of server is enough for what does not depend on it."""
    return sqlite_url


@pytest.fixture
def client(database: Database, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A browser behind one proxy. No limit gives anything back, however long the machine takes."""
    monkeypatch.setattr("web.app.Limiter", partial(Limiter, clock=lambda: 0.0))
    app = create_app(SETTINGS, database, clock=lambda: NOW)
    return Client(app, follow_redirects=False, raise_server_exceptions=False)


def test_a_bucket_lets_a_burst_through_and_then_one_at_a_time() -> None:
    now = [100.0]
    limiter = Limiter(burst=3, interval_s=2.0, clock=lambda: now[0])
    assert [limiter.wait_s("a") for _ in range(5)] == [0.0, 0.0, 0.0, 2.0, 2.0]
    assert limiter.wait_s("b") == 0.0
    now[0] += 1.5
    assert limiter.wait_s("a") == 0.5
    now[0] += 0.5
    assert [limiter.wait_s("a") for _ in range(2)] == [0.0, 2.0]
    now[0] += 3600
    assert [limiter.wait_s("a") for _ in range(4)] == [0.0, 0.0, 0.0, 2.0]


def test_what_is_remembered_of_those_who_ask_has_an_end() -> None:
    limiter = Limiter(burst=1, interval_s=60.0, clock=lambda: 0.0, max_buckets=2)
    assert limiter.wait_s("a") == limiter.wait_s("b") == 0.0
    # Who asks over and over is not forgotten by that.
    assert limiter.wait_s("a") > 0
    assert limiter.wait_s("c") == 0.0
    assert limiter.wait_s("a") > 0
    assert limiter.wait_s("b") == 0.0


def _asked(client: str, forwarded: tuple[str, ...]) -> Request:
    headers = [(b"x-forwarded-for", line.encode()) for line in forwarded]
    return Request({"type": "http", "headers": headers, "client": (client, 1)})


@pytest.mark.parametrize(
    ("forwarded", "proxies", "expected"),
    [
        ((), 0, "10.0.0.1"),
        (("192.0.2.1",), 0, "10.0.0.1"),
        (("192.0.2.1",), 1, "192.0.2.1"),
        (("6.6.6.6, 192.0.2.1",), 1, "192.0.2.1"),
        (("6.6.6.6", "192.0.2.1"), 1, "192.0.2.1"),
        (("6.6.6.6, 192.0.2.1, 10.9.9.9",), 2, "192.0.2.1"),
        (("192.0.2.1",), 2, "10.0.0.1"),
        ((), 1, "10.0.0.1"),
        (("2001:db8:1:2:3::4",), 1, "2001:db8:1:2::/64"),
        # Where both kinds of addresses share a socket: not all of IPv4 is one household.
        (("::ffff:192.0.2.1",), 1, "192.0.2.1"),
        (("::ffff:192.0.2.2",), 1, "192.0.2.2"),
        (("nonsense",), 1, "nonsense"),
    ],
)
def test_only_what_our_own_proxies_wrote_tells_where_a_request_comes_from(
    forwarded: tuple[str, ...], proxies: int, expected: str
) -> None:
    assert client_network(_asked("10.0.0.1", forwarded), proxies) == expected


@pytest.mark.parametrize(
    ("method", "path", "burst"),
    [("GET", "/search?q=x", 60), ("GET", "/authorize", 20), ("POST", "/api/v0/webhook", 300)],
)
def test_what_is_asked_for_too_often_is_refused_with_when_to_come_back(
    client: Client, method: str, path: str, burst: int
) -> None:
    statuses = [client.request(method, PREFIX + path).status_code for _ in range(burst)]
    assert 429 not in statuses
    refused = client.request(method, PREFIX + path)
    assert refused.status_code == 429
    assert refused.headers["retry-after"] in {"1", "2", "3"}
    assert "Wait " in (refused.json()["detail"] if "/api/" in path else Page(refused.text).text)
    # Somebody else, and somebody who has a name.
    other = {"X-Forwarded-For": "192.0.2.9"}
    assert client.request(method, PREFIX + path, headers=other).status_code != 429
    sign_in(client, SETTINGS)
    assert client.request(method, PREFIX + path).status_code != 429


@pytest.mark.parametrize("path", ["/logout", "/nothing", "/search", "/api/v1/milestones"])
def test_a_body_that_is_too_large_is_refused_before_it_is_read(client: Client, path: str) -> None:
    for announced in (str(MAX_BODY_BYTES + 1), "9" * 30):
        headers = OURS | {"Content-Length": announced}
        refused = client.post(PREFIX + path, content=iter([b"x"]), headers=headers)
        assert refused.status_code == 413
        assert "larger than anything that is taken here" in refused.text
    assert client.post(PREFIX + path, content=b"x" * MAX_BODY_BYTES, headers=OURS).status_code in {303, 404, 405}


def test_a_body_that_does_not_tell_its_size_is_broken_off() -> None:
    async def size(request: Request) -> Response:
        return PlainTextResponse(str(len(await request.body())))

    refuse = Refusals(Renderer(SETTINGS, Assets()))
    routes = [Route(path, size, methods=["POST"]) for path in ("/limited", "/free")]
    limit = Middleware(BodyLimit, refuse=refuse, limited_paths={"/free"}, max_bytes=10)
    client = Client(Starlette(routes=routes, middleware=[limit]))

    def chunks(count: int) -> Iterator[bytes]:
        return iter([b"12345"] * count)

    assert client.post("/limited", content=chunks(2)).text == "10"
    assert client.post("/limited", content=chunks(3)).status_code == 413
    assert client.post("/free", content=chunks(3)).text == "15"
