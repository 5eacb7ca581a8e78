"""The small world with a simulated Bodhi beside the simulated Bugzilla."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from fedora_messaging.message import Message
from sqlalchemy import select, update

from bbconsumer.db.models import EventRow, SourceState, SyncRun, UpdateRow, WorkItem
from bbconsumer.db.session import database_now
from bbconsumer.db.updates import load_updates
from bbconsumer.domain.keys import KeyKind
from bbconsumer.domain.snapshots import UpdateSnapshot
from bbconsumer.simulator.bodhi import Bodhi
from bbconsumer.simulator.bodhi_server import SimulatedBodhi
from bbconsumer.sync import Outcome
from bbconsumer.wiring import build_crew, build_syncs, build_update_sync
from tests.flow.world import World, build_world


class BodhiClock:
    """The true time, since the service compares Bodhi's with its own; it can be advanced."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, seconds: float) -> None:
        """Let time pass at Bodhi."""
        self._ahead += timedelta(seconds=seconds)


@dataclass
class UpdateWorld:
    """`bugs` is the world without updates; what happens to updates gathers as messages there, too."""

    bugs: World
    bodhi: SimulatedBodhi
    clock: BodhiClock
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def state(self) -> Bodhi:
        """Bodhi as it stands."""
        return self.bodhi.state

    def propose(self) -> int:
        """File a bug that blocks the Beta blocker tracker, and let the service know of it."""
        (bug_id,) = self.bugs.propose()
        self.settle()
        return bug_id

    def submit(self, *bug_ids: int, **fields: Any) -> str:
        """Submit an update of a package of its own."""
        nvr = f"package{next(self.numbers)}-1-1.fc45"
        return self.state.create_update("F45", [nvr], "alice", bugs=bug_ids, **fields)

    def lose_messages(self) -> None:
        """Let nobody ever hear what was told so far."""
        self.bugs.messages.clear()

    def settle(self) -> None:
        """Deliver and work until nothing is due."""
        crew = build_crew(self.bugs.settings, self.bugs.database)
        self.bugs.deliver()
        while crew.work_once():
            pass

    def sync(self) -> list[Outcome]:
        """Run the syncs of all sources."""
        return [sync.run() for sync in build_syncs(self.bugs.settings, self.bugs.database)]

    def sync_updates(self) -> Outcome:
        """Run that of Bodhi."""
        return build_update_sync(self.bugs.settings, self.bugs.database).run()

    def let_back_off_end(self) -> None:
        """Everything that waits is due."""
        with self.bugs.database.writing() as session:
            past = database_now(session) - timedelta(hours=1)
            session.execute(update(WorkItem).values(due_at=past, lease_token=None, leased_until=None))
            session.execute(update(SourceState).values(down_until=None))

    def let_days_pass(self) -> None:
        """What is stored changed last a week ago, and the last sync was an hour ago."""
        with self.bugs.database.writing() as session:
            now = database_now(session)
            session.execute(update(UpdateRow).values(changed_at=now - timedelta(days=7)))
            session.execute(update(SyncRun).values(started_at=now + timedelta(hours=1)))
        self.clock.advance(3600)

    def of(self, bug_id: int) -> tuple[UpdateSnapshot, ...]:
        """The stored updates of a bug."""
        with self.bugs.database.reading() as session:
            return load_updates(session, [bug_id]).get(bug_id, ())

    def the_update(self, bug_id: int) -> UpdateSnapshot:
        """The only one of them."""
        (update,) = self.of(bug_id)
        return update

    def aliases(self) -> set[str]:
        """All updates of which anything is stored."""
        with self.bugs.database.reading() as session:
            return set(session.scalars(select(UpdateRow.alias)))

    def events(self, alias: str) -> list[tuple[str, str, str]]:
        """Field, old and new value of an update's events, in the order in which they were told, which is that of their
        times."""
        with self.bugs.database.reading() as session:
            rows = session.execute(
                select(EventRow.field, EventRow.old, EventRow.new, EventRow.at)
                .join(UpdateRow, UpdateRow.id == EventRow.object_id)
                .where(EventRow.object_kind == KeyKind.UPDATE, UpdateRow.alias == alias)
                .order_by(EventRow.seq)
            )
            events = list(rows)
        for name in {event.field for event in events}:
            times = [event.at for event in events if event.field == name]
            assert times == sorted(times), events
        return [(name, old, new) for name, old, new, _ in events]


@contextmanager
def build_update_world(database_url: str) -> Iterator[UpdateWorld]:
    """Both sources, the milestone, and a database that has been synced once."""
    with build_world(database_url) as bugs:
        clock = BodhiClock()
        state = Bodhi(clock=clock)
        state.add_release("F45", mandatory_days=0)
        with SimulatedBodhi(state) as bodhi:
            bugs.settings = bugs.settings.of(
                bugzilla_url=bugs.bugzilla.url,
                bugzilla_tries=1,
                pagure_enabled=False,
                bodhi_url=bodhi.url,
                bodhi_tries=1,
                lease_s=5,
            )
            bodhi.on_message(lambda topic, body: bugs.messages.append(Message(topic=topic, body=body)))
            world = UpdateWorld(bugs, bodhi, clock)
            outcomes = world.sync()
            assert [str(outcome.state) for outcome in outcomes] == ["complete", "complete"], outcomes
            yield world
