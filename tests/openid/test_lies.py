"""A provider that lies, or talks nonsense, signs nobody in; and as soon as it tells the truth again, it does."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bbconsumer.simulator.openid import CLIENT_SECRET, ID_TOKEN, KEYS, METADATA, TOKEN, USERINFO, ProviderSwitches
from bbconsumer.simulator.openid_server import SimulatedOpenID
from tests.openid.site import Visitor, Web, reserved_url, serving

REFUSED, UNUSABLE = 403, 503


@pytest.fixture(scope="module")
def provider() -> Iterator[SimulatedOpenID]:
    """The simulated one, which keeps to the protocol until it is told not to."""
    with SimulatedOpenID() as provider:
        yield provider


@pytest.fixture(scope="module")
def web(provider: SimulatedOpenID, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """The service."""
    port, url = reserved_url()
    provider.state.redirect_uris.add(f"{url}/authorize")
    with serving(tmp_path_factory.mktemp("web"), port, provider.issuer, CLIENT_SECRET) as web:
        yield web


@pytest.fixture
def visitor(web: Web, provider: SimulatedOpenID) -> Iterator[Visitor]:
    """Somebody whom neither knows; the provider speaks the truth."""
    provider.state.switches = ProviderSwitches()
    web.begin_anew()
    with Visitor(web.settings.blockerbugs_url) as visitor:
        yield visitor


def id_token(**claims: Any) -> ProviderSwitches:
    return ProviderSwitches(changes={ID_TOKEN: claims})


def says(name: str, **changes: Any) -> ProviderSwitches:
    return ProviderSwitches(changes={name: changes})


def answers(name: str, status: int, body: bytes) -> ProviderSwitches:
    return ProviderSwitches(raw={name: (status, body)})


NOW_S = int(time.time())
LIES = {
    "wrong nonce": (id_token(nonce="another"), REFUSED),
    "no nonce": (id_token(nonce=None), REFUSED),
    "wrong issuer": (id_token(iss="https://evil.example.test/openidc/"), REFUSED),
    "issuer without its slash": (id_token(iss="http://127.0.0.1/openidc"), REFUSED),
    "no issuer": (id_token(iss=None), REFUSED),
    "wrong audience": (id_token(aud="another"), REFUSED),
    "wrong audience, authorized for us": (id_token(aud="another", azp="blockerbugs"), REFUSED),
    "no audience": (id_token(aud=None), REFUSED),
    "for us, authorized for another": (id_token(azp="another"), REFUSED),
    "expired": (id_token(exp=NOW_S - 3600, iat=NOW_S - 7200), REFUSED),
    "expiry that is no number": (id_token(exp="soon"), REFUSED),
    "no expiry": (id_token(exp=None), REFUSED),
    "not valid yet": (id_token(nbf=NOW_S + 3600), REFUSED),
    "made in the future": (id_token(iat=NOW_S + 3600), REFUSED),
    "no subject": (id_token(sub=None), REFUSED),
    "signed by another": (ProviderSwitches(is_signed_by_another=True), REFUSED),
    "not signed": (ProviderSwitches(is_unsigned=True), REFUSED),
    "not signed, which it says to do": (
        ProviderSwitches({METADATA: {"id_token_signing_alg_values_supported": ["none", "RS256"]}}, is_unsigned=True),
        REFUSED,
    ),
    "no ID token": (says(TOKEN, id_token=None), REFUSED),
    "no access token": (says(TOKEN, access_token=None), REFUSED),
    "ID token that is none": (says(TOKEN, id_token="x.y.z"), REFUSED),
    "ID token that is no text": (says(TOKEN, id_token=7), REFUSED),
    "about another": (says(USERINFO, sub="carol", nickname="carol"), REFUSED),
    "no name": (says(USERINFO, nickname=None), REFUSED),
    "a name that is none": (says(USERINFO, nickname="<script>"), REFUSED),
    "a name that climbs": (says(USERINFO, nickname="../admin"), REFUSED),
    "a name that is a list": (says(USERINFO, nickname=["carol"]), REFUSED),
    "groups that are a text": (says(USERINFO, groups="qa-admin"), UNUSABLE),
    "keys that are none": (says(KEYS, keys="x"), REFUSED),
    "no keys": (says(KEYS, keys=[]), REFUSED),
    **{
        f"{what} as {name}": (answers(name, status, body), UNUSABLE)
        for name in (METADATA, KEYS, TOKEN, USERINFO)
        for what, status, body in (
            ("HTML", 200, b"<html>hello</html>"),
            ("a text", 200, b'"text"'),
            ("nothing", 200, b""),
            ("an error", 500, b"{}"),
            ("bytes", 200, b"\xff\xfe\x00"),
        )
    },
    "another issuer's description": (says(METADATA, issuer="https://evil.example.test/"), UNUSABLE),
    "only unsafe algorithms": (says(METADATA, id_token_signing_alg_values_supported=["none", "HS256"]), UNUSABLE),
    **{
        f"{endpoint} elsewhere": (says(METADATA, **{endpoint: address}), UNUSABLE)
        for endpoint in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
        for address in ("http://evil.example.test/x", None)
    },
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_signs_nobody_in(visitor: Visitor, provider: SimulatedOpenID, web: Web, lie: str) -> None:
    switches, status = LIES[lie]
    provider.state.switches = switches
    visitor.open("/login?next=/blockerbugs/status")
    if visitor.answer.status_code == 200:
        visitor.say(account="bob")
    assert visitor.answer.status_code == status, visitor.text
    assert "blockerbugs-session" not in visitor.cookies
    assert "Everything here can be read without it" in visitor.text or "You are not signed in" in visitor.text
    # Nothing of it is remembered.
    provider.state.switches = ProviderSwitches()
    visitor.open("/login?next=/blockerbugs/status")
    if visitor.answer.url.path.endswith("/Authorization"):
        visitor.say(account="bob")
    assert visitor.name == "bob"


def test_a_redirect_of_the_provider_is_not_followed_to_another_host(
    visitor: Visitor, provider: SimulatedOpenID, web: Web
) -> None:
    provider.state.switches = answers(METADATA, 302, b"")
    assert visitor.open("/login").answer.status_code == UNUSABLE


def test_who_says_no_at_the_provider_can_go_on_reading(visitor: Visitor) -> None:
    visitor.open("/login").say(account="")
    assert visitor.answer.status_code == REFUSED
    assert "said no" in visitor.text
    assert visitor.name == ""


def test_an_error_with_markup_in_it_is_not_shown(visitor: Visitor, web: Web) -> None:
    visitor.open("/login")
    state = visitor.asked("/Authorization")["state"]
    visitor.open(f"/authorize?error=%3Cscript%3E&error_description=call+0800&state={state}")
    assert visitor.answer.status_code == REFUSED
    assert "script>" not in visitor.answer.text.split("<main")[1]
    assert "0800" not in visitor.answer.text


def test_a_sign_in_that_takes_too_long_is_begun_anew(visitor: Visitor, web: Web) -> None:
    visitor.open("/login")
    web.late = timedelta(minutes=10)
    assert visitor.say(account="bob").answer.status_code == 400
    assert "took longer than ten minutes" in visitor.text


def test_eight_hours_later_nobody_is_signed_in(visitor: Visitor, web: Web) -> None:
    visitor.open("/login").say(account="bob")
    web.late = timedelta(hours=7, minutes=59)
    assert visitor.name == "bob"
    web.late = timedelta(hours=8, seconds=1)
    assert visitor.name == ""


def test_who_signed_in_and_that_somebody_could_not_is_in_the_log(
    visitor: Visitor, provider: SimulatedOpenID, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="web.sign_in")
    visitor.open("/login").say(account="bob")
    visitor.post("/logout")
    provider.state.switches = id_token(nonce="another")
    # The provider still knows who this is.
    visitor.open("/login")
    said = [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "web.sign_in"]
    assert said == [
        ("INFO", "sign-in: bob signed in"),
        ("INFO", "sign-in: bob signed out"),
        ("WARNING", "sign-in: refused: invalid_id_token"),
    ]
