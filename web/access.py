"""Lets endpoints be reached only by people who may: those who signed in, or administrators."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bbconsumer.config import Settings
from web.endpoints import Coroutine, Endpoint, as_coroutine
from web.errors import ErrorPage
from web.forms import read_form
from web.people import person_of
from web.sign_in import NOT_SET_UP
from web.templating import Renderer

_log = logging.getLogger(__name__)

_NOT_SIGNED_IN = ErrorPage(
    "You are not signed in",
    "Nothing was changed, and nothing that you wrote is lost: it is kept on this page. If you were signed in, that has "
    "ended.",
)
_NOT_SURE = ErrorPage(
    "Your groups must be asked for again",
    "Nothing was changed, and nothing that you wrote is lost: it is kept on this page. That you are an administrator "
    "counts for a few minutes only.",
)


@dataclass(frozen=True, slots=True)
class EndedPage(ErrorPage):
    """For who sent a form too late: what was sent, by name, and where it goes once the person is known again."""

    address: str = ""
    sent: tuple[tuple[str, str], ...] = ()
    sign_in: str = ""


class Access:
    """Makes endpoints out of those that take it for granted that somebody may reach them."""

    def __init__(self, settings: Settings, render: Renderer, clock: Callable[[], datetime]) -> None:
        self._is_possible = not settings.sign_in_problem
        self._admin_group = settings.fas_admin_group
        self._admin_age = timedelta(seconds=settings.admin_age_s)
        self._render = render
        self._clock = clock

    def signed_in(self, endpoint: Endpoint) -> Coroutine:
        """For everybody who signed in; others are led to where they can, and back."""
        return self._guarded(endpoint, self._unless_signed_in)

    def admin(self, endpoint: Endpoint) -> Coroutine:
        """For administrators. Groups that were told too long ago are asked for again, without bothering the person."""
        return self._guarded(endpoint, self._unless_admin)

    def _guarded(self, endpoint: Endpoint, refusal: Callable[[Request], Response | ErrorPage | None]) -> Coroutine:
        run = as_coroutine(endpoint)

        async def guarded(request: Request) -> Response:
            match refusal(request):
                case None:
                    return await run(request)
                case Response() as response:
                    return response
                case page:
                    return await self._keep_what_was_sent(request, page)

        return guarded

    async def _keep_what_was_sent(self, request: Request, page: ErrorPage) -> Response:
        """Browsers forget what was typed into pages that nobody may hold: so it comes back with the refusal."""
        try:
            form = await read_form(request)
        except HTTPException:
            # It is no form of ours: nobody wrote anything, and it is refused all the same.
            form = {}
        links = self._render.links
        renew = {"next": links.admin, "renew": "1"} if page is _NOT_SURE else {"next": links.my_proposals}
        ended = EndedPage(
            page.title,
            page.advice,
            address=request.url.path,
            sent=tuple((name, value) for name, values in form.items() for value in values),
            sign_in=f"{links.sign_in}?{urlencode(renew)}",
        )
        headers = {"Cache-Control": "no-store"}
        return self._render("session_ended.html", ended, status=HTTPStatus.FORBIDDEN, headers=headers)

    def _unless_signed_in(self, request: Request) -> Response | ErrorPage | None:
        if person_of(request) is not None:
            return None
        if not self._is_possible:
            return self._refusal(HTTPStatus.FORBIDDEN, NOT_SET_UP)
        return self._to_sign_in(request) or _NOT_SIGNED_IN

    def _unless_admin(self, request: Request) -> Response | ErrorPage | None:
        if (person := person_of(request)) is None:
            return self._unless_signed_in(request)
        if self._clock() - person.known_at >= self._admin_age:
            return self._to_sign_in(request, renew="1") or _NOT_SURE
        if person.is_admin:
            return None
        _log.warning("refused: %s is no administrator", person.name)
        page = ErrorPage(
            "This is for administrators",
            f"Administrators are the members of the group {self._admin_group}. If you have just become one, sign out "
            "and in again.",
        )
        return self._refusal(HTTPStatus.FORBIDDEN, page)

    def _to_sign_in(self, request: Request, **more: str) -> Response | None:
        """Where a page is asked for; what was sent with a form would be lost on the way."""
        if request.method not in {"GET", "HEAD"}:
            return None
        query = request.url.query
        path = f"{request.url.path}?{query}" if query else request.url.path
        return RedirectResponse(
            f"{self._render.links.sign_in}?{urlencode({'next': path, **more})}", HTTPStatus.SEE_OTHER
        )

    def _refusal(self, status: HTTPStatus, page: ErrorPage) -> Response:
        return self._render("error.html", page, status=status)
