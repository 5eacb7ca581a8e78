"""How often somebody may ask for what is dear: each has a bucket of tokens, which fills again as time passes.

The buckets are this process's own: several replicas let through as many times as much. They are a fence against what
goes wrong, and against those who try one thing after another; not against an attack from many addresses.
"""

from __future__ import annotations

import logging
import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from ipaddress import IPv6Address, IPv6Network, ip_address

from starlette.requests import Request
from starlette.responses import Response

from web.endpoints import Endpoint, as_coroutine
from web.errors import ErrorPage
from web.people import person_of
from web.refusals import Refusals

_log = logging.getLogger(__name__)

MAX_BUCKETS = 10_000


class Limiter:
    """Lets through `burst` at once, and then one each `interval_s`, for each key. It lives in one event loop."""

    def __init__(
        self,
        *,
        burst: int,
        interval_s: float,
        clock: Callable[[], float] = time.monotonic,
        max_buckets: int = MAX_BUCKETS,
    ) -> None:
        self._burst = burst
        self._interval_s = interval_s
        self._clock = clock
        self._max_buckets = max_buckets
        # By key: when the bucket is, or was, full. Those asked of last are at the end.
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def wait_s(self, key: str) -> float:
        """Take a token: 0.0, or the seconds until there is one; then none was taken."""
        now = self._clock()
        full_at = max(self._full_at.pop(key, now), now)
        # Sums of fractions are not exact: the last token of a burst is not refused for a billionth of a second.
        wait_s = round(full_at - now - (self._burst - 1) * self._interval_s, 6)
        self._full_at[key] = full_at if wait_s > 0 else full_at + self._interval_s
        # The one that was asked of longest ago is the one most likely to be full, which is what is forgotten with it.
        if len(self._full_at) > self._max_buckets:
            self._full_at.popitem(last=False)
        return max(0.0, wait_s)


class Limits:
    """Makes endpoints that can be asked only so often by one person, or from one address."""

    def __init__(self, refuse: Refusals, *, proxies_in_front: int) -> None:
        self._refuse = refuse
        self._proxies_in_front = proxies_in_front

    def __call__(self, limiter: Limiter, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        """The endpoint behind that limiter. Several endpoints may share one."""
        run = as_coroutine(endpoint)

        async def limited(request: Request) -> Response:
            if not (wait_s := limiter.wait_s(self._key(request))):
                return await run(request)
            seconds = math.ceil(wait_s)
            _log.info("refused: %s asks too often", self._key(request))
            page = ErrorPage(
                "Too many requests",
                f"This was asked for too often from here. Wait {seconds} second{'' if seconds == 1 else 's'}, "
                "and try again.",
            )
            headers = {"Retry-After": str(seconds)}
            return self._refuse(request.scope["path"], HTTPStatus.TOO_MANY_REQUESTS, page, headers=headers)

        return limited

    def _key(self, request: Request) -> str:
        person = person_of(request)
        return f"person {person.name}" if person else client_network(request, self._proxies_in_front)


def client_network(request: Request, proxies_in_front: int) -> str:
    """Where a request comes from: an address, or of IPv6 the network that one household has.

    Each proxy writes at the end of `X-Forwarded-For` from whom it took the request; what stands before the entries of
    our own proxies anybody can have written.
    """
    address = request.client.host if request.client else ""
    if proxies_in_front:
        entries = [entry.strip() for line in request.headers.getlist("X-Forwarded-For") for entry in line.split(",")]
        address = entries[-proxies_in_front] if len(entries) >= proxies_in_front else address
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    # Where both kinds share a socket, all of IPv4 stands in one network of IPv6.
    return str(parsed.ipv4_mapped or IPv6Network((parsed.packed, 64), strict=False))
