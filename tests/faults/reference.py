"""What is true at the sources, read from their own state, and in what the service's database differs from it.

What bugs are is told by their records and the chronicle of what was done to them, what tickets amount to by a count of
its own. What their records make of nominations is judged by the service's own rules, which are the matter of
`tests/domain`. A sync of a fresh service into an empty database is the second witness.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from bbconsumer.domain.keys import KeyKind
from bbconsumer.wiring import build_source
from tests.convergence import truth as bugs
from tests.convergence.story import TRACKERS
from tests.lives.ballots import differences_of_votes
from tests.lives.service import service_on
from tests.lives.sources import Sources
from tests.lives.stored import differences_of_tickets, differences_of_updates, load
from tests.lives.updates import faults_in_events

# Every removal is noted in the transaction in which it happens: looking now and then would miss a short one.
_WATCH = (
    "CREATE SCHEMA watch",
    "CREATE TABLE watch.removal (kind text, id text)",
    """
    CREATE FUNCTION watch.note() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO watch.removal VALUES (TG_ARGV[0], to_jsonb(NEW) ->> TG_ARGV[1]);
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER noted AFTER UPDATE ON bug FOR EACH ROW
    WHEN (OLD.is_active AND NOT NEW.is_active OR OLD.absence IS NULL AND NEW.absence IS NOT NULL)
    EXECUTE FUNCTION watch.note('bug', 'id')
    """,
    *(
        f"""
        CREATE TRIGGER noted AFTER UPDATE ON {table} FOR EACH ROW
        WHEN (OLD.absence IS NULL AND NEW.absence IS NOT NULL)
        EXECUTE FUNCTION watch.note('{kind}', '{key}')
        """
        for table, kind, key in (("ticket", KeyKind.TICKET, "id"), ("bodhi_update", KeyKind.UPDATE, "alias"))
    ),
)


@dataclass
class Reference:
    """`look` must be called after each thing that happens. `away`: what was ever off the lists, or not to be read."""

    sources: Sources
    database: Database
    away: set[tuple[str, str]] = field(default_factory=set)
    _ticket_ids: set[int] = field(default_factory=set)

    def watch(self) -> None:
        """Have the database note every removal from now on."""
        with self.database.engine.begin() as connection:
            for statement in _WATCH:
                connection.execute(text(statement))

    def look(self, *, is_blind: bool = False) -> None:
        """Note what is off the lists now. `is_blind`: that Bugzilla hides everything is none of its truth."""
        scene = self.sources.bugs
        hidden = frozenset() if is_blind else scene.bugzilla.switches.hide
        for bug_id in scene.bug_ids:
            bug = scene.bug(bug_id)
            is_prioritized = bug.status != "CLOSED" and any(
                flag.name == "fedora_prioritized_bug" and flag.status in "+?" for flag in bug.flags
            )
            if bug_id in hidden or bug.groups or not (is_prioritized or set(bug.blocks) & set(TRACKERS)):
                self.away.add((KeyKind.BUG, str(bug_id)))
        tickets = {ticket.id: ticket for ticket in self.sources.pagure.state.tickets.all()}
        gone = {i for i, ticket in tickets.items() if ticket.is_private} | (self._ticket_ids - tickets.keys())
        self._ticket_ids |= tickets.keys()
        self.away |= {(KeyKind.TICKET, str(ticket_id)) for ticket_id in gone}
        for update in self.sources.bodhi.state.updates.all():
            if update.id in self.sources.bodhi.switches.hide:
                self.away.add((KeyKind.UPDATE, update.alias))

    def wrong_removals(self) -> list[str]:
        """What was taken off the lists though it never was off them."""
        with self.database.reading() as session:
            removed = session.execute(text("SELECT DISTINCT kind, id FROM watch.removal ORDER BY kind, id"))
            noted = {(kind, number) for kind, number in removed}
        return [f"{kind} {number} was removed, and never was gone" for kind, number in sorted(noted - self.away)]

    def differences(
        self, settings: Settings, fresh: Path, *, with_updates: bool = True, ahead: timedelta = timedelta(0)
    ) -> list[str]:
        """In what the database differs from the truth. `fresh`: an SQLite file with the schema and both milestones.

        Without updates they are left out: not all that happens to them is told. `ahead`: how far the clocks of the
        sources are ahead of the database's, less than nothing if behind.
        """
        truth = bugs.tell(self.sources.bugs, build_source(settings))
        found, stored = bugs.load(self.database), load(self.database)
        with service_on(fresh, settings, self.sources.clock) as service:
            problems = service.sync()
            witness_bugs, witness = bugs.load(service.database), load(service.database)
        listed = [bug_id for bug_id in truth.concerned_ids if truth.is_active(bug_id)]
        return [
            *(f"the witness could not read everything: {problem}" for problem in problems),
            *bugs.differences(found, truth, self.sources.bugs),
            *(f"witness: {text}" for text in bugs.differences(witness_bugs, truth, self.sources.bugs)),
            *bugs.differences_between(found, witness_bugs, truth.concerned_ids),
            *differences_of_tickets(stored, witness, was_all_told=with_updates),
            *differences_of_votes(stored, self.sources, truth.snapshots.keys()),
            *(differences_of_updates(stored, witness, listed) if with_updates else ()),
            *(faults_in_events(stored, self.sources.chronicle, ahead=ahead) if with_updates else ()),
            *self._faults_in_verdicts(),
        ]

    def _faults_in_verdicts(self) -> Iterator[str]:
        """Each verdict that was noted of a milestone follows on the one before it, and is another."""
        with self.database.reading() as session:
            noted = text("SELECT object_id, old, new FROM event WHERE object_kind = 'milestone' ORDER BY seq")
            last: dict[int, str] = {}
            for milestone_id, old, new in session.execute(noted):
                if old != last.get(milestone_id, "") or new == old:
                    yield f"milestone {milestone_id}: {new} is told to follow {old!r}, not {last.get(milestone_id)!r}"
                last[milestone_id] = new
