"""How syncs went, and how long ago."""

from datetime import timedelta

from sqlalchemy import select

from bbconsumer.db.models import SyncRun
from tests.flow.world import World


def let_time_pass(world: World) -> None:
    """A run counts as dead when it has been silent for as long as two requests with all their tries may take."""
    settings = world.settings
    silent_s = 2 * (settings.bugzilla_timeout_s * settings.bugzilla_tries + 30)
    with world.database.writing() as session:
        for run in session.scalars(select(SyncRun)):
            run.heartbeat_at -= timedelta(seconds=silent_s)


def sync_runs(world: World) -> list[SyncRun]:
    """Every run, oldest first."""
    with world.database.reading() as session:
        runs = list(session.scalars(select(SyncRun).order_by(SyncRun.id)))
        session.expunge_all()
        return runs
