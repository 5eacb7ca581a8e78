"""Bounded tries of a request, and what a failed one means, whichever source was asked.

Nothing here may raise an error that drags another along: texts of the libraries hold addresses, and so perhaps a key.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

import requests
from tenacity import RetryCallState, Retrying, retry_if_exception_type
from urllib3.exceptions import NewConnectionError

from bbconsumer.sources import RequestRefused, SourceDenied, SourceUnavailable, WaitingStopped
from bbconsumer.sources.http import retry_after_s

# Waits longer than this are left to the queue, which asks again when they are over.
LONGEST_WAIT_S = 15.0

T = TypeVar("T")

_TOO_LONG_STATUSES = frozenset({413, 414, 431})
_TOO_MANY_REQUESTS = 429


class Transient(Exception):
    """Worth another try. `is_done_perhaps`: the request may have taken effect all the same."""

    def __init__(self, reason: str, wait_s: float | None = None, *, is_done_perhaps: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait_s = wait_s
        self.is_done_perhaps = is_done_perhaps


class Tries:
    """Makes requests to one source, each at most `count` times; setting `cancel` ends the waiting between them."""

    def __init__(self, source: str, count: int, cancel: threading.Event | None = None) -> None:
        self._source = source
        self._count = count
        self._cancel = cancel or threading.Event()

    def make(self, request: Callable[[], T]) -> T:
        """What `request` gives back; it is called again as long as it raises `Transient`.

        Raises:
            SourceUnavailable: it did so each time.
        """
        try:
            for attempt in Retrying(
                stop=self._is_over,
                retry=retry_if_exception_type(Transient),
                wait=_wait_s,
                sleep=self._sleep,
                reraise=True,
            ):
                with attempt:
                    return request()
        except Transient as error:
            raise SourceUnavailable(self._source, error.reason, error.wait_s) from error
        raise AssertionError("a last try either returns or raises")

    def _is_over(self, state: RetryCallState) -> bool:
        # Asking again before the time that the source named would only prolong its throttling.
        return state.attempt_number >= self._count or (_asked_wait_s(state) or 0.0) > LONGEST_WAIT_S

    def _sleep(self, seconds: float) -> None:
        if self._cancel.wait(seconds):
            raise WaitingStopped(self._source, "is not asked again: we are stopping")


def failure_without_answer(source: str, error: requests.RequestException, timeout_s: float) -> Exception:
    """The error to raise for a request that brought no answer, or none that is JSON."""
    if isinstance(error, requests.TooManyRedirects):
        return SourceUnavailable(source, "redirects us to another address (if it has moved, configure that one)")
    if isinstance(error, requests.Timeout):
        is_sent = not isinstance(error, requests.ConnectTimeout)
        return Transient(f"no answer within {timeout_s:g} s", is_done_perhaps=is_sent)
    if isinstance(error, requests.JSONDecodeError):
        return Transient("the answer is not JSON")
    is_sent = not any(isinstance(cause, NewConnectionError) for cause in _causes(error))
    return Transient(f"connection failed ({_root_of(error)})", is_done_perhaps=is_sent)


def failure_of_answer(source: str, response: requests.Response, *, credential: str) -> Exception:
    """The error to raise for an HTTP status of which the answer itself says nothing that could be understood."""
    status = response.status_code
    if status in {401, 403}:
        return SourceDenied(source, f"our {credential} is refused (HTTP {status})")
    if status in _TOO_LONG_STATUSES:
        return RequestRefused(f"{source.capitalize()} refuses a request that is too long (HTTP {status})")
    is_throttled = status == _TOO_MANY_REQUESTS
    reason = f"asks us to wait (HTTP {status})" if is_throttled else f"HTTP {status}"
    return Transient(reason, retry_after_s(response), is_done_perhaps=not is_throttled)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what led to it, and so on."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _root_of(error: BaseException) -> str:
    """What lies at the bottom of an error, in the operating system's words; libraries' texts may hold the key."""
    *_, root = _causes(error)
    return getattr(root, "strerror", None) or type(root).__name__


def _asked_wait_s(state: RetryCallState) -> float | None:
    error = state.outcome.exception() if state.outcome else None
    return error.wait_s if isinstance(error, Transient) else None


def _wait_s(state: RetryCallState) -> float:
    asked_s = _asked_wait_s(state)
    return asked_s if asked_s is not None else min(LONGEST_WAIT_S, 0.5 * 2.0**state.attempt_number)
