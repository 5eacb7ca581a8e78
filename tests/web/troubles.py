"""All that can be wrong with the service, as the status page and the command line tell it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import update

from bbconsumer.db.models import Heartbeat, SourceState, SyncRun
from tests.web.world import NOW, World, ago, dead_letter_row, work_row

_OTHERS = {"blocker": 2001, "freeze_exception": 2002}


def make_well(world: World) -> None:
    """A milestone of which everything was read three minutes ago."""
    world.milestone(is_current=True)
    world.synced()
    world.updates_synced()


def _last_synced(world: World, minutes: float) -> None:
    with world.database.writing() as session:
        session.execute(update(SyncRun).values(started_at=ago(minutes=minutes), finished_at=ago(minutes=minutes)))


# The section of the page, a part of the sentence, and how it goes wrong in a world that was well.
TROUBLES: Final[tuple[tuple[str, str, Callable[[World], None]], ...]] = (
    ("sources", "pagure fails", lambda world: world.source("pagure", failures=1)),
    ("sources", "bodhi is stale", lambda world: world.source("bodhi", last_success_at=ago(minutes=61))),
    (
        "sources",
        "no message came for long",
        lambda world: world.add(SourceState(name="bus", last_success_at=ago(minutes=31))),
    ),
    ("parts", "no worker has got on", lambda world: world.add(Heartbeat(part="worker", at=ago(minutes=6)))),
    ("parts", "no consumer has got on", lambda world: world.add(Heartbeat(part="consumer", at=ago(minutes=6)))),
    ("removal-gate", "removals are held back", lambda world: world.gate(tripped_at=NOW, reason="many")),
    (
        "trackers",
        "a tracker has a problem",
        lambda world: world.milestone("45", "final", is_read=False, trackers=_OTHERS),
    ),
    ("queue", "no worker seems to run", lambda world: world.add(work_row(7, due_at=ago(minutes=6)))),
    ("queue", "cannot be worked on", lambda world: world.add(work_row(7, attempts=1, due_at=ago(minutes=-6)))),
    ("sync-runs", "the last sync of pagure was aborted", lambda world: world.tickets_synced("aborted")),
    (
        "sync-runs",
        "the last sync of bugzilla was running",
        lambda world: world.add(SyncRun(state="running", started_at=ago(minutes=4), heartbeat_at=ago(minutes=3))),
    ),
    ("sync-runs", "a sync is overdue", lambda world: _last_synced(world, minutes=41)),
    ("sync-runs", "Stale data", lambda world: _last_synced(world, minutes=61)),
    ("dead-letters", "could not be read", lambda world: world.add(dead_letter_row(1))),
)
