"""Each kind of message that the sources send, damaged in many ways: none does more than end with a person.

Many in every run, a thousand of each kind in the long form (`make verify`).
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from bbconsumer.db.models import BugRow, DeadLetter, TicketRow, UpdateRow
from bbconsumer.db.workqueue import STALE_RETRY_S
from bbconsumer.messaging.incoming import read_message
from bbconsumer.simulator.messages import BusForm
from bbconsumer.simulator.records import Json
from tests.convergence import truth as bugs
from tests.convergence.service import prepare
from tests.convergence.story import ANCHOR, BETA_BLOCKER, Filing
from tests.crashes.odd_messages import properties
from tests.faults.mutations import encoded, late_by, mutated
from tests.faults.reference import Reference
from tests.lives.people import People
from tests.lives.service import Service, service_on
from tests.lives.sources import Sources, opened_sources
from tests.long import IS_LONG

TIMES = 1000 if IS_LONG else 25
# Bugzilla's messages come in two forms; with each so much happens that there is a message of every kind.
FORMS: Sequence[BusForm] = ("bz4", "object")
ACTS = 80
_FAULT_OF_OURS = re.compile(r"\w+(Error|Exception): ")


def kinds_of_messages(sources: Sources) -> Mapping[str, Json]:
    """A true message of each kind, after people have done all sorts of things."""
    people, bridge = People(sources, Random(7)), sources.bugs.bugzilla.state.bridge
    people.begin()
    bodies: dict[str, Json] = {}
    for form in FORMS:
        bridge.form = form
        sources.bugs.let(Filing({"blocks": [BETA_BLOCKER]}, 1))
        for _ in range(ACTS):
            people.act()
        for message in sources.take_messages():
            suffix = f" {form}" if ".bugzilla." in message.topic else ""
            bodies[f"{message.topic}{suffix}"] = dict(message.body)
    return bodies


def test_damaged_messages_change_nothing_and_are_kept_when_they_tell_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    prepare(f"sqlite:///{tmp_path / 'prepared.sqlite'}")
    chance = Random(1)
    with opened_sources() as sources:
        bodies = kinds_of_messages(sources)
        assert len([kind for kind in bodies if ".bugzilla." in kind]) == 4
        assert len([kind for kind in bodies if ".pagure." in kind]) >= 6
        assert len([kind for kind in bodies if ".bodhi." in kind]) >= 7
        sources.clock.advance(86_400)
        file = Path(shutil.copy(tmp_path / "prepared.sqlite", tmp_path / "tried.sqlite"))
        with service_on(file, sources.settings(is_writing=False), sources.clock) as service:
            assert service.sync() == []
            for kind, body in bodies.items():
                topic = kind.partition(" ")[0]
                for number in range(TIMES):
                    message = encoded(mutated(body, chance))
                    service.receive([read_message(topic, properties(message_id=f"{kind} {number}"), message)])
                service.work()
            # Some spoke of a time to come: their keys are asked for again until that was done often enough.
            for seconds in STALE_RETRY_S:
                sources.clock.advance(seconds)
                service.work()
            assert "fault of ours" not in caplog.text
            assert faults_in_dead_letters(service) == []
            assert service.sync() == []
            reference = Reference(sources, service.database)
            assert reference.differences(service.settings, tmp_path / "prepared.sqlite") == []
            assert_nothing_was_invented(sources, service)


def faults_in_dead_letters(service: Service) -> list[str]:
    """Dead letters that were not foreseen."""
    with service.database.reading() as session:
        reasons = list(session.scalars(select(DeadLetter.reason)))
    assert reasons, "no message was damaged so badly that nothing could be read: this test shows nothing"
    return [reason for reason in reasons if _FAULT_OF_OURS.match(reason)]


def assert_nothing_was_invented(sources: Sources, service: Service) -> None:
    """Whatever numbers were in the messages, only what there is has a row that tells something."""
    stored = bugs.load(service.database)
    assert {i for i, row in stored.bugs.items() if row["is_active"]} <= {*sources.bugs.bug_ids, ANCHOR}
    with service.database.reading() as session:
        assert set(session.scalars(select(BugRow.id).where(BugRow.summary != ""))) <= {*sources.bugs.bug_ids, ANCHOR}
        tickets = {ticket.id for ticket in sources.pagure.state.tickets.all()}
        assert set(session.scalars(select(TicketRow.id).where(TicketRow.absence.is_(None)))) <= tickets
        updates = {update.alias for update in sources.bodhi.state.updates.all()}
        assert set(session.scalars(select(UpdateRow.alias).where(UpdateRow.title != ""))) <= updates


def test_a_late_message_bears_its_old_times() -> None:
    body = {"event": {"time": 50_000.0}, "issue": {"last_updated": "60000.5"}, "bug": {"id": 7}}
    late = late_by(body, 12 * 3600)
    assert late == {"event": {"time": 6_800.0}, "issue": {"last_updated": "16800.5"}, "bug": {"id": 7}}
    assert body["event"] == {"time": 50_000.0}
