"""Whether this process hears the broker: asked in the reactor's own thread, so that a reactor that is stuck shows.

fedora-messaging says of itself that it consumes as soon as it did once, also when the connection is lost, and when the
new one came about and nobody consumes on it. So what counts here is the connection at hand and the consumers on it. The
library has no public way to ask for that; the attributes that are read are named in `_look` alone.
"""

from __future__ import annotations

import threading
import time
from enum import StrEnum

from fedora_messaging import api
from twisted.internet import reactor

from bbconsumer import metrics
from bbconsumer.monitoring.watchdog import Condition

# A connection that is lost for less is no news.
GRACE_S = 60.0
ASK_EVERY_S = 1.0


class BrokerState(StrEnum):
    """How we stand towards the broker."""

    CONSUMING = "consuming"
    RECONNECTING = "reconnecting"
    NOT_CONSUMING = "connected, but not consuming"
    NOT_CONNECTED = "not connected, and not trying"
    SILENT = "the reactor does not answer"


class BrokerConnection:
    """The connection to the broker, as a part that is watched.

    An outage is no reason to restart as long as the library tries again: a restart would not end it. It is one when
    nothing tries, when nobody consumes on a connection that stands, or when the reactor does not get on.
    """

    name = "broker"

    def __init__(self, stuck_after_s: float, grace_s: float = GRACE_S) -> None:
        self._stuck_after_s = stuck_after_s
        self._grace_s = grace_s
        now = time.monotonic()
        # Two clocks: the one of the state, and the one of having consumed, which a state between does not wind back.
        self._state, self._since = BrokerState.NOT_CONNECTED, now
        self._consumed_at = self._answered_at = now
        self._has_consumed = False
        self._is_asked = threading.Event()

    def ask(self) -> None:
        """Have the reactor look, unless it has not yet answered the last time."""
        if not self._is_asked.is_set():
            self._is_asked.set()
            reactor.callFromThread(self._answer)

    def condition(self) -> Condition:
        """How the connection is."""
        now = time.monotonic()
        if now - self._answered_at > self._stuck_after_s:
            return Condition(BrokerState.SILENT, now - self._answered_at, is_stuck=True, is_ready=False)
        age_s = now - self._since
        is_well = self._state in {BrokerState.CONSUMING, BrokerState.RECONNECTING}
        return Condition(
            self._state,
            age_s,
            is_stuck=not is_well and age_s > self._stuck_after_s,
            is_ready=now - self._consumed_at <= self._grace_s,
        )

    def consumed_age_s(self) -> float | None:
        """Seconds since this process was last seen to consume; None as long as it never was."""
        return time.monotonic() - self._consumed_at if self._has_consumed else None

    def _answer(self) -> None:
        now = time.monotonic()
        state = _look()
        if state is not self._state:
            self._state, self._since = state, now
        if state is BrokerState.CONSUMING:
            self._consumed_at, self._has_consumed = now, True
        metrics.BROKER_CONSUMING.set(state is BrokerState.CONSUMING)
        self._answered_at = now
        self._is_asked.clear()


def _look() -> BrokerState:
    """Only in the reactor's thread."""
    service = api._twisted_service
    if service is None:
        return BrokerState.NOT_CONNECTED
    factory = service.factory
    protocol = factory._client
    if protocol is None or protocol.is_closed:
        is_trying = getattr(factory.connector, "state", "") == "connecting" or factory._callID is not None
        return BrokerState.RECONNECTING if is_trying else BrokerState.NOT_CONNECTED
    consumers = protocol._consumers.values()
    is_consuming = consumers and all(one.running and one._channel and one._channel.is_open for one in consumers)
    return BrokerState.CONSUMING if is_consuming else BrokerState.NOT_CONSUMING
