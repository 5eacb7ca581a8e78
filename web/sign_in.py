"""Signing in and out. Nothing here touches the database: who may sign in, and as whom, the issuer knows."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bbconsumer.config import Settings
from web.cookies import SignedCookie
from web.errors import RETRY_AFTER_S, ErrorPage
from web.own_paths import own_path, path_from
from web.people import person_of
from web.provider import Provider, ProviderUnavailable, SignInRefused
from web.sessions import Sessions
from web.templating import Renderer

_log = logging.getLogger(__name__)

# For typing a password and a second factor.
PATIENCE = timedelta(minutes=10)
# What an issuer answers when it would have to ask the person something.
# Source: https://openid.net/specs/openid-connect-core-1_0.html#AuthError
_MUST_ASK: Final = frozenset(
    {"login_required", "interaction_required", "consent_required", "account_selection_required"}
)

NOT_SET_UP = ErrorPage(
    "Nobody can sign in here",
    "Everything can be read without. Whoever operates this service finds what is missing with: bbconsumer check_config",
)
_AWAY = ErrorPage(
    "Signing in is not possible at the moment",
    "Fedora's sign-in service does not answer as it should. Everything here can be read without it; try to sign in "
    "again in a few minutes. If it stays like this, status.fedoraproject.org may tell why.",
)
_NOT_BEGUN = ErrorPage(
    "You are not signed in",
    "Signing in took longer than ten minutes, or was begun in another window or browser. Sign in once more.",
)
_REFUSED = ErrorPage("You are not signed in", "Fedora's sign-in service did not say who you are. Sign in once more.")
_DENIED = ErrorPage(
    "You are not signed in", "You, or Fedora's sign-in service, said no. Everything can be read without."
)


class SignIn:
    """The endpoints `/login`, `/authorize` and `/logout`."""

    def __init__(self, settings: Settings, sessions: Sessions, render: Renderer, clock: Callable[[], datetime]) -> None:
        self._is_possible = not settings.sign_in_problem
        self._origin = settings.origin
        self._return_url = f"{settings.blockerbugs_url}/authorize"
        self._sessions = sessions
        self._under_way = SignedCookie(settings, "signing-in", PATIENCE)
        self._provider = Provider(settings)
        self._render = render
        self._clock = clock

    async def begin(self, request: Request) -> Response:
        """Lead to the issuer; with ``?renew=1`` without bothering the person, if that can be."""
        if not self._is_possible:
            return self._page(HTTPStatus.NOT_FOUND, NOT_SET_UP)
        links = self._render.links
        if (asked := request.query_params.get("next")) is not None:
            path = own_path(asked, links)
        else:
            path = path_from(request.headers.get("Referer", ""), self._origin, links)
        return await self._lead_away(request, path, is_silent=request.query_params.get("renew") == "1")

    async def complete(self, request: Request) -> Response:
        """Where the issuer sends people back to."""
        if not self._is_possible:
            return self._page(HTTPStatus.NOT_FOUND, NOT_SET_UP)
        if (begun := self._under_way.open(request.cookies, self._clock())) is None:
            return self._page(HTTPStatus.BAD_REQUEST, _NOT_BEGUN)
        request.scope["session"] = begun["session"]
        try:
            identity = await self._provider.identify(request)
        except ProviderUnavailable:
            return self._away()
        except SignInRefused as refusal:
            if begun["is_silent"] and refusal.code in _MUST_ASK:
                return await self._lead_away(request, begun["path"], is_silent=False)
            return self._refused(refusal)
        _log.info("sign-in: %s signed in%s", identity.name, ", unasked" if begun["is_silent"] else "")
        response = RedirectResponse(begun["path"], HTTPStatus.SEE_OTHER)
        self._sessions.begin(response, identity.name, identity.groups)
        self._under_way.remove(response)
        return response

    async def end(self, request: Request) -> Response:
        """Sign out of this service, and of no other."""
        if person := person_of(request):
            _log.info("sign-in: %s signed out", person.name)
        response = RedirectResponse(self._render.links.start, HTTPStatus.SEE_OTHER)
        self._sessions.end(response)
        return response

    async def _lead_away(self, request: Request, path: str, *, is_silent: bool) -> Response:
        session: dict[str, Any] = {}
        request.scope["session"] = session
        try:
            response = await self._provider.redirect(request, self._return_url, is_silent=is_silent)
        except ProviderUnavailable:
            return self._away()
        sealed = self._under_way.seal({"session": session, "path": path, "is_silent": is_silent}, self._clock())
        self._under_way.set(response, sealed)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _refused(self, refusal: SignInRefused) -> Response:
        _log.warning("sign-in: refused: %s", refusal.code)
        if refusal.code == "mismatching_state":
            return self._page(HTTPStatus.BAD_REQUEST, _NOT_BEGUN)
        page = _DENIED if refusal.code == "access_denied" else _REFUSED
        response = self._page(HTTPStatus.FORBIDDEN, page)
        self._under_way.remove(response)
        return response

    def _away(self) -> Response:
        headers = {"Retry-After": str(RETRY_AFTER_S)}
        return self._render("error.html", _AWAY, status=HTTPStatus.SERVICE_UNAVAILABLE, headers=headers)

    def _page(self, status: HTTPStatus, page: ErrorPage) -> Response:
        return self._render("error.html", page, status=status)
