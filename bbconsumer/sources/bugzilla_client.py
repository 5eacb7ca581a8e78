"""One request to Bugzilla: authorization without leaking the key, bounded tries, and errors told apart.

Sources: https://bugzilla.readthedocs.io/en/5.0/api/core/v1/general.html (errors and authentication),
https://github.com/python-bugzilla/python-bugzilla
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from bugzilla import Bugzilla
from bugzilla.exceptions import BugzillaError
from requests.auth import AuthBase

from bbconsumer.config import Secret
from bbconsumer.sources import RequestRefused, SourceDenied, SourceUnavailable, ValueUnknown, WriteUncertain
from bbconsumer.sources.http import build_session
from bbconsumer.sources.trying import Transient, Tries, failure_of_answer, failure_without_answer

NAME = "bugzilla"

T = TypeVar("T")

_BUG_IS_PRIVATE = 102
_NO_SUCH_VALUE = 51
# 100 is the answer about an alias, or a number out of range, that no bug has.
_NO_SUCH_BUG_CODES = frozenset({100, 101, _BUG_IS_PRIVATE})
_DENIED_CODES = frozenset({300, 301, 305, 306, 410})
# Codes from here on are internal failures; they also come with HTTP 200.
_FIRST_INTERNAL_CODE = 100_000
# What Bugzilla says of a request comes with these; the others tell about the server, or what stands before it.
_OWN_STATUSES = frozenset({200, 400, 401, 404})


class NoSuchBug(RequestRefused):
    """Bugzilla says that a bug that was asked for does not exist, or that the public may not see it."""

    def __init__(self, *, is_private: bool) -> None:
        super().__init__("private" if is_private else "missing")
        self.is_private = is_private


class KeyAuth(AuthBase):
    """Sends the API key the way the server takes it: Red Hat's as a header, Bugzilla 5.0 only in the address."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        host = urlsplit(request.url or "").hostname
        if str(host).endswith(".redhat.com"):
            request.headers["Authorization"] = f"Bearer {self._key.reveal()}"
        else:
            request.prepare_url(request.url, {"Bugzilla_api_key": self._key.reveal()})
        return request


class BugzillaClient:
    """Calls Bugzilla with bounded tries. One client serves one thread; `cancel` ends its waiting."""

    def __init__(
        self, url: str, api_key: Secret, *, timeout_s: float, tries: int, cancel: threading.Event | None = None
    ) -> None:
        # python-bugzilla finds the interface by itself only where Bugzilla has a host of its own.
        self._url = f"{url.rstrip('/').removesuffix('/rest')}/rest/"
        self._session = build_session(NAME, timeout_s)
        if api_key:
            self._session.auth = KeyAuth(api_key)
        self._tries = Tries(NAME, tries, cancel)
        self._bugzilla: Bugzilla | None = None
        self._timeout_s = timeout_s

    def call(self, request: Callable[[Bugzilla], T]) -> T:
        """Make a request with python-bugzilla and give back what it returns.

        Raises:
            SourceUnavailable: it failed as often as it was tried.
            SourceDenied: the key is refused.
            RequestRefused: Bugzilla is well and refuses this very request.
            NoSuchBug: it refuses because there is no such bug for us.
        """
        return self._tries.make(lambda: self._try(request))

    def write(self, request: Callable[[Bugzilla], T]) -> T:
        """Make a request that changes something, once, and give back what it returns.

        Raises:
            WriteUncertain: it was sent, and nothing tells whether it was done.
            Else as `call`: it was not done.
        """
        try:
            return self._try(request)
        except Transient as error:
            kind = WriteUncertain if error.is_done_perhaps else SourceUnavailable
            raise kind(NAME, error.reason, error.wait_s) from error

    def get_bugs(self, path: str, params: Mapping[str, str | list[str]]) -> list[dict[str, Any]]:
        """GET the ``bugs`` of a REST path for which python-bugzilla makes one request for each bug.

        Raises: as `call`.
        """

        def request(_: Bugzilla) -> list[dict[str, Any]]:
            answer = _answer_in(self._session.get(self._url + path, params=params))
            return [dict(bug) for bug in answer["bugs"]]

        return self.call(request)

    def close_idle(self) -> None:
        """Close the connections that are kept for a next request."""
        self._session.close()

    def _try(self, request: Callable[[Bugzilla], T]) -> T:
        try:
            return request(self._connected())
        except BugzillaError as error:
            failure = _classified(error.code, str(error))
        except requests.HTTPError as error:
            failure = failure_of_answer(NAME, error.response, credential="key")
        except requests.RequestException as error:
            failure = failure_without_answer(NAME, error, self._timeout_s)
        except json.JSONDecodeError:
            failure = Transient("the answer is not JSON")
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            # python-bugzilla takes an answer apart without looking what it is.
            failure = Transient(f"the answer cannot be read ({type(error).__name__})")
        # Raised out here, where it drags no other exception along: their texts hold the address, and so the key.
        raise failure

    def _connected(self) -> Bugzilla:
        if self._bugzilla is None:
            # The constructor asks the server for its version.
            self._bugzilla = Bugzilla(self._url, use_creds=False, force_rest=True, requests_session=self._session)
        return self._bugzilla


def _answer_in(response: requests.Response) -> dict[str, Any]:
    if response.status_code not in _OWN_STATUSES:
        response.raise_for_status()
    try:
        answer = dict(response.json())
    except (ValueError, TypeError):
        response.raise_for_status()
        raise
    if answer.get("error"):
        raise BugzillaError(str(answer.get("message")), code=answer.get("code"))
    response.raise_for_status()
    return answer


def _classified(code: object, text: str) -> Exception:
    if code in _DENIED_CODES:
        return SourceDenied(NAME, f"our key is refused (code {code})")
    if code in _NO_SUCH_BUG_CODES:
        return NoSuchBug(is_private=code == _BUG_IS_PRIVATE)
    if not isinstance(code, int) or code >= _FIRST_INTERNAL_CODE:
        return Transient(f"internal failure (code {code})")
    kind = ValueUnknown if code == _NO_SUCH_VALUE else RequestRefused
    return kind(f"Bugzilla refuses the request: {text:.300}")
