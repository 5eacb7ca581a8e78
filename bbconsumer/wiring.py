"""Composition root: from Settings to engine, sources, workers and syncs. Nothing is built at import time."""

from __future__ import annotations

import threading

from bbconsumer.config import Settings
from bbconsumer.crew import Crew
from bbconsumer.db.gate import GateLimits
from bbconsumer.db.session import Database
from bbconsumer.domain.keys import KeyKind
from bbconsumer.inventory import take_inventory
from bbconsumer.reconcile import Reconciler
from bbconsumer.reconcile.bugs import Bugs
from bbconsumer.sources import BugSource
from bbconsumer.sources.bugzilla import BugzillaSource
from bbconsumer.sources.bugzilla_client import BugzillaClient
from bbconsumer.sync import Plan, Sync
from bbconsumer.triggers import Scope
from bbconsumer.worker import Worker


def build_database(settings: Settings) -> Database:
    """The engine; connects on first use."""
    return Database(settings.engine_url)


def build_scope(settings: Settings) -> Scope:
    """What of the bus can concern us."""
    repo = settings.pagure_repo if settings.pagure_enabled else ""
    return Scope(settings.bugzilla_products, repo, settings.pagure_bot_username)


def build_source(settings: Settings, cancel: threading.Event | None = None) -> BugzillaSource:
    """Bugzilla, for one thread; setting `cancel` ends its waiting between tries."""
    client = BugzillaClient(
        settings.bugzilla_url,
        settings.bugzilla_api_key,
        timeout_s=settings.bugzilla_timeout_s,
        tries=settings.bugzilla_tries,
        cancel=cancel,
    )
    return BugzillaSource(client, batch_size=settings.bugzilla_batch_size)


def build_crew(settings: Settings, database: Database) -> Crew:
    """A worker for each kind of key that is worked on, each with a source of its own."""
    return Crew([build_worker(settings, database)])


def build_worker(settings: Settings, database: Database) -> Worker:
    """A worker for bugs with a source of its own."""
    stop = threading.Event()
    return build_bug_worker(settings, database, build_source(settings, stop), stop)


def build_bug_worker(settings: Settings, database: Database, source: BugSource, stop: threading.Event) -> Worker:
    """A worker for bugs that reads from a given source."""
    limits = GateLimits(settings.removals_max, settings.removals_share, settings.removals_window_s)
    return Worker(
        database,
        KeyKind.BUG,
        source,
        Reconciler(database, Bugs(database, source, limits)),
        lease_s=settings.lease_s,
        batch_size=settings.bugzilla_batch_size,
        stop=stop,
    )


def build_syncs(settings: Settings, database: Database) -> tuple[Sync, ...]:
    """The syncs of all sources, in the order in which they shall run; together they keep to the deadline."""
    return (build_bug_sync(settings, database),)


def build_bug_sync(settings: Settings, database: Database) -> Sync:
    """The sync of Bugzilla, which stops in time for the deadline."""
    stop = threading.Event()
    source = build_source(settings, stop)
    # One request may be under way when the time is up, and must not carry the run past its deadline.
    longest_s = settings.bugzilla_timeout_s * settings.bugzilla_tries + 30
    margin_s = min(settings.bugzilla_timeout_s + 10, settings.sync_deadline_s / 2)
    return Sync(
        database,
        Plan(
            source.name,
            "bugs",
            lambda: take_inventory(database, source),
            [build_bug_worker(settings, database, source, stop)],
        ),
        stop=stop,
        time_limit_s=settings.sync_deadline_s - margin_s,
        dead_after_s=2 * longest_s,
    )
