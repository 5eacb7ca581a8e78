"""Signing in at a certified provider, over real HTTP: who somebody is, what becomes of it, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import httpx2
import pytest

from tests.openid.site import Visitor, Web, reserved_url, serving
from tests.services.openid_provider import CLIENT_SECRET, OpenIDProvider
from tests.services.required import leave_out
from tests.services.server import ServiceMissing

EVERYBODY = {"alice": ["qa-admin", "packager"], "bob": ["packager"]}


@pytest.fixture(scope="module")
def places() -> tuple[int, str]:
    """Where the service will be, which the provider must know."""
    return reserved_url()


@pytest.fixture(scope="module")
def provider(places: tuple[int, str]) -> Iterator[OpenIDProvider]:
    """The provider, with everybody."""
    try:
        provider = OpenIDProvider(f"{places[1]}/authorize")
    except ServiceMissing as missing:
        leave_out(str(missing))
    with provider:
        yield provider


@pytest.fixture(scope="module")
def served(
    places: tuple[int, str], provider: OpenIDProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Web]:
    """The service."""
    with serving(tmp_path_factory.mktemp("web"), places[0], provider.issuer, CLIENT_SECRET) as web:
        yield web


@pytest.fixture
def web(served: Web, provider: OpenIDProvider) -> Web:
    """The service as it was at first, and so is the provider."""
    served.begin_anew()
    provider.tell(EVERYBODY)
    return served


@pytest.fixture
def visitor(web: Web) -> Iterator[Visitor]:
    """Somebody whom neither knows."""
    with Visitor(web.settings.blockerbugs_url) as visitor:
        yield visitor


def sign_in(visitor: Visitor, name: str, path: str = "/login?next=/blockerbugs/status") -> Visitor:
    """Go through the provider's pages."""
    return visitor.open(path).say(prompt="login", login=name, password="any")


def test_who_signs_in_comes_back_to_the_page_and_is_known_by_name(visitor: Visitor, web: Web) -> None:
    sign_in(visitor, "bob")
    assert visitor.trail[-1] == f"{web.settings.blockerbugs_url}/status"
    assert visitor.name == "bob"
    assert "administrators are the members" in visitor.open("/test/admin").text.casefold()
    visitor.post("/logout")
    assert visitor.name == ""
    assert "blockerbugs-session" not in visitor.cookies


def test_what_is_asked_of_the_provider_is_bound_to_this_browser(visitor: Visitor, web: Web) -> None:
    visitor.open("/login")
    asked = visitor.asked("/auth?")
    assert asked["redirect_uri"] == f"{web.settings.blockerbugs_url}/authorize"
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    # Of an alphabet of 62 letters at least: 128 bits.
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 22
    visitor.open("/login")
    again = visitor.asked("/auth?")
    assert all(asked[name] != again[name] for name in ("state", "nonce", "code_challenge"))


def test_a_group_makes_an_administrator_and_its_loss_unmakes_one_soon(
    visitor: Visitor, web: Web, provider: OpenIDProvider
) -> None:
    assert sign_in(visitor, "alice", "/test/admin").answer.text == "administrator alice"
    provider.tell({"alice": ["packager"]})
    # So far nobody was asked.
    assert visitor.open("/test/admin").answer.text == "administrator alice"
    web.late = timedelta(seconds=web.settings.admin_age_s)
    visitor.open("/test/admin")
    assert visitor.asked("/auth?")["prompt"] == "none"
    assert visitor.answer.status_code == 403
    assert visitor.name == "alice"


def test_who_is_asked_again_notices_nothing(visitor: Visitor, web: Web) -> None:
    sign_in(visitor, "alice", "/test/admin")
    before = visitor.cookies["blockerbugs-session"]
    web.late = timedelta(seconds=web.settings.admin_age_s)
    assert visitor.open("/test/admin?x=1").answer.text == "administrator alice"
    assert visitor.trail[-1].endswith("/blockerbugs/test/admin?x=1")
    assert visitor.cookies["blockerbugs-session"] != before


def test_whom_the_provider_has_forgotten_meanwhile_is_asked_in_person(visitor: Visitor, web: Web) -> None:
    sign_in(visitor, "alice", "/test/admin")
    visitor.forget("_session")
    web.late = timedelta(seconds=web.settings.admin_age_s)
    visitor.open("/test/admin")
    assert [url for url in visitor.trail if "error=login_required" in url]
    assert visitor.say(prompt="login", login="alice", password="any").answer.text == "administrator alice"


def _come_back(visitor: Visitor, name: str) -> str:
    """The address to which the provider sends somebody back, which is not opened yet."""
    visitor.open("/login")
    visitor.say(until="/authorize?", prompt="login", login=name, password="any")
    return visitor.trail[-1]


def test_a_code_counts_once(visitor: Visitor, web: Web) -> None:
    url = _come_back(visitor, "bob")
    kept = visitor.cookies
    assert visitor.open(url).name == "bob"
    with Visitor(web.settings.blockerbugs_url) as thief:
        # With all that the browser had, and the same code.
        thief.keep("blockerbugs-signing-in", kept["blockerbugs-signing-in"])
        assert thief.open(url).answer.status_code == 403
        assert "You are not signed in" in thief.text
        assert thief.name == ""


def test_a_code_counts_only_in_the_browser_that_asked_for_it(visitor: Visitor, web: Web) -> None:
    url = _come_back(visitor, "alice")
    with Visitor(web.settings.blockerbugs_url) as victim:
        assert victim.open(url).answer.status_code == 400
        # Another sign-in is under way there: with another state, and where that is set right, another verifier.
        victim.go("GET", f"{web.settings.blockerbugs_url}/login", until="/auth?")
        assert victim.open(url).answer.status_code == 400
        victim.go("GET", f"{web.settings.blockerbugs_url}/login", until="/auth?")
        state = victim.asked("/auth?")["state"]
        assert victim.open(str(httpx2.URL(url).copy_set_param("state", state))).answer.status_code == 403
        assert victim.name == ""


def test_a_state_that_is_wrong_or_missing_is_refused(visitor: Visitor) -> None:
    url = httpx2.URL(_come_back(visitor, "bob"))
    for wrong in (url.copy_set_param("state", "x"), url.copy_remove_param("state")):
        assert visitor.open(str(wrong)).answer.status_code == 400
    assert visitor.open(str(url.copy_set_param("iss", "https://evil.example.test"))).answer.status_code == 403
    assert visitor.name == ""


def test_the_provider_does_not_take_a_request_without_pkce(visitor: Visitor, provider: OpenIDProvider) -> None:
    visitor.open("/login")
    asked = {name: value for name, value in visitor.asked("/auth?").items() if not name.startswith("code_challenge")}
    answer = httpx2.get(f"{provider.issuer}/auth", params=asked)
    assert "error=invalid_request" in answer.headers["location"]


def test_while_the_provider_is_down_people_stay_signed_in_and_can_read(
    visitor: Visitor, provider: OpenIDProvider
) -> None:
    url = _come_back(visitor, "bob")
    provider.stop()
    try:
        # Who comes back just then.
        assert visitor.open(url).answer.status_code == 503
        assert "Everything here can be read without it" in visitor.text
        assert visitor.open("/status").answer.status_code == 200
    finally:
        provider.start()
    # It has forgotten everybody.
    assert sign_in(visitor, "bob").name == "bob"
