"""Figures about what is stored, read when somebody asks for them: the queue, sources, syncs, dead letters, the gate.

Each process tells them, so that they can be had as long as one lives: take the maximum over all. The question is a
handful of small SELECTs and is given up after a while: a database that is away is a figure itself.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import and_, func, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bbconsumer.config import Settings
from bbconsumer.db.models import DeadLetter, Heartbeat, RemovalGate, SourceState, SyncRun, WorkItem
from bbconsumer.db.session import Database, database_now
from bbconsumer.domain.keys import SOURCE_BY_KIND, KeyKind

_log = logging.getLogger(__name__)

# Prometheus waits ten seconds in all.
PATIENCE_S = 4.0


class StoredFigures(Collector):
    """What the database tells. At most one question is under way: one that hangs is not joined by others."""

    def __init__(self, database: Database, settings: Settings, *, patience_s: float = PATIENCE_S) -> None:
        self._database = database
        self._settings = settings
        self._patience_s = patience_s
        self._asking: threading.Thread | None = None
        self._lock = threading.Lock()

    def collect(self) -> Iterable[Metric]:
        """All figures, or only that the database cannot be asked."""
        found: list[Metric] = []
        with self._lock:
            if self._asking is None or not self._asking.is_alive():
                self._asking = threading.Thread(target=self._ask, args=(found,), name="figures", daemon=True)
                self._asking.start()
                self._asking.join(self._patience_s)
        # The list is filled at once, at the end.
        figures = list(found)
        is_up = GaugeMetricFamily("bbconsumer_database_up", "Whether the database answers in time.", bool(figures))
        return [is_up, *figures]

    def describe(self) -> Iterable[Metric]:
        """Nothing: it takes no database to be registered."""
        return []

    def _ask(self, found: list[Metric]) -> None:
        try:
            with self._database.reading() as session:
                figures = list(_load_figures(session, self._settings))
        except SQLAlchemyError as error:
            _log.warning("the database cannot be asked for figures: %s", type(error).__name__)
        else:
            found += figures


def _load_figures(session: Session, settings: Settings) -> Iterator[Metric]:
    now = database_now(session)
    yield from _queue(session, now)
    yield from _sources(session, now, settings)
    yield from _parts(session, now)
    yield from _syncs(session, settings.sources_left_alone)
    count = select(func.count()).select_from(DeadLetter).scalar_subquery()
    letters, tripped_at = session.execute(select(count, RemovalGate.tripped_at)).one()
    yield GaugeMetricFamily("bbconsumer_dead_letters", "Messages that could not be read.", letters)
    yield GaugeMetricFamily("bbconsumer_removal_gate_closed", "Whether removals are held back.", tripped_at is not None)


def _queue(session: Session, now: datetime) -> Iterator[Metric]:
    """Nothing is due while its source is left alone: that is no fault of the workers."""
    down = set(session.scalars(select(SourceState.name).where(SourceState.down_until > now)))
    is_leased = WorkItem.leased_until > now
    is_due = and_(or_(WorkItem.leased_until.is_(None), WorkItem.leased_until <= now), WorkItem.due_at <= now)
    rows = session.execute(
        select(
            WorkItem.kind,
            func.count(),
            func.count().filter(is_leased),
            func.count().filter(is_due),
            func.count().filter(WorkItem.attempts > 0),
            func.min(WorkItem.due_at).filter(is_due),
        ).group_by(WorkItem.kind)
    )
    by_kind = {row[0]: row[1:] for row in rows}
    keys = GaugeMetricFamily("bbconsumer_queue_keys", "Keys in the work queue.", labels=["kind", "state"])
    failing = GaugeMetricFamily("bbconsumer_queue_failing_keys", "Keys that failed by themselves.", labels=["kind"])
    oldest = GaugeMetricFamily("bbconsumer_queue_oldest_seconds", "How long a key has been due.", labels=["kind"])
    for kind in KeyKind:
        total, leased, due, failed, due_at = by_kind.get(kind.value, (0, 0, 0, 0, None))
        if SOURCE_BY_KIND[kind] in down:
            due, due_at = 0, None
        for state, count in (("due", due), ("leased", leased), ("waiting", total - due - leased)):
            keys.add_metric([kind, state], count)
        failing.add_metric([kind], failed)
        oldest.add_metric([kind], max(0.0, (now - due_at).total_seconds()) if due_at else 0.0)
    yield from (keys, failing, oldest)


def _sources(session: Session, now: datetime, settings: Settings) -> Iterator[Metric]:
    """Of sources and of the bus; no age before the first success, and nothing of what is left alone."""
    age = GaugeMetricFamily("bbconsumer_data_age_seconds", "Since a source last answered.", labels=["source"])
    failures = GaugeMetricFamily("bbconsumer_source_failures", "Failures in a row of a source.", labels=["source"])
    bus_age_s = None
    read = select(SourceState).where(SourceState.name.not_in(settings.sources_left_alone))
    for source in session.scalars(read.order_by(SourceState.name)):
        failures.add_metric([source.name], source.failures)
        if source.last_success_at is not None:
            age_s = max(0.0, (now - source.last_success_at).total_seconds())
            age.add_metric([source.name], age_s)
            bus_age_s = age_s if source.name == "bus" else bus_age_s
    yield from (age, failures)
    is_silent = bus_age_s is not None and bus_age_s > settings.bus_silent_s
    yield GaugeMetricFamily("bbconsumer_bus_silent", "Whether no message has come for BUS_SILENT_S.", is_silent)


def _parts(session: Session, now: datetime) -> Iterator[Metric]:
    """Of those that were alive once."""
    age = GaugeMetricFamily(
        "bbconsumer_alive_age_seconds", "Since a part last got on, in any process.", labels=["part"]
    )
    for part in session.scalars(select(Heartbeat).order_by(Heartbeat.part)):
        age.add_metric([part.part], max(0.0, (now - part.at).total_seconds()))
    yield age


def _syncs(session: Session, left_alone: Collection[str]) -> Iterator[Metric]:
    """Of the last run of each source that has ended, which is gone when Prometheus comes; and how many ended how."""
    rows = session.execute(
        select(SyncRun.source, SyncRun.state, func.count(), func.max(SyncRun.finished_at), func.max(SyncRun.id))
        .where(SyncRun.finished_at.is_not(None), SyncRun.source.not_in(left_alone))
        .group_by(SyncRun.source, SyncRun.state)
    ).all()
    count = GaugeMetricFamily("bbconsumer_sync_runs", "Syncs of late, by how they ended.", labels=["source", "state"])
    ended = GaugeMetricFamily(
        "bbconsumer_sync_last_end_timestamp_seconds", "When a sync last ended so.", labels=["source", "state"]
    )
    for source, state, number, at, _ in rows:
        count.add_metric([source, state], number)
        ended.add_metric([source, state], at.timestamp() if at else 0.0)
    seconds = GaugeMetricFamily("bbconsumer_sync_seconds", "How long the last sync took.", labels=["source"])
    keys = GaugeMetricFamily("bbconsumer_sync_keys", "What the last sync had to read.", labels=["source"])
    left = GaugeMetricFamily("bbconsumer_sync_left_keys", "What the last sync left unread.", labels=["source"])
    last_ids = {source: last_id for source, *_, last_id in sorted(rows, key=lambda row: row[-1])}
    for run in session.scalars(select(SyncRun).where(SyncRun.id.in_(last_ids.values()))):
        seconds.add_metric([run.source], ((run.finished_at or run.heartbeat_at) - run.started_at).total_seconds())
        keys.add_metric([run.source], run.keys)
        left.add_metric([run.source], run.left)
    yield from (count, ended, seconds, keys, left)
