"""What the command line tells about a bug, word by word, for each way in which a bug can stand."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import make_url

from bbconsumer.cli import main
from bbconsumer.config import Settings
from bbconsumer.db.models import WorkItem
from bbconsumer.db.session import Database
from bbconsumer.explaining import explain_bug
from tests.domain.milestones import update
from tests.services.schema import make_schema
from tests.web.world import NOW, World, ago, comments, work_row

TEXTS = Path(__file__).parent / "texts"
SECRET = "Exploit in the installer"


@pytest.fixture
def world(sqlite_url: str) -> World:
    """A Beta with bugs in every state."""
    database = Database(make_url(sqlite_url), clock=lambda: NOW)
    make_schema(database)
    world = World(database)
    world.milestone()
    world.synced()
    _disputed(world)
    world.nominated(8, "rejected", whiteboard="RejectedBlocker", is_active=False, deactivated_at=ago(hours=2))
    world.nominated(9, removal_held="more bugs left at once than is believed", status="CLOSED", resolution="ERRATA")
    world.bug(10, absence="private", summary="", is_active=False)
    world.add(work_row(10, attempts=3, last_error=SECRET, message_id=SECRET))
    world.bug(11, absence="missing", summary="", is_active=False)
    world.bug(12, dupe_of=7, is_active=False)
    return world


def _disputed(world: World) -> None:
    """A bug about which everything is known that can be."""
    world.nominated(7, whiteboard="AcceptedFreezeException kernel", blocks=[1001, 1002, 4711], assigned_to="alice")
    world.nomination(7, "accepted", tracker_id=1002, decided_by="chair", reason="AcceptedFreezeException is set")
    world.events(7, [("status", "", "NEW", "carol"), ("nomination:1001", "", "proposed", "bob")], first=51)
    world.ticket(3, 7, comments(("alice", "BetaBlocker +1"), ("bob", "BetaBlocker +1")))
    world.ticket(4, 7, is_open=False, close_status="Duplicate")
    world.bodhi_update(update(alias="FEDORA-2026-0001", bug_ids=frozenset({7}), request="stable", karma=2))
    world.source("bugzilla", failures=4, down_until=ago(minutes=-2))
    world.add(
        work_row(7, attempts=2, last_error="RequestRefused: Bugzilla refuses the request", due_at=ago(minutes=-5)),
        WorkItem(
            message_id="b2f1-77",
            kind="ticket",
            id=3,
            generation=1,
            priority=0,
            due_at=NOW,
            marked_at=ago(seconds=9),
            leased_until=ago(minutes=-1),
        ),
    )


@pytest.mark.parametrize(
    ("bug_id", "name"),
    [
        (7, "disputed"),
        (8, "rejected"),
        (9, "held-back"),
        (10, "private"),
        (11, "missing"),
        (12, "duplicate"),
        (77, "unknown"),
        (1001, "tracker"),
    ],
)
def test_the_whole_text(world: World, bug_id: int, name: str) -> None:
    with world.database.reading() as session:
        text = explain_bug(session, bug_id, Settings.of(), NOW)
    assert text == (TEXTS / f"{name}.txt").read_text()
    assert SECRET not in text


def test_the_command_prints_it(world: World) -> None:
    environment = {"SQLITE_PATH": world.database.engine.url.database, "LOG_LEVEL": "ERROR", "PAGURE_ENABLED": "0"}
    done = CliRunner().invoke(main, ["explain", "7"], env=environment)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("Bug 7: Bug number 7 crashes\nhttps://bugzilla.redhat.com/show_bug.cgi?id=7\n")
    assert "not read: PAGURE_ENABLED is off" in done.stdout


def test_nothing_from_outside_commands_the_terminal_or_forges_a_line(world: World) -> None:
    world.bug(13, summary="Title\x1b]0;owned\x07\x1b[2J\nStill to be done\n  nothing", component="\u202eadnocana")
    with world.database.reading() as session:
        first, *others = explain_bug(session, 13, Settings.of(), NOW).splitlines()
    assert first == r"Bug 13: Title\x1b]0;owned\x07\x1b[2J\nStill to be done\n  nothing"
    assert [line for line in others if not line.isprintable()] == []
    assert others.count("Still to be done") == 1
