"""What may be asked for about syncs: that one runs soon, and that it believes what the removal gate holds back.

Nothing is read here: a consumer or worker that looks for requests runs the sync, or the next one takes the request with
it.
"""

from __future__ import annotations

from datetime import datetime

from bbconsumer.commands.refusal import CommandRefused
from bbconsumer.config import Settings
from bbconsumer.db import audit, sync_requests
from bbconsumer.db.audit import Act
from bbconsumer.db.facts import BODHI, BUGZILLA, PAGURE
from bbconsumer.db.gate import load_gate
from bbconsumer.db.session import Database


def ask_for_sync(database: Database, settings: Settings, *, actor: str) -> None:
    """Have everything read as soon as possible."""
    switches = {BUGZILLA: True, PAGURE: settings.pagure_enabled, BODHI: settings.bodhi_enabled}
    names = [name for name, is_enabled in switches.items() if is_enabled]
    with database.writing() as session:
        for name in names:
            sync_requests.ask(session, name, actor, accepts_removals=False)
        audit.note(session, actor, Act.ASK_FOR_SYNC, ", ".join(names), "asked for a sync")


def ask_to_accept_removals(database: Database, tripped_at: datetime, *, actor: str) -> None:
    """Ask for a sync of the bugs that believes all removals. `tripped_at`: when the gate was closed, as seen.

    Raises:
        CommandRefused: the gate is not closed, or was closed once more since.
    """
    with database.writing() as session:
        gate = load_gate(session)
        if gate.tripped_at is None:
            raise CommandRefused("The removal gate is open: nothing is held back")
        if gate.tripped_at != tripped_at:
            raise CommandRefused("The removal gate was closed anew since you looked: look again at what is held back")
        sync_requests.ask(session, BUGZILLA, actor, accepts_removals=True)
        audit.note(
            session, actor, Act.ASK_FOR_SYNC, BUGZILLA, f"asked for a sync that believes removals: {gate.reason}"
        )
