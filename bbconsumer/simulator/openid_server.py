"""The simulated provider of identities as a server in this process: one says who one is, without a password."""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from bbconsumer.simulator.loopback import LoopbackServer
from bbconsumer.simulator.openid import KEYS, METADATA, TOKEN, USERINFO, OAuthRefusal, OpenID
from bbconsumer.simulator.records import Json

_COOKIE = "simulated-browser"


class SimulatedOpenID(LoopbackServer):
    """`state` holds who there is and the lies. `issuer` is its name and its address."""

    def __init__(self, *, port: int = 0) -> None:
        super().__init__("OpenID", port=port)
        self.issuer = f"{self.url}/openidc"
        self.state = OpenID(self.issuer)

    def app(self) -> ASGIApp:
        endpoints = _Endpoints(self.state)
        routes = [
            Route("/.well-known/openid-configuration", endpoints.metadata),
            Route("/Jwks", endpoints.keys),
            Route("/Authorization", endpoints.authorization, methods=["GET", "POST"]),
            Route("/Token", endpoints.token, methods=["POST"]),
            Route("/UserInfo", endpoints.userinfo),
        ]
        return Starlette(routes=[Mount(urlsplit(self.issuer).path, routes=routes)])


class _Endpoints:
    def __init__(self, state: OpenID) -> None:
        self._state = state

    async def metadata(self, _request: Request) -> Response:
        return self._answer(METADATA, self._state.metadata())

    async def keys(self, _request: Request) -> Response:
        return self._answer(KEYS, {"keys": [self._state.key.as_dict(private=False)]})

    async def authorization(self, request: Request) -> Response:
        """Asks who somebody is, unless the browser is known, and leads back to the client."""
        asked = dict(request.query_params)
        try:
            self._state.check_request(asked)
        except OAuthRefusal as refusal:
            return JSONResponse({"error": refusal.code}, 400)
        browser = request.cookies.get(_COOKIE, "")
        if request.method == "POST":
            chosen = (await _form(request)).get("account")
            if not chosen:
                return _back(asked, error="access_denied")
            browser = self._state.sign_in(chosen)
        if (account := self._state.account_by_browser.get(browser)) is None:
            if asked.get("prompt") == "none":
                return _back(asked, error="login_required")
            return HTMLResponse(_page(sorted(self._state.groups_by_account)))
        response = _back(asked, code=self._state.authorize(account, asked))
        response.set_cookie(_COOKIE, browser, httponly=True)
        return response

    async def token(self, request: Request) -> Response:
        try:
            return self._answer(TOKEN, self._state.redeem(await _form(request)))
        except OAuthRefusal as refusal:
            return JSONResponse({"error": refusal.code}, 400)

    async def userinfo(self, request: Request) -> Response:
        try:
            told = self._state.userinfo(request.headers.get("Authorization", "").removeprefix("Bearer "))
        except OAuthRefusal as refusal:
            return JSONResponse({"error": refusal.code}, 401)
        return self._answer(USERINFO, told)

    def _answer(self, name: str, answer: Json) -> Response:
        switches = self._state.switches
        if name in switches.raw:
            status, body = switches.raw[name]
            return Response(body, status, media_type="application/json")
        return JSONResponse(switches.applied(name, answer))


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode()))


def _back(asked: dict[str, str], **told: str) -> Response:
    state = {"state": asked["state"]} if "state" in asked else {}
    return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(told | state)}", 303)


def _page(accounts: list[str]) -> str:
    buttons = "\n".join(
        f'<p><button name="account" value="{escape(account)}">{escape(account)}</button></p>' for account in accounts
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Who are you?</title>'
        # Browsers would ask for one.
        '<link rel="icon" href="data:,"></head><body><main>\n'
        f'<h1>Simulated sign-in: who are you?</h1>\n<form method="post">\n{buttons}\n'
        '<p><button name="account" value="">I will not say</button></p>\n</form></main></body></html>\n'
    )
