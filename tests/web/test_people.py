"""Who is signed in: what the cookie holds and for how long, and that no page made for one person reaches another."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bbconsumer.config import Secret, Settings
from bbconsumer.db.session import Database
from tests.web.client import Client
from tests.web.reading import BETA, OVERVIEW, PREFIX, Page
from tests.web.signed_in import ADMINS, settings_with_sign_in, sign_in, sign_out
from tests.web.test_cache import Clock, until
from tests.web.world import NOW, World
from web.access import Access
from web.app import create_app
from web.assets import Assets
from web.people import person_of
from web.sessions import Sessions
from web.templating import Renderer

SETTINGS = settings_with_sign_in()


@pytest.fixture
def clock() -> Clock:
    """Stands at NOW until it is set."""
    return Clock()


@pytest.fixture
def client(world: World, database: Database, clock: Clock) -> Iterator[Client]:
    """A browser at an application that keeps pages, with one bug on a current milestone."""
    world.milestone(is_current=True)
    world.nominated(7)
    world.synced()
    with Client(_application(database, clock), follow_redirects=False) as client:
        yield client


def _application(database: Database, clock: Clock, settings: Settings = SETTINGS) -> Starlette:
    """The application, and beside it endpoints for who signed in and for administrators."""
    app = create_app(settings, database, clock=clock)
    access = Access(settings, Renderer(settings, Assets()), clock)

    def who(request: Request) -> Response:
        person = person_of(request)
        return PlainTextResponse(person.name if person else "nobody")

    async def who_slowly(request: Request) -> Response:
        return who(request)

    methods = ["GET", "POST"]
    app.router.routes.append(Route("/test/signed-in", access.signed_in(who), methods=methods))
    app.router.routes.append(Route("/test/admin", access.admin(who_slowly), methods=methods))
    return app


def cookie_of(settings: Settings, name: str = "alice", groups: tuple[str, ...] = ()) -> tuple[str, str]:
    """Name and value of a session's cookie."""
    sessions = Sessions(settings, lambda: NOW)
    return sessions.cookie.name, sessions.seal(name, groups)


def test_the_cookie_holds_a_name_groups_that_matter_and_an_end() -> None:
    _, value = cookie_of(SETTINGS, "alice", ("packager", ADMINS, "signed_fpca"))
    payload = value.rsplit(".", 1)[0]
    content = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert content == {"name": "alice", "groups": [ADMINS], "end": int((NOW + timedelta(hours=8)).timestamp())}


@pytest.mark.parametrize(
    ("address", "name", "attributes"),
    [
        ("https://qa.example.test/blockerbugs", "__Secure-blockerbugs-session", {"Path=/blockerbugs", "Secure"}),
        ("https://qa.example.test", "__Host-blockerbugs-session", {"Path=/", "Secure"}),
        ("http://127.0.0.1:8080/blockerbugs", "blockerbugs-session", {"Path=/blockerbugs"}),
    ],
)
def test_the_cookie_goes_nowhere_but_to_us(address: str, name: str, attributes: set[str]) -> None:
    sessions = Sessions(settings_with_sign_in(blockerbugs_url=address), lambda: NOW)
    begun, ended = Response(), Response()
    sessions.begin(begun, "alice", ())
    sessions.end(ended)
    for response, age in ((begun, "28800"), (ended, "0")):
        cookie, *told = response.headers["set-cookie"].split("; ")
        assert cookie.partition("=")[0] == name
        assert {part for part in told if not part.startswith("expires")} == attributes | {
            f"Max-Age={age}", "HttpOnly", "SameSite=lax",
        }  # fmt: skip


def test_only_a_cookie_that_we_signed_and_whose_end_is_ahead_names_somebody() -> None:
    now = [NOW]
    sessions = Sessions(SETTINGS, lambda: now[0])
    name, value = cookie_of(SETTINGS)
    person = sessions.recognize({name: value})
    assert person is not None
    assert (person.name, person.groups, person.is_admin, person.known_at) == ("alice", frozenset(), False, NOW)
    _, of_another_key = cookie_of(settings_with_sign_in(secret_key=Secret("l" * 32)))
    payload, _, signature = value.rpartition(".")
    for bad in (
        "",
        "x",
        ".",
        payload,
        f"{payload}.",
        f"{value}x",
        f"x{value}",
        of_another_key,
        f"{payload}.{signature[::-1]}",
    ):
        assert sessions.recognize({name: bad}) is None, bad
    assert sessions.recognize({"blockerbugs-session": value}) is None
    assert Sessions(Settings.of(secret_key=SETTINGS.secret_key), lambda: NOW).recognize({name: value}) is None
    now[0] = NOW + timedelta(hours=8) - timedelta(seconds=1)
    assert sessions.recognize({name: value}) is not None
    now[0] = NOW + timedelta(hours=8)
    assert sessions.recognize({name: value}) is None


def test_the_cookie_of_a_sign_in_that_is_under_way_is_no_session(client: Client) -> None:
    from web.cookies import SignedCookie  # noqa: PLC0415 - only this test makes one

    other = SignedCookie(SETTINGS, "signing-in", timedelta(minutes=10))
    value = other.seal({"name": "mallory", "groups": [ADMINS]}, NOW)
    session_name, _ = cookie_of(SETTINGS)
    assert client.get("/test/signed-in", headers={"Cookie": f"{session_name}={value}"}).status_code == 303


def _header(page: Page) -> str:
    return " ".join("".join(page.one("header").itertext()).split())


def test_pages_of_everybody_offer_to_sign_in_and_those_of_a_person_their_name(client: Client) -> None:
    assert _header(Page(client.get(PREFIX + BETA).text)).endswith("Sign in")
    sign_in(client, SETTINGS, "alice")
    for path in (BETA, OVERVIEW, "/bug/7", "/status", "/nothing"):
        answer = client.get(PREFIX + path)
        page = Page(answer.text)
        assert _header(page).endswith("alice Sign out")
        assert f"{PREFIX}/user/alice" in page.links()
        assert answer.headers["cache-control"] == "private, no-store"
        assert "etag" not in answer.headers
    assert client.get(f"{PREFIX}/api/v1/milestones").headers["cache-control"] == "private, no-store"
    page = Page(client.get(PREFIX + BETA).text)
    (style, *_) = [e.get("href") or "" for e in page.root.iter("link") if e.get("rel") == "stylesheet"]
    assert client.get(style).headers["cache-control"].startswith("public")


def test_nothing_of_a_person_is_ever_kept_for_others(client: Client, clock: Clock) -> None:
    until(lambda: client.get(PREFIX + BETA).headers["etag"] == client.get(PREFIX + BETA).headers["etag"])
    before = client.get(PREFIX + BETA).text
    for name in ("alice", "bob"):
        for path in (BETA, f"{OVERVIEW}/meeting", "/bug/7"):
            sign_in(client, SETTINGS, name)
            assert f"/user/{name}" in client.get(PREFIX + path).text
            sign_out(client)
            everybody = client.get(PREFIX + path)
            assert "alice" not in everybody.text
            assert "bob" not in everybody.text
            assert everybody.headers["cache-control"] == "no-cache"
    assert client.get(PREFIX + BETA).text == before
    # A minute later the first who asks is somebody who signed in.
    clock.now += timedelta(minutes=1)
    sign_in(client, SETTINGS, "alice", clock=clock)
    assert "alice" in client.get(PREFIX + BETA).text
    sign_out(client)
    assert "alice" not in client.get(PREFIX + BETA).text


def test_without_what_is_needed_nothing_offers_to_sign_in(database: Database, world: World) -> None:
    world.milestone(is_current=True)
    client = Client(create_app(Settings.of(), database, clock=lambda: NOW), follow_redirects=False)
    assert "Sign in" not in client.get(PREFIX + OVERVIEW).text
    for path in ("/login", "/authorize"):
        answer = client.get(PREFIX + path)
        assert answer.status_code == 404
        assert "Everything can be read without" in Page(answer.text).text


POST = {"Sec-Fetch-Site": "same-origin"}


def test_who_is_not_signed_in_is_led_to_it_and_back(client: Client) -> None:
    led = client.get("/test/signed-in?a=1&b=%2F")
    assert (led.status_code, led.headers["location"]) == (
        303, f"{PREFIX}/login?next=%2Ftest%2Fsigned-in%3Fa%3D1%26b%3D%252F"
    )  # fmt: skip
    refused = client.post("/test/signed-in", headers=POST)
    assert refused.status_code == 403
    assert "You are not signed in" in Page(refused.text).text
    sign_in(client, SETTINGS)
    assert client.get("/test/signed-in").text == client.post("/test/signed-in", headers=POST).text == "alice"


def test_an_administrator_is_who_was_told_to_be_one_a_short_while_ago(client: Client, clock: Clock) -> None:
    assert client.get("/test/admin").headers["location"] == f"{PREFIX}/login?next=%2Ftest%2Fadmin"
    sign_in(client, SETTINGS, "bob", ["packager"])
    assert client.get("/test/admin").status_code == 403
    assert "members of the group qa-admin" in Page(client.get("/test/admin").text).text
    sign_in(client, SETTINGS, "alice", [ADMINS])
    assert client.get("/test/admin").text == "alice"
    clock.now += timedelta(seconds=SETTINGS.admin_age_s - 1)
    assert client.get("/test/admin").text == "alice"
    clock.now += timedelta(seconds=1)
    assert client.get("/test/admin").headers["location"] == f"{PREFIX}/login?next=%2Ftest%2Fadmin&renew=1"
    refused = client.post("/test/admin", headers=POST, data={"release": "46"})
    assert refused.status_code == 403
    page = Page(refused.text)
    assert "Your groups must be asked for again" in page.text
    assert f"{PREFIX}/login?next=%2Fblockerbugs%2Fadmin&renew=1" in page.links()
    # The session itself goes on.
    assert client.get("/test/signed-in").text == "alice"


def test_signing_out_takes_a_post_from_our_own_pages(client: Client) -> None:
    sign_in(client, SETTINGS)
    assert client.get(f"{PREFIX}/logout").status_code == 405
    assert client.post(f"{PREFIX}/logout").status_code == 403
    answer = client.post(f"{PREFIX}/logout", headers=POST)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PREFIX}/")
    assert 'blockerbugs-session=""' in answer.headers["set-cookie"]


def test_the_end_is_that_of_the_clock_and_not_of_the_browser(client: Client, clock: Clock) -> None:
    sign_in(client, SETTINGS)
    clock.now = datetime(2100, 1, 1, tzinfo=NOW.tzinfo)
    assert client.get("/test/signed-in").status_code == 303
