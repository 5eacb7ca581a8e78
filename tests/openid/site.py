"""Our web as a server of its own, with sign-in, and somebody who looks at it and at the provider as a browser would."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urljoin, urlsplit

import html5lib
import httpx2
from sqlalchemy import make_url
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bbconsumer.config import Secret, Settings
from bbconsumer.db.session import Database
from bbconsumer.simulator.loopback import LoopbackServer
from tests.services.schema import make_schema
from tests.services.server import find_free_port
from tests.web.reading import PREFIX
from web.access import Access
from web.app import create_app
from web.assets import Assets
from web.people import person_of
from web.templating import Renderer

PATIENCE_S = 20


class Web(LoopbackServer):
    """Our application. `clock` says what time it is there; `late` sets it ahead of the provider's."""

    def __init__(self, settings: Settings, database: Database, port: int) -> None:
        super().__init__("web", port=port)
        self.settings = settings
        self._database = database
        self.begin_anew()

    def begin_anew(self) -> None:
        """As after a restart: nothing is known of the provider."""
        self.late = timedelta(0)
        self._app = create_app(self.settings, self._database, clock=self.clock)
        access = Access(self.settings, Renderer(self.settings, Assets()), self.clock)
        # As administration will be: a page for administrators only.
        self._app.router.routes.insert(0, Route(f"{PREFIX}/test/admin", access.admin(_who)))

    def clock(self) -> datetime:
        return datetime.now(UTC) + self.late

    def app(self) -> ASGIApp:
        async def newest(scope: Scope, receive: Receive, send: Send) -> None:
            await self._app(scope, receive, send)

        return newest


def _who(request: Request) -> Response:
    person = person_of(request)
    return PlainTextResponse(f"administrator {person.name}" if person else "nobody")


def reserved_url() -> tuple[int, str]:
    """A port for the web, and the address of the service there."""
    port = find_free_port()
    return port, f"http://127.0.0.1:{port}{PREFIX}"


@contextmanager
def serving(folder: Path, port: int, issuer: str, secret: str) -> Iterator[Web]:
    """The service, with an empty database, at a port that was reserved."""
    database = Database(make_url(f"sqlite:///{folder / 'web.sqlite'}"))
    make_schema(database)
    settings = Settings.of(
        blockerbugs_url=f"http://127.0.0.1:{port}{PREFIX}",
        secret_key=Secret("k" * 32),
        oidc_issuer=issuer,
        oidc_client_id="blockerbugs",
        oidc_client_secret=Secret(secret),
    )
    with Web(settings, database, port) as web:
        yield web
    database.dispose()


class Visitor:
    """Somebody with a browser without scripts: keeps cookies, follows redirects and remembers them, sends forms."""

    def __init__(self, url: str) -> None:
        """`url` is that of the service."""
        self._url = url
        # Cookies of 127.0.0.1 go to all its ports, as in browsers. An empty context trusts nobody, and is made at once.
        self._client = httpx2.Client(timeout=PATIENCE_S, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        self.trail: list[str] = []
        self.answer = httpx2.Response(204)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    @property
    def text(self) -> str:
        """The words of the page at which the visitor is."""
        root = html5lib.parse(self.answer.text, namespaceHTMLElements=False)
        return " ".join("".join(root.itertext()).split())

    @property
    def name(self) -> str:
        """As whom the service's own status page greets the visitor; empty for nobody."""
        root = html5lib.parse(self._client.get(f"{self._url}/status").text, namespaceHTMLElements=False)
        links = [e.get("href") or "" for e in root.iter("a")]
        return next((link.rpartition("/")[2] for link in links if "/user/" in link), "")

    def open(self, path: str) -> Self:
        """Open a page of the service and go where it leads."""
        return self.go("GET", path if "://" in path else self._url + path)

    def go(self, method: str, url: str, *, until: str = "", **request: Any) -> Self:
        """Send one request and follow what it leads to; an address that has `until` in it is not opened any more."""
        self.trail = [url]
        self.answer = self._client.request(method, url, **request)
        while location := self.answer.headers.get("location"):
            url = urljoin(url, location)
            self.trail.append(url)
            if until and until in url:
                break
            self.answer = self._client.get(url)
        return self

    def say(self, *, until: str = "", **fields: str) -> Self:
        """Send the form of the page at which the visitor is; goes on as `go` does."""
        root = html5lib.parse(self.answer.text, namespaceHTMLElements=False)
        (form,) = [e for e in root.iter("form") if e.get("method") == "post"]
        here = str(self.answer.url)
        hidden = {e.get("name") or "": e.get("value") or "" for e in form.iter("input") if e.get("type") == "hidden"}
        return self.go("POST", urljoin(here, form.get("action") or here), data=hidden | fields, until=until)

    def post(self, path: str) -> Self:
        """Send a form of the service's own pages, without what is in it."""
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(self._url))
        return self.go("POST", self._url + path, headers={"Sec-Fetch-Site": "same-origin", "Origin": origin})

    @property
    def cookies(self) -> dict[str, str]:
        """What the browser keeps, by name."""
        return {cookie.name: cookie.value or "" for cookie in self._client.cookies.jar}

    def forget(self, names: str) -> None:
        """Have the browser forget the cookies whose names begin so."""
        for cookie in list(self._client.cookies.jar):
            if cookie.name.startswith(names):
                self._client.cookies.jar.clear(cookie.domain, cookie.path, cookie.name)

    def keep(self, name: str, value: str) -> None:
        """Have the browser keep a cookie for the service."""
        self._client.cookies.set(name, value, domain="127.0.0.1", path=PREFIX)

    def asked(self, url_part: str) -> dict[str, str]:
        """The query of the first address on the trail that has this in it."""
        url = next(url for url in self.trail if url_part in url)
        return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
