"""The figures of this process: all names, and the few functions that note something.

Labels are bounded: kinds, sources, outcomes, routes as templates. Never the number of a bug, a person, an address or
anything else that comes from outside. What is stored, and so the same for all processes, is in `monitoring/figures.py`.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

# A registry of our own: the library's would also hold what other libraries put there.
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

# Topics come from outside; so many are told apart, the others are one.
TOPICS_MAX = 50
OTHER = "other"

_SECONDS_OF_WORK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SECONDS_OF_REQUESTS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_SECONDS_TO_STORED = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)

MESSAGES = Counter("bbconsumer_messages", "Messages from the bus.", ["topic", "outcome"], registry=REGISTRY)
MESSAGE_SECONDS = Histogram(
    "bbconsumer_message_seconds", "From a message's arrival to its end.", buckets=_SECONDS_OF_WORK, registry=REGISTRY
)
REQUEST_SECONDS = Histogram(
    "bbconsumer_source_request_seconds",
    "Requests to a source, until its answer begins.",
    ["source", "outcome"],
    buckets=_SECONDS_OF_REQUESTS,
    registry=REGISTRY,
)
RECONCILED = Counter("bbconsumer_reconciled", "Keys that were worked on.", ["kind", "outcome"], registry=REGISTRY)
STORED_SECONDS = Histogram(
    "bbconsumer_stored_delay_seconds",
    "From the first message about a key, or another hint, to what its source says being stored; syncs do not count.",
    ["kind"],
    buckets=_SECONDS_TO_STORED,
    registry=REGISTRY,
)
HTTP_SECONDS = Histogram(
    "bbconsumer_http_request_seconds",
    "Requests of people and programs, until the answer begins.",
    ["route", "method", "status"],
    buckets=_SECONDS_OF_WORK,
    registry=REGISTRY,
)
LIVE_STREAMS = Gauge("bbconsumer_live_streams", "Open streams of changes.", registry=REGISTRY)
BROKER_CONSUMING = Gauge(
    "bbconsumer_broker_consuming", "Whether this process hears the broker; only where it should.", registry=REGISTRY
)

_topics: set[str] = set()


def note_message(topic: str | None, outcome: str, seconds: float) -> None:
    """Count a message. `topic` is None for one that does not concern us; else it begins after the environment."""
    MESSAGES.labels(_bounded(topic), outcome).inc()
    MESSAGE_SECONDS.observe(seconds)


def exposition() -> tuple[int, str, bytes]:
    """All figures as Prometheus reads them: status, content type, body."""
    return 200, CONTENT_TYPE_PLAIN_0_0_4, generate_latest(REGISTRY)


def _bounded(topic: str | None) -> str:
    if topic is None:
        return OTHER
    if topic not in _topics:
        if len(_topics) >= TOPICS_MAX:
            return OTHER
        _topics.add(topic)
    return topic
