"""One request to Bodhi, which is read without any credentials: bounded tries, and errors told apart.

Source: https://bodhi.fedoraproject.org/docs/server_api/rest/updates.html
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from bbconsumer.sources import RequestRefused
from bbconsumer.sources.http import build_session
from bbconsumer.sources.texts import clean_text
from bbconsumer.sources.trying import Transient, Tries, failure_of_answer, failure_without_answer

NAME = "bodhi"


class NoSuchUpdate(RequestRefused):
    """Bodhi itself says that no update has the alias that was asked for."""


class BodhiClient:
    """Asks Bodhi. One client serves one thread; `cancel` ends its waiting between tries."""

    def __init__(self, url: str, *, timeout_s: float, tries: int, cancel: threading.Event | None = None) -> None:
        self._url = url.rstrip("/") + "/"
        self._tries = Tries(NAME, tries, cancel)
        self._timeout_s = timeout_s
        self._session = build_session(NAME, timeout_s)
        # To browsers, and to whom it takes for one, it sends pages.
        self._session.headers["Accept"] = "application/json"

    def ask(self, path: str, params: Mapping[str, str | int] | None = None) -> dict[str, Any]:
        """What Bodhi answers, asked again when something fails.

        Raises:
            SourceUnavailable: it failed as often as it was tried.
            SourceDenied: whatever stands before Bodhi does not let us in.
            RequestRefused: Bodhi is well and refuses this very request.
            NoSuchUpdate: it refuses because there is no such update.
        """
        return self._tries.make(lambda: self._try(path, params))

    def close_idle(self) -> None:
        """Close the connections that are kept for a next request."""
        self._session.close()

    def _try(self, path: str, params: Mapping[str, str | int] | None) -> dict[str, Any]:
        try:
            response = self._session.get(self._url + path, params=params)
        except requests.TooManyRedirects as error:
            failure = _failure_of_redirect(error, self._timeout_s)
        except requests.RequestException as error:
            failure = failure_without_answer(NAME, error, self._timeout_s)
        else:
            return _answer_in(response)
        # Raised out here, where it drags no other exception along.
        raise failure


def _failure_of_redirect(error: requests.TooManyRedirects, timeout_s: float) -> Exception:
    """Who asks for the update `kernel` is sent to the list of the package's updates: it is no alias."""
    target = error.response.headers.get("Location", "") if error.response is not None else ""
    if "packages" in parse_qs(urlsplit(target).query):
        return NoSuchUpdate("Bodhi has a package of that name, and no update")
    return failure_without_answer(NAME, error, timeout_s)


def _answer_in(response: requests.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except (ValueError, RecursionError):
        answer = None
    if response.status_code == requests.codes.ok:
        if not isinstance(answer, dict):
            raise Transient("the answer is not JSON" if answer is None else "the answer is no object")
        return answer
    complaints = _complaints_in(answer)
    # What Bodhi says of a request comes with these; the others tell about the server, or what stands before it.
    if complaints and response.status_code in {requests.codes.bad_request, requests.codes.not_found}:
        text = f"Bodhi refuses the request: {'; '.join(complaints):.300}"
        is_missing = response.status_code == requests.codes.not_found and "url id: Invalid update id" in complaints
        raise NoSuchUpdate(text) if is_missing else RequestRefused(text)
    raise failure_of_answer(NAME, response, credential="anonymous request")


def _complaints_in(answer: object) -> list[str]:
    """What Bodhi finds wrong with a request; nothing when it is not Bodhi who speaks."""
    errors = answer.get("errors") if isinstance(answer, dict) else None
    if not isinstance(errors, list) or not all(isinstance(error, dict) for error in errors):
        return []
    return [
        f"{clean_text(str(error.get('location')))} {clean_text(str(error.get('name')))}: "
        f"{clean_text(str(error.get('description')))}"
        for error in errors
    ]
