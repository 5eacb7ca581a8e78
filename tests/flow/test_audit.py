"""What somebody changes by hand is noted with their name, in the words of what was done; what is refused is not."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from bbconsumer import commands
from bbconsumer.cli import main
from bbconsumer.cli_arguments import actor
from bbconsumer.commands import CommandRefused
from bbconsumer.db.models import AuditEntry
from bbconsumer.db.session import Database
from bbconsumer.domain.facts import MilestoneDates
from bbconsumer.domain.texts import minute
from bbconsumer.domain.trackers import Milestone, MilestoneName, TrackerKind
from bbconsumer.wiring import build_form_source
from tests.flow.world import BETA, FINAL, World, add_milestone

FREEZE, TARGET = datetime(2026, 9, 8, 14, tzinfo=UTC), datetime(2026, 9, 29, tzinfo=UTC)
BLOCKER, EXCEPTION = TrackerKind.BLOCKER, TrackerKind.FREEZE_EXCEPTION
NOWHERE = Milestone("99", MilestoneName.BETA)


def noted(database: Database) -> list[tuple[str, str, str, str]]:
    """The audit log, the oldest entry first."""
    columns = AuditEntry.actor, AuditEntry.act, AuditEntry.subject, AuditEntry.detail
    with database.reading() as session:
        rows = session.execute(select(*columns).order_by(AuditEntry.id))
        return [(who, act, subject, detail) for who, act, subject, detail in rows]


def test_each_change_is_noted_once_and_what_changes_nothing_is_not(world: World) -> None:
    database = world.database
    trackers = {kind: world.tracker_ids[FINAL, kind] for kind in TrackerKind}
    before = len(noted(database))
    for _ in range(2):
        commands.add_release(database, "46", actor="alice")
        commands.add_milestone(database, FINAL, trackers, make_current=True, actor="alice")
        commands.set_dates(database, FINAL, {"freeze_at": FREEZE, "target_at": TARGET}, actor="bob")
        commands.set_milestone(database, BETA, is_active=False, make_current=False, actor="bob")
    commands.set_dates(database, FINAL, {"freeze_at": None}, actor="cli:root")
    commands.set_milestone(database, FINAL, is_active=False, make_current=False, actor="carol")
    assert noted(database)[before:] == [
        ("alice", "add_release", "46", "added"),
        (
            "alice",
            "add_milestone",
            "45-final",
            f"added; made current; Blocker tracker {trackers[BLOCKER]}; Freeze Exception tracker {trackers[EXCEPTION]}",
        ),
        (
            "bob",
            "set_dates",
            "45-final",
            "Freeze: 2026-09-08 14:00 UTC (was: not known); Target date: 2026-09-29 00:00 UTC (was: not known)",
        ),
        ("bob", "set_milestone", "45-beta", "made inactive"),
        ("cli:root", "set_dates", "45-final", "Freeze: not known (was: 2026-09-08 14:00 UTC)"),
        ("carol", "set_milestone", "45-final", "made inactive; not current any more"),
    ]


def test_a_roll_over_is_noted_as_its_plan_said_and_only_by_who_did_it(sqlite_world: World) -> None:
    database, source = sqlite_world.database, build_form_source(sqlite_world.settings)
    plans = [commands.plan_rollover(database, source, BETA) for _ in range(2)]
    before = len(noted(database))
    for plan, person in zip(plans, ("alice", "bob"), strict=True):
        commands.apply_rollover(database, plan, actor=person)
    said = " ".join(step.sentence for step in plans[0].steps)
    assert noted(database)[before:] == [("alice", "rollover", "45-beta", said)]
    assert "Make Fedora 45 Final the current milestone." in said


def test_what_is_refused_is_not_noted(sqlite_world: World) -> None:
    database = sqlite_world.database
    add_milestone(sqlite_world, FINAL)
    commands.set_dates(database, BETA, {"target_at": TARGET}, actor="alice")
    before = noted(database)
    with pytest.raises(CommandRefused):
        commands.add_release(database, "forty", actor="alice")
    # The milestone and its first tracker are stored before the second one is refused.
    new = {BLOCKER: sqlite_world.create(), EXCEPTION: sqlite_world.blocker}
    with pytest.raises(CommandRefused):
        commands.add_milestone(database, NOWHERE, new, make_current=True, actor="alice")
    with pytest.raises(CommandRefused):
        commands.set_dates(database, BETA, {"freeze_at": datetime(2027, 1, 1, tzinfo=UTC)}, actor="alice")
    with pytest.raises(CommandRefused):
        commands.set_milestone(database, BETA, is_active=False, make_current=True, actor="alice")
    with pytest.raises(CommandRefused):
        commands.set_milestone(database, NOWHERE, is_active=True, make_current=False, actor="alice")
    assert noted(database) == before


def test_a_date_that_somebody_else_changed_meanwhile_is_not_overwritten(world: World) -> None:
    seen = commands.set_dates(world.database, BETA, {"freeze_at": FREEZE}, actor="alice")
    commands.set_dates(world.database, BETA, {"freeze_at": None}, actor="bob", seen=seen)
    later = datetime(2026, 9, 9, tzinfo=UTC)
    with pytest.raises(CommandRefused, match="Freeze was changed by somebody else meanwhile: it is now not known"):
        commands.set_dates(world.database, BETA, {"freeze_at": later}, actor="alice", seen=seen)
    # Of another date, or to the same, there is nothing to quarrel about.
    commands.set_dates(world.database, BETA, {"freeze_at": None}, actor="alice", seen=seen)
    dates = commands.set_dates(world.database, BETA, {"target_at": TARGET}, actor="alice", seen=seen)
    assert dates == MilestoneDates(target_at=TARGET)


def test_of_several_who_set_a_date_at_once_one_does_and_only_that_is_noted(postgresql_world: World) -> None:
    database, seen = postgresql_world.database, MilestoneDates()
    start = threading.Barrier(4)
    refusals: list[str] = []

    def set_freeze(day: int) -> None:
        start.wait()
        try:
            changes = {"freeze_at": FREEZE.replace(day=day)}
            commands.set_dates(database, BETA, changes, actor=f"person{day}", seen=seen)
        except CommandRefused as refusal:
            refusals.append(str(refusal))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(set_freeze, range(1, 5)))
    ((who, _, _, detail),) = [entry for entry in noted(database) if entry[1] == "set_dates"]
    stored = commands.set_dates(database, BETA, {"target_at": None}, actor="alice").freeze_at
    assert stored is not None
    assert (who, detail) == (f"person{stored.day}", f"Freeze: {minute(stored)} (was: not known)")
    assert len(refusals) == 3
    assert all(f"it is now {minute(stored)}" in refusal for refusal in refusals)


def test_the_command_line_notes_the_user_of_the_system(sqlite_world: World) -> None:
    database = sqlite_world.database
    environment = {"SQLITE_PATH": str(database.engine.url.database), "BUGZILLA_URL": sqlite_world.bugzilla.url}
    for arguments in (
        ["add_release", "47"],
        ["set_dates", "45", "beta", "--freeze=2026-09-08"],
        ["rollover", "45", "beta", "--dry-run"],
        ["rollover", "45", "beta"],
        ["set_milestone", "45", "beta", "--active"],
    ):
        result = CliRunner().invoke(main, arguments, env=environment)
        assert result.exit_code == 0, result.output
    assert actor().startswith("cli:")
    assert [(who, act) for who, act, *_ in noted(database)[-4:]] == [
        (actor(), "add_release"), (actor(), "set_dates"), (actor(), "rollover"), (actor(), "set_milestone")
    ]  # fmt: skip
