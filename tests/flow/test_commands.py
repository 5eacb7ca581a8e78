"""Setting up releases and milestones."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import make_url, select

from bbconsumer import commands
from bbconsumer.cli import main
from bbconsumer.cli_milestones import set_milestone
from bbconsumer.commands import CommandRefused, FieldsRefused
from bbconsumer.config import Secret
from bbconsumer.db.models import EventRow, MilestoneRow, TrackerRow
from bbconsumer.db.session import Database
from bbconsumer.domain.facts import MilestoneDates
from bbconsumer.domain.trackers import Milestone, MilestoneName, TrackerKind
from bbconsumer.wiring import build_source
from tests.end_to_end.deployment import deployed
from tests.flow.world import BETA, FINAL, World, add_milestone, build_world


def _current(world: World) -> list[str]:
    with world.database.reading() as session:
        return list(session.scalars(select(MilestoneRow.name).where(MilestoneRow.is_current)))


def _verdicts(path: str) -> list[str]:
    database = Database(make_url(f"sqlite:///{path}"))
    with database.reading() as session:
        noted = list(session.scalars(select(EventRow.new).where(EventRow.object_kind == "milestone")))
    database.dispose()
    return noted


def test_adding_a_milestone_again_changes_nothing(world: World) -> None:
    add_milestone(world, BETA)
    with world.database.reading() as session:
        assert set(session.scalars(select(TrackerRow.id))) == {world.blocker, world.freeze_exception}
    assert _current(world) == ["beta"]


def test_only_one_milestone_is_current(world: World) -> None:
    trackers = commands.find_trackers(build_source(world.settings), FINAL)
    commands.add_milestone(world.database, FINAL, trackers, make_current=True, actor="alice")
    assert _current(world) == ["final"]


def test_a_tracker_is_not_replaced_silently(world: World) -> None:
    other = world.create("Another tracker")
    with pytest.raises(CommandRefused, match=f"has the Blocker tracker {world.blocker} already"):
        commands.add_milestone(world.database, BETA, {TrackerKind.BLOCKER: other}, make_current=False, actor="alice")


def test_a_tracker_serves_one_milestone(world: World) -> None:
    with pytest.raises(CommandRefused, match="another milestone"):
        commands.add_milestone(
            world.database, FINAL, {TrackerKind.BLOCKER: world.blocker}, make_current=False, actor="alice"
        )


def test_an_alias_that_bugzilla_does_not_know_is_a_clear_refusal(world: World) -> None:
    with pytest.raises(CommandRefused, match="F99BetaBlocker"):
        commands.find_trackers(build_source(world.settings), Milestone("99", MilestoneName.BETA))


def test_a_milestone_becomes_current_active_and_inactive(world: World) -> None:
    def change(milestone: Milestone, *, is_active: bool | None = None, make_current: bool = False) -> tuple[bool, bool]:
        return commands.set_milestone(
            world.database, milestone, is_active=is_active, make_current=make_current, actor="alice"
        )

    add_milestone(world, FINAL)
    assert change(FINAL, make_current=True) == (True, True)
    assert _current(world) == ["final"]
    assert change(BETA, is_active=False) == (False, False)
    with pytest.raises(CommandRefused, match="45-beta is inactive, and so it cannot be current: make it active first"):
        change(BETA, make_current=True)
    with pytest.raises(CommandRefused, match="45-final would be inactive, and so it cannot be current"):
        change(FINAL, is_active=False, make_current=True)
    assert _current(world) == ["final"]
    assert change(BETA, is_active=True, make_current=True) == (True, True)
    assert change(BETA, is_active=False) == (False, False)
    assert _current(world) == []
    with pytest.raises(CommandRefused, match="nothing to change: give at least one of --active"):
        change(BETA)
    with pytest.raises(CommandRefused, match="99-beta is not known: add it with add_milestone first"):
        change(Milestone("99", MilestoneName.BETA), is_active=True)


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["--inactive"], "Fedora 45 Beta: inactive, not current."),
        (["--active", "--current"], "Fedora 45 Beta: active, current."),
        (["--current"], "Fedora 45 Beta: active, current."),
    ],
)
def test_the_command_line_says_how_a_milestone_stands(sqlite_url: str, arguments: list[str], printed: str) -> None:
    with build_world(sqlite_url) as world:
        settings = replace(world.settings, database_url=Secret(sqlite_url))
        result = CliRunner().invoke(set_milestone, ["45", "beta", *arguments], obj=settings, catch_exceptions=False)
    assert (result.exit_code, result.output) == (0, f"{printed}\n")


@pytest.mark.parametrize("release", ["", "forty", "45a", "-1", "0", "045", "99999", "٤٥"])
def test_a_release_is_a_number(sqlite_world: World, release: str) -> None:
    with pytest.raises(CommandRefused, match="not a release"):
        commands.add_release(sqlite_world.database, release, actor="alice")


def test_the_command_line_sets_a_service_up_in_the_order_that_readme_tells(sqlite_world: World, tmp_path: Path) -> None:
    environment = {
        "SQLITE_PATH": str(tmp_path / "new.sqlite"),
        "BUGZILLA_URL": sqlite_world.bugzilla.url,
        "PAGURE_ENABLED": "0",
        "BODHI_ENABLED": "0",
    }
    with deployed(environment, tmp_path) as deployment:
        assert "Created schema" in deployment.run("init_db").stdout
        assert deployment.run("init_db").returncode != 0
        added = deployment.run("add_milestone", "45", "beta", "--current")
        assert f"Blocker tracker {sqlite_world.blocker}" in added.stdout, added.stderr
        assert "sync complete" in deployment.run("sync").stdout
        assert "was known already" in deployment.run("add_release", "45").stdout
        assert _verdicts(environment["SQLITE_PATH"]) == ["UNKNOWN"]
        refused = deployment.run("add_milestone", "99", "beta")
        assert refused.returncode != 0
        assert "F99BetaBlocker" in refused.stderr


DATES = MilestoneDates(
    datetime(2026, 9, 8, 14, tzinfo=UTC), datetime(2026, 9, 24, 17, tzinfo=UTC), datetime(2026, 9, 29, tzinfo=UTC)
)


def test_dates_are_kept_until_they_are_changed_or_cleared(world: World) -> None:
    assert commands.set_dates(world.database, BETA, asdict(DATES), actor="alice") == DATES
    assert commands.set_dates(world.database, BETA, {"freeze_at": None}, actor="alice") == replace(
        DATES, freeze_at=None
    )
    assert commands.set_dates(world.database, BETA, {"target_at": None}, actor="alice") == MilestoneDates(
        None, DATES.go_no_go_at
    )


@pytest.mark.parametrize(
    ("milestone", "changes", "words"),
    [
        (BETA, {}, "nothing to change: give at least one"),
        (FINAL, {"freeze_at": None}, "45-final is not known: add it with add_milestone first"),
        (
            BETA,
            {"go_no_go_at": datetime(2026, 9, 7, tzinfo=UTC)},
            "Go/No-Go (2026-09-07 00:00 UTC) would be before Freeze (2026-09-08 14:00 UTC)",
        ),
        (BETA, {"freeze_at": datetime(2026, 9, 30, tzinfo=UTC)}, "Go/No-Go (2026-09-24 17:00 UTC) would be before"),
    ],
)
def test_dates_that_make_no_sense_are_refused_and_change_nothing(
    sqlite_world: World, milestone: Milestone, changes: dict[str, datetime | None], words: str
) -> None:
    commands.set_dates(sqlite_world.database, BETA, asdict(DATES), actor="alice")
    with pytest.raises(CommandRefused, match=re.escape(words)):
        commands.set_dates(sqlite_world.database, milestone, changes, actor="alice")
    assert commands.set_dates(sqlite_world.database, BETA, {"freeze_at": DATES.freeze_at}, actor="alice") == DATES


def test_the_command_line_takes_dates_as_people_write_them(sqlite_world: World, tmp_path: Path) -> None:
    environment = {"DATABASE_URL": sqlite_world.database.engine.url.render_as_string(hide_password=False)}
    with deployed(environment, tmp_path) as deployment:
        done = deployment.run(
            "set_dates", "45", "beta", "--freeze=2026-09-08T16:00+02:00", "--go-no-go=2026-09-24 17:00",
            "--target=2026-09-29",
        )  # fmt: skip
        cleared = deployment.run("set_dates", "45", "beta", "--freeze", "none")
        refused = deployment.run("set_dates", "45", "beta", "--freeze", "soon")
        nothing = deployment.run("set_dates", "45", "beta")
    assert done.stdout == (
        "Fedora 45 Beta: Freeze: 2026-09-08 14:00 UTC; Go/No-Go: 2026-09-24 17:00 UTC; "
        "Target date: 2026-09-29 00:00 UTC.\n"
    )
    assert "Freeze: not known; Go/No-Go: 2026-09-24 17:00 UTC" in cleared.stdout
    assert refused.returncode == 2
    assert "'soon' is no date: write 2026-09-08, 2026-09-08T14:00 (UTC), or none" in refused.stderr
    assert (nothing.returncode, nothing.stderr) == (
        1,
        "Error: nothing to change: give at least one of --freeze, --go-no-go and --target\n",
    )


def test_a_year_that_was_mistyped_is_refused(sqlite_world: World) -> None:
    for year in (1926, 206, 2062, 9999):
        at = datetime(year, 9, 8, tzinfo=UTC)
        with pytest.raises(FieldsRefused, match=f"Target date would be {year}-09-08 00:00 UTC: look at the year") as no:
            commands.set_dates(sqlite_world.database, BETA, {"target_at": at}, actor="alice")
        assert no.value.problem_by_field.keys() == {"target_at"}


def test_the_help_has_whole_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    told = " ".join(CliRunner().invoke(main, ["--help"]).output.partition("Commands:")[2].split())
    assert "..." not in told
    for name, command in main.commands.items():
        sentence = " ".join((command.help or "").partition("\n\n")[0].split())
        assert f"{name} {sentence.partition('. ')[0].rstrip('.')}" in told, name
