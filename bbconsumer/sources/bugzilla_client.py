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
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from bbconsumer.config import Secret
from bbconsumer.sources import RequestRefused, SourceDenied, SourceUnavailable
from bbconsumer.sources.http import build_session, retry_after_s

NAME = "bugzilla"
# Waits longer than this are left to the queue, which asks again when they are over.
LONGEST_WAIT_S = 15.0

T = TypeVar("T")

_BUG_IS_PRIVATE = 102
# 100 is the answer about an alias, or a number out of range, that no bug has.
_NO_SUCH_BUG_CODES = frozenset({100, 101, _BUG_IS_PRIVATE})
_DENIED_CODES = frozenset({300, 301, 305, 306, 410})
# Codes from here on are internal failures; they also come with HTTP 200.
_FIRST_INTERNAL_CODE = 100_000
# What Bugzilla says of a request comes with these; the others tell about the server, or what stands before it.
_OWN_STATUSES = frozenset({200, 400, 401, 404})
_TOO_LONG_STATUSES = frozenset({413, 414, 431})


class NoSuchBug(RequestRefused):
    """Bugzilla says that a bug that was asked for does not exist, or that the public may not see it."""

    def __init__(self, *, is_private: bool) -> None:
        super().__init__("private" if is_private else "missing")
        self.is_private = is_private


class _Transient(Exception):
    """Worth another try."""

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait_s = wait_s


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
        self._session = build_session(timeout_s)
        if api_key:
            self._session.auth = KeyAuth(api_key)
        self._tries = tries
        self._cancel = cancel or threading.Event()
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
        try:
            for attempt in Retrying(
                stop=stop_after_attempt(self._tries),
                retry=retry_if_exception_type(_Transient),
                wait=_wait_s,
                sleep=self._sleep,
                reraise=True,
            ):
                with attempt:
                    return self._try(request)
        except _Transient as error:
            raise SourceUnavailable(NAME, error.reason, error.wait_s) from error
        raise AssertionError("a last try either returns or raises")

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
            failure = _classified_http(error.response)
        except requests.TooManyRedirects:
            failure = SourceUnavailable(NAME, "redirects us to another address (if it has moved, configure that one)")
        except requests.Timeout:
            failure = _Transient(f"no answer within {self._timeout_s:g} s")
        except json.JSONDecodeError:
            failure = _Transient("the answer is not JSON")
        except requests.RequestException as error:
            failure = _Transient(f"connection failed ({_root_of(error)})")
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            # python-bugzilla takes an answer apart without looking what it is.
            failure = _Transient(f"the answer cannot be read ({type(error).__name__})")
        # Raised out here, where it drags no other exception along: their texts hold the address, and so the key.
        raise failure

    def _sleep(self, seconds: float) -> None:
        if self._cancel.wait(seconds):
            raise SourceUnavailable(NAME, "is not asked again: we are stopping")

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


def _root_of(error: BaseException) -> str:
    """What lies at the bottom of an error, in the operating system's words; libraries' texts may hold the key."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    return getattr(error, "strerror", None) or type(error).__name__


def _wait_s(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked_s = error.wait_s if isinstance(error, _Transient) else None
    return asked_s if asked_s is not None else min(LONGEST_WAIT_S, 0.5 * 2.0**state.attempt_number)


def _classified(code: object, text: str) -> Exception:
    if code in _DENIED_CODES:
        return SourceDenied(NAME, f"our key is refused (code {code})")
    if code in _NO_SUCH_BUG_CODES:
        return NoSuchBug(is_private=code == _BUG_IS_PRIVATE)
    if not isinstance(code, int) or code >= _FIRST_INTERNAL_CODE:
        return _Transient(f"internal failure (code {code})")
    return RequestRefused(f"Bugzilla refuses the request: {text:.300}")


def _classified_http(response: requests.Response) -> Exception:
    status = response.status_code
    if status in {401, 403}:
        return SourceDenied(NAME, f"our key is refused (HTTP {status})")
    if status in _TOO_LONG_STATUSES:
        return RequestRefused(f"Bugzilla refuses an address that is too long (HTTP {status})")
    wait_s = retry_after_s(response)
    reason = f"asks us to wait (HTTP {status})" if status == 429 else f"HTTP {status}"
    if wait_s is not None and wait_s > LONGEST_WAIT_S:
        # Asking again before the time that it named would only prolong the throttling.
        return SourceUnavailable(NAME, reason, wait_s)
    return _Transient(reason, wait_s)
