"""How this service behaves as an HTTP client: time-outs on every request, a name, secrets out of addresses' sight."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from bbconsumer import metrics
from bbconsumer.monitoring.pulse import beat_here

USER_AGENT = "bbconsumer (+https://qa.fedoraproject.org/blockerbugs)"


# A server that names a longer wait is asked all the same: a slip in a header must not silence a source for days.
LONGEST_RETRY_AFTER_S = 3600.0
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


class _Adapter(HTTPAdapter):
    """Gives up on a server that neither connects nor sends for some seconds; `requests` alone would wait for ever."""

    def __init__(self, source: str, timeout_s: float) -> None:
        super().__init__()
        self._source = source
        self._timeout_s = timeout_s

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        # The callers' libraries bring a name of their own, and time-outs that are far longer.
        kwargs["timeout"] = (min(10.0, self._timeout_s), self._timeout_s)
        request.headers["User-Agent"] = USER_AGENT
        if urlsplit(request.url or "").hostname in _THIS_MACHINE:
            # Whatever the environment says: no proxy leads back to where the demonstration runs.
            kwargs["proxies"] = {}
        # However slow a source is, who asks it is not stuck.
        beat_here()
        started, outcome = time.monotonic(), "no answer"
        try:
            response = super().send(request, **kwargs)
            outcome = _outcome(response.status_code)
            return response
        finally:
            metrics.REQUEST_SECONDS.labels(self._source, outcome).observe(time.monotonic() - started)


def build_session(source: str, timeout_s: float) -> requests.Session:
    """A session for a source: every request has a time-out, and it follows no redirection and knows no credentials.

    Proxies and certificates that the environment names are used, as clusters need them.
    """
    session = requests.Session()
    # Any authentication, even one that adds nothing, keeps `requests` from looking for one in ~/.netrc.
    session.auth = _without_credentials
    # A key may stand in the address, and a redirection would take it along to another host.
    session.max_redirects = 0
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(source, timeout_s))
    return session


def _outcome(status: int) -> str:
    """What an HTTP status says of the request; what its body says of it may be another thing."""
    if status == requests.codes.too_many_requests:
        return "throttled"
    return "answered" if status < 400 else "refused" if status < 500 else "failed"


def _without_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def retry_after_s(response: requests.Response) -> float | None:
    """The seconds a server asks us to wait (``Retry-After``: seconds or a date), None when it does not say."""
    value = response.headers.get("Retry-After", "").strip()
    try:
        seconds = float(value) if value.isdecimal() else _seconds_until(parsedate_to_datetime(value))
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(0.0, seconds), LONGEST_RETRY_AFTER_S)


def _seconds_until(moment: datetime) -> float:
    return (moment - datetime.now(UTC)).total_seconds()
