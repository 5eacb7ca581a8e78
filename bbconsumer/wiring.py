"""Composition root: from Settings to engine, sources, workers and syncs. Nothing is built at import time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bbconsumer.config import Settings
from bbconsumer.crew import Crew
from bbconsumer.db import schema
from bbconsumer.db.gate import GateLimits
from bbconsumer.db.session import Database
from bbconsumer.domain.keys import KeyKind
from bbconsumer.effects.discussions import DiscussionRules, Discussions
from bbconsumer.effects.records import Records
from bbconsumer.effects.texts import TicketTexts
from bbconsumer.inventory.bugs import take_bug_inventory
from bbconsumer.inventory.tickets import TicketInventory, take_ticket_inventory
from bbconsumer.inventory.updates import take_update_inventory
from bbconsumer.reconcile import Reconciler
from bbconsumer.reconcile.bugs import Bugs
from bbconsumer.reconcile.tickets import Tickets
from bbconsumer.reconcile.updates import Lookups, Updates
from bbconsumer.sources import BugSource, TicketSource, UpdateSource, WritableBugSource
from bbconsumer.sources.bodhi import BodhiSource
from bbconsumer.sources.bodhi_client import BodhiClient
from bbconsumer.sources.bugzilla import BugzillaSource
from bbconsumer.sources.bugzilla_client import BugzillaClient
from bbconsumer.sources.pagure import PagureSource
from bbconsumer.sources.pagure_client import PagureClient
from bbconsumer.sync import Plan, Sync
from bbconsumer.worker import LONGEST_GATHER_S, Pace, Restful, Worker

# Each of these keys may cost several slow requests, and all of a batch come again when its process dies.
EFFECT_BATCH_SIZE = 10
# Tickets are read one by one, so gathering them spares little, and people in a discussion wait for their votes to show.
TICKET_GATHER_S = 0.2

# A person waits for a form to be answered, and what stands between gives up after half a minute.
FORM_TIMEOUT_S = 20


def build_database(settings: Settings) -> Database:
    """The engine; connects on first use."""
    return Database(settings.engine_url)


@contextmanager
def opened_database(settings: Settings) -> Iterator[Database]:
    """The database, closed at the end."""
    database = build_database(settings)
    try:
        yield database
    finally:
        database.dispose()


@contextmanager
def ready_database(settings: Settings) -> Iterator[Database]:
    """The same with its schema up to date: no command works on an older one."""
    with opened_database(settings) as database:
        schema.upgrade(database)
        yield database


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


def build_form_source(settings: Settings) -> BugzillaSource:
    """Bugzilla, for one request of a person who waits: asked once, and not for long."""
    timeout_s = min(FORM_TIMEOUT_S, settings.bugzilla_timeout_s)
    return BugzillaSource(
        BugzillaClient(settings.bugzilla_url, settings.bugzilla_api_key, timeout_s=timeout_s, tries=1)
    )


def build_ticket_source(settings: Settings, cancel: threading.Event | None = None) -> PagureSource:
    """Pagure, for one thread; setting `cancel` ends its waiting between tries."""
    client = PagureClient(
        settings.pagure_api,
        settings.pagure_repo_token,
        timeout_s=settings.pagure_timeout_s,
        tries=settings.pagure_tries,
        cancel=cancel,
    )
    return PagureSource(client, repo=settings.pagure_repo)


def build_update_source(settings: Settings, cancel: threading.Event | None = None) -> BodhiSource:
    """Bodhi, for one thread; setting `cancel` ends its waiting between tries."""
    client = BodhiClient(
        settings.bodhi_url, timeout_s=settings.bodhi_timeout_s, tries=settings.bodhi_tries, cancel=cancel
    )
    return BodhiSource(client)


def build_crew(settings: Settings, database: Database) -> Crew:
    """A worker for each kind of key that is worked on, each with a source of its own."""
    workers = [build_worker(settings, database), *_build_ticket_workers(settings, database, threading.Event())]
    if settings.bodhi_enabled:
        for build in (build_update_worker, build_lookup_worker):
            stop = threading.Event()
            workers.append(build(settings, database, build_update_source(settings, stop), stop))
    return Crew(workers)


def build_worker(settings: Settings, database: Database) -> Worker:
    """A worker for bugs with a source of its own."""
    stop = threading.Event()
    return build_bug_worker(settings, database, build_source(settings, stop), stop)


def build_bug_worker(settings: Settings, database: Database, source: BugSource, stop: threading.Event) -> Worker:
    """A worker for bugs that reads from a given source."""
    limits = GateLimits(settings.removals_max, settings.removals_share, settings.removals_window_s)
    bugs = Bugs(database, source, limits, _effects(settings), with_updates=settings.bodhi_enabled)
    return _worker(settings, database, KeyKind.BUG, source, Reconciler(database, bugs), stop)


def build_ticket_worker(settings: Settings, database: Database, source: TicketSource, stop: threading.Event) -> Worker:
    """A worker for tickets that reads from a given source."""
    tickets = Tickets(
        database,
        source,
        bugzilla_url=settings.bugzilla_url,
        bot=settings.pagure_bot_username,
        votes_needed=settings.votes_needed,
        follow_ups=_effects(settings),
    )
    return _worker(settings, database, KeyKind.TICKET, source, Reconciler(database, tickets), stop)


def build_update_worker(settings: Settings, database: Database, source: UpdateSource, stop: threading.Event) -> Worker:
    """A worker for updates that reads from a given source."""
    return _worker(settings, database, KeyKind.UPDATE, source, Reconciler(database, Updates(database, source)), stop)


def build_lookup_worker(settings: Settings, database: Database, source: UpdateSource, stop: threading.Event) -> Worker:
    """A worker that looks for the updates of bugs that have become known."""
    return _worker(settings, database, KeyKind.LOOKUP, source, Reconciler(database, Lookups(database, source)), stop)


def build_discussion_worker(
    settings: Settings, database: Database, tickets: TicketSource, bugs: WritableBugSource, stop: threading.Event
) -> Worker:
    """A worker that writes the tickets of bugs."""
    discussions = build_discussions(settings, database, tickets, bugs)
    return _worker(settings, database, KeyKind.DISCUSSION, tickets, Reconciler(database, discussions), stop)


def build_discussions(
    settings: Settings, database: Database, tickets: TicketSource, bugs: WritableBugSource
) -> Discussions:
    """What writes the tickets of bugs."""
    rules = DiscussionRules(settings.pagure_bot_username, settings.tickets_opened_max, settings.sync_interval_s)
    return Discussions(database, tickets, bugs, _texts(settings), rules)


def build_record_worker(
    settings: Settings, database: Database, bugs: WritableBugSource, stop: threading.Event
) -> Worker:
    """A worker that records decisions in Bugzilla."""
    records = Records(database, bugs, _texts(settings), ("bugzilla", "pagure"))
    return _worker(settings, database, KeyKind.RECORD, bugs, Reconciler(database, records), stop)


def build_syncs(settings: Settings, database: Database) -> tuple[Sync, ...]:
    """The syncs of all sources, in the order in which they shall run; together they keep to the deadline."""
    started = time.monotonic()
    syncs = [build_bug_sync(settings, database, started)]
    if settings.pagure_enabled:
        syncs.append(build_ticket_sync(settings, database, started))
    if settings.bodhi_enabled:
        syncs.append(build_update_sync(settings, database, started))
    return tuple(syncs)


def build_bug_sync(settings: Settings, database: Database, started: float | None = None) -> Sync:
    """The sync of Bugzilla. It stops in time for the deadline, which counts from `started`, or from its own start."""
    stop = threading.Event()
    source = build_source(settings, stop)
    worker = build_bug_worker(settings, database, source, stop)
    plan = Plan(source.name, "bugs", lambda: take_bug_inventory(database, source), [worker])
    return _sync(settings, database, plan, stop, started)


def build_ticket_sync(settings: Settings, database: Database, started: float | None = None) -> Sync:
    """The sync of Pagure, and of what follows from it. It stops as that of Bugzilla does."""
    stop = threading.Event()
    source = build_ticket_source(settings, stop)

    def take_inventory() -> TicketInventory:
        complete_after_s, follow_ups = settings.tickets_complete_s, _effects(settings)
        return take_ticket_inventory(database, source, complete_after_s=complete_after_s, follow_ups=follow_ups)

    plan = Plan(source.name, "tickets", take_inventory, _build_ticket_workers(settings, database, stop, source))
    return _sync(settings, database, plan, stop, started)


def build_update_sync(settings: Settings, database: Database, started: float | None = None) -> Sync:
    """The sync of Bodhi, after that of the bugs whose updates it looks for. It stops as that does."""
    stop = threading.Event()
    source = build_update_source(settings, stop)
    worker = build_update_worker(settings, database, source, stop)
    plan = Plan(source.name, "updates", lambda: take_update_inventory(database, source), [worker])
    return _sync(settings, database, plan, stop, started)


def _build_ticket_workers(
    settings: Settings, database: Database, stop: threading.Event, source: TicketSource | None = None
) -> list[Worker]:
    """The workers of what people decide in tickets: none where Pagure is left alone."""
    if not settings.pagure_enabled:
        return []
    source = source or build_ticket_source(settings, stop)
    workers = [build_ticket_worker(settings, database, source, stop)]
    if settings.pagure_bot_enabled:
        tickets, bugs = build_ticket_source(settings, stop), build_source(settings, stop)
        workers.append(build_discussion_worker(settings, database, tickets, bugs, stop))
    if settings.decisions_write_back:
        workers.append(build_record_worker(settings, database, build_source(settings, stop), stop))
    return workers


def _effects(settings: Settings) -> tuple[KeyKind, ...]:
    """What is written elsewhere when bugs or tickets change."""
    if not settings.pagure_enabled:
        return ()
    switches = {KeyKind.DISCUSSION: settings.pagure_bot_enabled, KeyKind.RECORD: settings.decisions_write_back}
    return tuple(kind for kind, is_on in switches.items() if is_on)


def _texts(settings: Settings) -> TicketTexts:
    repo_url = f"{settings.pagure_url}/{settings.pagure_repo}"
    return TicketTexts(settings.bugzilla_url, settings.blockerbugs_api, repo_url)


def _worker(
    settings: Settings,
    database: Database,
    kind: KeyKind,
    source: Restful,
    reconciler: Reconciler[Any],
    stop: threading.Event,
) -> Worker:
    is_writing = kind in {KeyKind.DISCUSSION, KeyKind.RECORD}
    largest = settings.bugzilla_batch_size
    batch_size = min(EFFECT_BATCH_SIZE, largest) if is_writing else largest
    gather_s = TICKET_GATHER_S if kind is KeyKind.TICKET else LONGEST_GATHER_S
    pace = Pace(settings.lease_s, batch_size, gather_s, settings.stuck_after_s)
    return Worker(database, kind, source, reconciler, pace, stop)


def _sync(settings: Settings, database: Database, plan: Plan, stop: threading.Event, started: float | None) -> Sync:
    # One request may be under way when the time is up, and must not carry the run past its deadline.
    longest_s = settings.bugzilla_timeout_s * settings.bugzilla_tries + 30
    margin_s = min(settings.bugzilla_timeout_s + 10, settings.sync_deadline_s / 2)
    time_limit_s = settings.sync_deadline_s - margin_s
    return Sync(database, plan, stop=stop, started=started, time_limit_s=time_limit_s, dead_after_s=2 * longest_s)
