"""A release from branch to GO: what is said at each step is right, for the right reasons, in every text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bbconsumer.db.models import EventRow, WorkItem
from bbconsumer.reporting import REPORTS
from tests.release.by_hand import count_by_hand
from tests.release.stage import Look, Stage, build_stage
from tests.release.story import BEGINS, BLOCKER, FREEZE_EXCEPTION, play

# The story is told once for all tests, so they stay in one process.
pytestmark = pytest.mark.xdist_group("release")

TEXTS = Path(__file__).parent / "texts"
MOMENTS = ("before the meeting", "in the freeze", "at the meeting")

NOBODY: tuple[str, ...] = ()
LOOKS = {
    "before anything was read": Look(
        "UNKNOWN", {"no_complete_sync": NOBODY, "source_stale": NOBODY, "lists_incomplete": NOBODY}
    ),
    "after the first sync": Look("NO-GO", {"undecided": ("boot",)}),
    "voted on": Look("NO-GO", {"undecided": ("boot",)}),
    "accepted": Look("NO-GO", {"no_fix": ("boot",)}),
    "before the meeting": Look("NO-GO", {"undecided": ("panel", "zero"), "no_fix": ("boot",)}),
    "after the meeting": Look("NO-GO", {"no_fix": ("boot",), "no_stable_update": ("zero",)}),
    "a duplicate": Look(
        "NO-GO", {"no_fix": ("boot",), "no_stable_update": ("zero",), "duplicate_not_addressed": ("again",)}
    ),
    "a fix without an update": Look(
        "NO-GO", {"no_update": ("boot",), "no_stable_update": ("zero",), "duplicate_not_addressed": ("again",)}
    ),
    "an update that nobody can test": Look(
        "NO-GO",
        {
            "undecided": ("secret",),
            "untested_update": ("boot",),
            "no_stable_update": ("zero",),
            "duplicate_not_addressed": ("again",),
        },
    ),
    "an update that was tested": Look(
        "NO-GO",
        {
            "undecided": ("secret",),
            "not_verified": ("boot",),
            "no_stable_update": ("zero",),
            "duplicate_not_addressed": ("again",),
        },
    ),
    "verified": Look(
        "NO-GO", {"undecided": ("secret",), "no_stable_update": ("zero",), "not_pushed": ("boot", "again")}
    ),
    "hidden, and not known to be": Look(
        "NO-GO", {"undecided": ("secret",), "no_stable_update": ("zero",), "not_pushed": ("boot", "again")}
    ),
    "in the freeze": Look("NO-GO", {"no_stable_update": ("zero",), "not_pushed": ("boot", "again")}),
    "only one left": Look("NO-GO", {"no_stable_update": ("zero",)}),
    "all is done for now": Look("GO", {"stable_but_open": ("zero",)}),
    "proposed late": Look("NO-GO", {"undecided": ("late",), "stable_but_open": ("zero",), "proposed_late": ("late",)}),
    "a question": Look("NO-GO", {"needinfo": ("late",), "stable_but_open": ("zero",), "proposed_late": ("late",)}),
    "an answer": Look("NO-GO", {"no_fix": ("late",), "stable_but_open": ("zero",), "proposed_late": ("late",)}),
    "an update without karma": Look(
        "NO-GO", {"untested_update": ("late",), "never_verified": ("zero",), "proposed_late": ("late",)}
    ),
    "the last is verified": Look("GO", {"not_pushed": ("late",), "never_verified": ("zero",)}),
    "bodhi is away": Look("UNKNOWN", {"source_failing": NOBODY, "not_pushed": ("late",), "never_verified": ("zero",)}),
    "bodhi is back": Look("GO", {"not_pushed": ("late",), "never_verified": ("zero",)}),
    "at the meeting": Look("GO", {"never_verified": ("zero",)}),
}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The release after Go/No-Go. SQLite: its clock can be set, which a story of five weeks needs."""
    with build_stage(f"sqlite:///{tmp_path_factory.mktemp('release') / 'release.sqlite'}", BEGINS) as stage:
        play(stage)
        yield stage


@pytest.mark.parametrize("label", LOOKS)
def test_each_step_changes_the_verdict_for_the_right_reasons(played: Stage, label: str) -> None:
    assert played.looks[label] == LOOKS[label]


def test_nothing_was_looked_at_in_vain(played: Stage) -> None:
    assert list(played.looks) == list(LOOKS)


def test_the_history_of_the_verdict_is_what_the_syncs_saw(played: Stage) -> None:
    """Between two syncs it was GO for an hour on the 9th of September: that is not in it, and README says so."""
    verdicts = select(EventRow).where(EventRow.object_kind == "milestone").order_by(EventRow.seq)
    with played.database.reading() as session:
        history = [(f"{row.at:%m-%d %H:%M}", row.old, row.new) for row in session.scalars(verdicts)]
    assert history == [
        ("08-11 09:00", "", "NO-GO"),
        ("08-31 08:00", "NO-GO", "GO"),
        ("09-08 08:00", "GO", "NO-GO"),
        ("09-10 10:00", "NO-GO", "UNKNOWN"),
        ("09-10 12:00", "UNKNOWN", "GO"),
    ]


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("moment", MOMENTS)
def test_every_report_says_what_a_person_would_write(played: Stage, moment: str, name: str) -> None:
    assert played.texts[moment].shown[name] == (TEXTS / moment.replace(" ", "-") / f"{name}.txt").read_text("utf-8")


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_command_line_prints_what_the_address_shows(played: Stage, moment: str) -> None:
    texts = [played.texts[moment].printed, played.texts[moment].served]
    printed, served = ({name: re.sub("Made at [^;]*;", "", text) for name, text in each.items()} for each in texts)
    assert printed == served
    assert played.texts[moment].served.keys() == REPORTS.keys()


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_burndown_is_what_bugzillas_own_history_tells(played: Stage, moment: str) -> None:
    """In the freeze a bug was private, and counts on no day of its past either."""
    texts, tracker_ids = played.texts[moment], [played.tracker_ids[alias] for alias in (BLOCKER, FREEZE_EXCEPTION)]
    _, *lines = texts.burndown.splitlines()
    assert lines == count_by_hand(played.bugzilla.state, tracker_ids, played.bugs.values(), texts.at)
    assert lines[0].startswith("2026-08-10,1,0,0,0")


def test_all_that_was_open_in_tickets_is_closed_and_nothing_waits(played: Stage) -> None:
    assert [ticket for ticket in played.pagure.state.tickets.all() if ticket.is_open and not ticket.is_private] == []
    with played.database.reading() as session:
        assert list(session.scalars(select(WorkItem.last_error))) == []
