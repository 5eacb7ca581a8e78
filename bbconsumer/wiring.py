"""Composition root: from Settings to engine, source, worker and sync. Nothing is built at import time."""

from __future__ import annotations

import threading

from bbconsumer.config import Settings
from bbconsumer.db.gate import GateLimits
from bbconsumer.db.session import Database
from bbconsumer.reconcile import Reconciler
from bbconsumer.sources.bugzilla import BugzillaSource
from bbconsumer.sources.bugzilla_client import BugzillaClient
from bbconsumer.sync import Sync
from bbconsumer.worker import Worker


def build_database(settings: Settings) -> Database:
    """The engine; connects on first use."""
    return Database(settings.engine_url)


def build_source(settings: Settings, cancel: threading.Event | None = None) -> BugzillaSource:
    """A source for one thread; setting `cancel` ends its waiting between tries."""
    client = BugzillaClient(
        settings.bugzilla_url,
        settings.bugzilla_api_key,
        timeout_s=settings.bugzilla_timeout_s,
        tries=settings.bugzilla_tries,
        cancel=cancel,
    )
    return BugzillaSource(client, batch_size=settings.bugzilla_batch_size)


def build_worker(settings: Settings, database: Database) -> Worker:
    """A worker with a source of its own."""
    stop = threading.Event()
    return _worker(settings, database, build_source(settings, stop), stop)


def build_sync(settings: Settings, database: Database) -> Sync:
    """A sync that stops in time for its deadline."""
    stop = threading.Event()
    source = build_source(settings, stop)
    # One request may be under way when the time is up, and must not carry the run past its deadline.
    longest_s = settings.bugzilla_timeout_s * settings.bugzilla_tries + 30
    margin_s = min(settings.bugzilla_timeout_s + 10, settings.sync_deadline_s / 2)
    return Sync(
        database,
        source,
        _worker(settings, database, source, stop),
        stop=stop,
        time_limit_s=settings.sync_deadline_s - margin_s,
        dead_after_s=2 * longest_s,
    )


def _worker(settings: Settings, database: Database, source: BugzillaSource, stop: threading.Event) -> Worker:
    limits = GateLimits(settings.removals_max, settings.removals_share, settings.removals_window_s)
    return Worker(
        database,
        source,
        Reconciler(database, source, limits),
        lease_s=settings.lease_s,
        batch_size=settings.bugzilla_batch_size,
        stop=stop,
    )
