"""The end of a Beta and of a release in one step: all of it or nothing, and nothing twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from bbconsumer import commands
from bbconsumer.cli_milestones import rollover
from bbconsumer.commands import BugzillaAway, CommandRefused
from bbconsumer.config import Secret
from bbconsumer.db.milestones import lock_milestones
from bbconsumer.db.models import AuditEntry, Base, MilestoneRow
from bbconsumer.domain.rollover import RolloverPlan
from bbconsumer.domain.trackers import Milestone, MilestoneName, TrackerKind, tracker_alias
from bbconsumer.simulator.switches import Failure
from bbconsumer.wiring import build_source
from tests.end_to_end.deployment import deployed
from tests.flow.world import BETA, FINAL, World, add_milestone, in_background

NEXT_BETA, NEXT_FINAL = (Milestone("46", name) for name in MilestoneName)


def _create_trackers(world: World, *milestones: Milestone, kinds: Sequence[TrackerKind] = tuple(TrackerKind)) -> None:
    for milestone in milestones:
        for kind in kinds:
            alias = tracker_alias(milestone, kind)
            world.tracker_ids[milestone, kind] = world.create(alias, alias=[alias])


def _create_unversioned_trackers(world: World) -> None:
    """Bugs with the aliases that move from release to release, and so may be those of any."""
    for milestone in (BETA, FINAL):
        for kind in TrackerKind:
            world.create(alias=[tracker_alias(milestone, kind).removeprefix("F45")])


def _dump(world: World) -> dict[str, list[Any]]:
    """Everything that is stored, but for the numbers that have readers look again."""
    tables = [table for table in Base.metadata.sorted_tables if table.name != "counter"]
    with world.database.reading() as session:
        return {t.name: sorted(map(repr, session.execute(t.select()).all())) for t in tables}


def _standing(world: World) -> dict[str, str]:
    """How the milestones stand, and how many trackers each has: ``active 2``, ``inactive 2``, ``current 2``."""
    query = text(
        "SELECT release || '-' || name, is_active, is_current, "
        "(SELECT count(*) FROM tracker WHERE milestone_id = milestone.id) FROM milestone"
    )
    with world.database.reading() as session:
        return {
            label: f"{'current' if is_current else 'active' if is_active else 'inactive'} {trackers}"
            for label, is_active, is_current, trackers in session.execute(query)
        }


def _run(world: World, *arguments: str) -> list[str]:
    """What the command prints."""
    url = Secret(world.database.engine.url.render_as_string(hide_password=False))
    settings = replace(world.settings, database_url=url)
    result = CliRunner().invoke(rollover, arguments, obj=settings, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output.splitlines()


def _plan(world: World, ended: Milestone) -> RolloverPlan:
    return commands.plan_rollover(world.database, build_source(world.settings), ended)


def test_the_end_of_a_beta_is_planned_done_and_then_past(world: World) -> None:
    proposed, accepted, closed = world.propose(3)
    world.edit(accepted, whiteboard="AcceptedBlocker")
    world.edit(closed, status="CLOSED", resolution="ERRATA")
    world.sync()
    before = _dump(world)
    planned = _run(world, "45", "beta", "--dry-run")
    assert _dump(world) == before
    ids = world.tracker_ids
    assert planned == [
        "Make Fedora 45 Beta inactive. What is stored of it stays.",
        "Add Fedora 45 Final, active.",
        f"Set bug {ids[FINAL, TrackerKind.BLOCKER]} (F45FinalBlocker) as the Blocker tracker of Fedora 45 Final.",
        f"Set bug {ids[FINAL, TrackerKind.FREEZE_EXCEPTION]} (F45FinalFreezeException) as the Freeze Exception tracker "
        "of Fedora 45 Final.",
        "Make Fedora 45 Final the current milestone.",
        "Warning: 1 proposed and 1 accepted bugs are still open on the trackers of Fedora 45 Beta: "
        "move what matters to those of Fedora 45 Final.",
        "Dry run: nothing was changed.",
    ]
    done = _run(world, "45", "beta")
    assert done == [*planned[:-1], "Next: bbconsumer sync"]
    assert _standing(world) == {"45-beta": "inactive 2", "45-final": "current 2"}
    after = _dump(world)
    assert {name for name in after if after[name] != before[name]} == {"audit_entry", "milestone", "tracker"}
    # Again, and with Bugzilla away: it is not needed any more.
    world.bugzilla.switches.fail = Failure("html", status=503)
    assert _run(world, "45", "beta") == ["Nothing is left to do: Fedora 45 Beta has ended."]
    assert _dump(world) == after
    assert proposed in world.states()


def test_the_end_of_a_release_begins_the_next_one_by_its_versioned_aliases_only(world: World) -> None:
    add_milestone(world, FINAL)
    _create_trackers(world, NEXT_BETA, NEXT_FINAL)
    _create_unversioned_trackers(world)
    world.bugzilla.requests.clear()
    planned = _run(world, "45", "final", "--dry-run")
    asked = [asked.path.removeprefix("/rest/bug/") for asked in world.bugzilla.requests.all() if asked.kind == "bug"]
    assert asked == ["F46BetaBlocker", "F46BetaFreezeException", "F46FinalBlocker", "F46FinalFreezeException"]
    assert _run(world, "45", "final")[:-1] == planned[:-1]
    expected = {"45-beta": "inactive 2", "45-final": "inactive 2", "46-beta": "current 2", "46-final": "active 2"}
    assert _standing(world) == expected
    assert _run(world, "45", "final") == ["Nothing is left to do: Fedora 45 Final has ended."]
    # The ends of what came before do not begin it again, and the next end goes on from here.
    assert _run(world, "45", "beta") == ["Nothing is left to do: Fedora 45 Beta has ended."]
    assert _run(world, "46", "beta")[1:] == ["Make Fedora 46 Final the current milestone.", "Next: bbconsumer sync"]
    assert _standing(world) == {**expected, "46-beta": "inactive 2", "46-final": "current 2"}


def test_what_cannot_be_done_is_refused_whole(sqlite_world: World) -> None:
    world = sqlite_world
    add_milestone(world, FINAL)
    _create_unversioned_trackers(world)
    before = _dump(world)

    def refusal(ended: Milestone) -> str:
        with pytest.raises(CommandRefused) as refused:
            _plan(world, ended)
        assert _dump(world) == before
        return str(refused.value)

    aliases = "F46BetaBlocker, F46BetaFreezeException, F46FinalBlocker, F46FinalFreezeException"
    assert f"Bugzilla knows no bugs with the aliases {aliases}: create" in refusal(FINAL)
    _create_trackers(world, NEXT_BETA, kinds=[TrackerKind.BLOCKER])
    assert "no bugs with the aliases F46BetaFreezeException, F46FinalBlocker, F46Final" in refusal(FINAL)
    _create_trackers(world, NEXT_FINAL)
    assert "no bug with the alias F46BetaFreezeException: create" in refusal(FINAL)
    world.edit(world.freeze_exception, alias={"add": ["F46BetaFreezeException"]})
    assert refusal(FINAL) == (
        f"bug {world.freeze_exception}, which has the alias F46BetaFreezeException, is the Freeze Exception tracker of "
        "Fedora 45 Beta already: correct the alias in Bugzilla first"
    )
    assert refusal(NEXT_BETA) == "46-beta is not known, so it cannot end"
    assert refusal(Milestone("forty", MilestoneName.FINAL)) == "forty-final is not known, so it cannot end"
    world.bugzilla.switches.fail = Failure("html", status=503)
    with pytest.raises(BugzillaAway):
        _plan(world, FINAL)
    assert _dump(world) == before


def _end_final_too(world: World) -> None:
    add_milestone(world, FINAL)
    commands.set_milestone(world.database, BETA, is_active=False, make_current=False, actor="alice")


def _take_the_tracker(world: World) -> None:
    tracker = {TrackerKind.BLOCKER: world.tracker_ids[FINAL, TrackerKind.BLOCKER]}
    commands.add_milestone(
        world.database, Milestone("44", MilestoneName.FINAL), tracker, make_current=False, actor="alice"
    )


def _go_ahead(world: World) -> None:
    commands.add_milestone(world.database, NEXT_BETA, {}, make_current=True, actor="alice")


@pytest.mark.parametrize(
    ("meanwhile", "reason"),
    [
        (_end_final_too, "they ask for something else now"),
        (_take_the_tracker, "is the Blocker tracker of Fedora 44 Final already"),
        (_go_ahead, "they ask for something else now"),
    ],
)
def test_a_plan_that_does_not_fit_any_more_is_not_done(
    sqlite_world: World, meanwhile: Callable[[World], None], reason: str
) -> None:
    world = sqlite_world
    plan = _plan(world, BETA)
    meanwhile(world)
    before = _dump(world)
    with pytest.raises(CommandRefused, match="the milestones were changed since the plan was made") as refused:
        commands.apply_rollover(world.database, plan, actor="alice")
    assert reason in str(refused.value)
    assert _dump(world) == before


def test_a_plan_that_somebody_else_has_done_leaves_nothing_to_do(sqlite_world: World) -> None:
    world = sqlite_world
    plan, same = _plan(world, BETA), _plan(world, BETA)
    assert commands.apply_rollover(world.database, plan, actor="alice") == plan
    before = _dump(world)
    assert commands.apply_rollover(world.database, same, actor="alice").lines == (
        "Nothing is left to do: Fedora 45 Beta has ended.",
    )  # fmt: skip
    assert _dump(world) == before


def test_a_roll_over_that_fails_half_way_changes_nothing(sqlite_world: World) -> None:
    world = sqlite_world
    plan = _plan(world, BETA)
    with world.database.writing() as session:
        session.execute(
            text(
                "CREATE TRIGGER no_current BEFORE UPDATE ON milestone WHEN NEW.is_current = 1 AND NEW.name = 'final' "
                "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
            )
        )
    before = _dump(world)
    with pytest.raises(DBAPIError, match="the disk is full"):
        commands.apply_rollover(world.database, plan, actor="alice")
    assert _dump(world) == before


def test_of_two_at_once_one_does_it_and_the_other_finds_nothing_left(postgresql_world: World) -> None:
    world = postgresql_world
    add_milestone(world, FINAL)
    _create_trackers(world, NEXT_BETA, NEXT_FINAL)
    plans = [_plan(world, FINAL) for _ in range(4)]
    start = threading.Barrier(len(plans))

    def apply(plan: RolloverPlan) -> RolloverPlan:
        start.wait()
        return commands.apply_rollover(world.database, plan, actor="alice")

    with ThreadPoolExecutor(len(plans)) as pool:
        done = list(pool.map(apply, plans))
    assert sorted(len(plan.steps) for plan in done) == [0, 0, 0, len(plans[0].steps)]
    with world.database.reading() as session:
        assert list(session.scalars(select(AuditEntry.subject).where(AuditEntry.act == "rollover"))) == ["45-final"]
    assert _standing(world) == {
        "45-beta": "inactive 2", "45-final": "inactive 2", "46-beta": "current 2", "46-final": "active 2"
    }  # fmt: skip


def test_who_changes_milestones_is_waited_for_and_seen(postgresql_world: World) -> None:
    world = postgresql_world
    plan = _plan(world, BETA)
    refusals: list[str] = []

    def apply() -> None:
        try:
            commands.apply_rollover(world.database, plan, actor="alice")
        except CommandRefused as refused:
            refusals.append(str(refused))

    with world.database.writing() as session:
        lock_milestones(session)
        session.execute(update(MilestoneRow).values(is_current=False))
        session.add(MilestoneRow(release="45", name="final", is_active=True, is_current=True))
        session.flush()
        other = in_background(apply)
        other.join(0.3)
        assert other.is_alive()
    other.join(20)
    assert "changed since the plan was made" in refusals[0]
    assert _standing(world) == {"45-beta": "active 2", "45-final": "current 0"}


def test_the_command_line_says_what_is_missing_in_one_line(sqlite_world: World, tmp_path: Path) -> None:
    world = sqlite_world
    add_milestone(world, FINAL)
    environment = {"DATABASE_URL": str(world.database.engine.url), "BUGZILLA_URL": world.bugzilla.url}
    with deployed(environment, tmp_path) as deployment:
        refused = deployment.run("rollover", "45", "final", "--dry-run")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        "Error: Bugzilla knows no bugs with the aliases F46BetaBlocker, F46BetaFreezeException, F46FinalBlocker, "
        "F46FinalFreezeException: create the trackers there first; nothing was changed\n"
    )
