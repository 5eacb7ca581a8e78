"""The burndown as charts, as a table and as comma-separated values: one count, and nothing that is not public."""

from __future__ import annotations

import csv
from datetime import datetime
from xml.etree.ElementTree import Element

import pytest
from sqlalchemy import update

from bbconsumer.db.models import EventRow, MilestoneRow
from bbconsumer.db.session import Database
from bbconsumer.domain.nominations import NominationState
from tests.web.reading import BETA, OVERVIEW, PREFIX, Reader, selects, text_of
from tests.web.world import FREEZE_EXCEPTION, NOW, World, ago, bug_row, nomination_row
from web.charts import count_step

SVG = "{http://www.w3.org/2000/svg}"
TABLE = f"{OVERVIEW}/burndown.csv"
LISTS = ("proposed-blockers", "accepted-blockers", "proposed-freeze-exceptions", "accepted-freeze-exceptions")


@pytest.fixture
def fresh(world: World) -> World:
    """A milestone of which everything was read, and no bug."""
    world.milestone(is_current=True)
    world.synced()
    return world


def event(seq: int, bug_id: int, field: str, old: str, new: str, at: datetime) -> EventRow:
    return EventRow(
        seq=seq, object_kind="bug", object_id=bug_id, field=field, at=at, who="", old=old, new=new, recorded_at=NOW
    )


@pytest.fixture
def told(fresh: World) -> World:
    """Bug 7 was proposed three days ago and accepted yesterday, bug 8 was closed two days ago."""
    fresh.nominated(7, "accepted")
    fresh.nominated(8, status="CLOSED", resolution="WONTFIX", is_open=False)
    fresh.nominated(9, "accepted", tracker_id=1002)
    fresh.add(
        event(1, 7, "nomination/1001", "", "proposed", ago(days=3)),
        event(2, 8, "nomination/1001", "", "proposed", ago(days=3)),
        event(3, 8, "status", "NEW", "CLOSED", ago(days=2)),
        event(4, 7, "nomination/1001", "proposed", "accepted", ago(days=1)),
        event(5, 9, "nomination/1002", "", "accepted", ago(days=1)),
        event(6, 9, "component", "a", "b", ago(days=9)),
    )
    return fresh


COUNTS = [
    ["2026-11-20", "2", "0", "0", "0"],
    ["2026-11-21", "1", "0", "0", "0"],
    ["2026-11-22", "0", "1", "0", "1"],
    ["2026-11-23", "0", "1", "0", "1"],
]


def table(reader: Reader) -> list[list[str]]:
    answer = reader.client.get(PREFIX + TABLE)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.reader(answer.text.splitlines()))


def test_every_day_is_counted_alike_in_all_forms(told: World, reader: Reader) -> None:
    assert table(reader) == [["day", *(name.replace("-", "_") for name in LISTS)], *COUNTS]
    page = reader.page(OVERVIEW)
    assert page.rows("burndown") == COUNTS[::-1]
    assert f"{PREFIX}{TABLE}" in page.links()
    words = [text_of(e) for e in page.root.iter(f"{SVG}desc")]
    assert words == [
        "Proposed: 0 now, at most 2. Accepted: 1 now, at most 1.",
        "Proposed: 0 now, at most 0. Accepted: 1 now, at most 1.",
    ]
    assert [text_of(e) for e in page.root.iter("figcaption")] == [
        "Open blockers: proposed 0, accepted 1",
        "Open freeze exceptions: proposed 0, accepted 1",
    ]


def test_the_last_day_says_what_the_lists_say(fresh: World, reader: Reader) -> None:
    """Also of bugs that are closed, gone, or proposed for both trackers, and where no event tells how it came."""
    bug_id = 100
    for state in NominationState:
        for tracker_id in (1001, 1002):
            for values in ({}, {"is_open": False, "status": "CLOSED"}, {"absence": "missing"}, {"status": "VERIFIED"}):
                fresh.nominated(bug_id := bug_id + 1, state, tracker_id=tracker_id, **values)
    fresh.nomination(101, "accepted", tracker_id=1002)
    buglist = reader.page(BETA)
    (_, last) = table(reader)
    assert last[1:] == [str(len(buglist.bugs(section))) for section in LISTS] != ["0"] * 4


def test_what_became_private_counts_on_no_day(told: World, reader: Reader) -> None:
    told.nominated(10, "accepted", absence="private")
    assert table(reader)[1:] == COUNTS


def test_other_milestones_do_not_count(told: World, reader: Reader) -> None:
    told.milestone("45", "final", trackers={FREEZE_EXCEPTION: 2002})
    told.nomination(7, "accepted", tracker_id=2002)
    told.add(event(7, 7, "nomination/2002", "", "accepted", ago(days=9)))
    assert table(reader)[1:] == COUNTS
    final = reader.client.get(f"{PREFIX}/milestone/45/final/burndown.csv").text.splitlines()
    assert (len(final), final[-1]) == (11, "2026-11-23,0,0,0,1")


def test_a_milestone_that_is_over_ends_with_its_last_change(told: World, reader: Reader) -> None:
    with told.database.writing() as session:
        session.execute(update(MilestoneRow).values(is_active=False, is_current=False))
    assert table(reader)[1:] == COUNTS[:-1]


def _path(figure: Element, name: str) -> str:
    (line,) = (e for e in figure.iter(f"{SVG}path") if e.get("class") == f"line {name}")
    return line.get("d") or ""


def test_a_line_runs_level_through_each_day(told: World, reader: Reader) -> None:
    figure = reader.page(OVERVIEW).by_id("burndown-blockers")
    # Four days of 149 between 36 and 632; two bugs between 180 and 28.
    assert _path(figure, "proposed") == "M36 28.0H185.0V104.0H334.0V180.0H632.0"
    assert _path(figure, "accepted") == "M36 180.0H334.0V104.0H632.0"


def test_the_chart_has_the_dates_that_have_passed_and_no_style_of_its_own(told: World, reader: Reader) -> None:
    with told.database.writing() as session:
        session.execute(update(MilestoneRow).values(freeze_at=ago(days=2), go_no_go_at=ago(days=-2)))
    section = reader.page(OVERVIEW).by_id("burndown")
    (chart, _) = section.iter(f"{SVG}svg")
    (dates,) = (e for e in chart.iter(f"{SVG}g") if e.get("class") == "dates")
    assert [(text_of(e), e.get("x")) for e in dates.iter(f"{SVG}text")] == [("Freeze", "185.0")]
    assert not [e for e in section.iter() if e.get("style") or e.tag in {"style", "script"}]


@pytest.mark.parametrize(
    ("highest", "step"), [(0, 1), (5, 1), (6, 2), (10, 2), (11, 5), (25, 5), (26, 10), (300, 100), (2001, 500)]
)
def test_an_axis_has_few_round_numbers(highest: int, step: int) -> None:
    assert count_step(highest) == step


def test_a_milestone_without_bugs_has_a_chart_of_nothing(fresh: World, reader: Reader) -> None:
    assert table(reader)[1:] == [["2026-11-23", "0", "0", "0", "0"]]
    assert _path(reader.page(OVERVIEW).by_id("burndown-blockers"), "accepted") == "M36 180.0H632.0"


def test_an_unknown_milestone_has_no_burndown(told: World, reader: Reader) -> None:
    assert "Fedora 45 Beta" in reader.page("/milestone/46/beta/burndown.csv", status=404).text


def test_the_table_is_confirmed_to_who_holds_it(told: World, reader: Reader) -> None:
    tag = reader.client.get(PREFIX + TABLE).headers["etag"]
    assert reader.client.get(PREFIX + TABLE, headers={"If-None-Match": tag}).status_code == 304


def test_the_cost_of_the_table_does_not_grow_with_the_bugs(fresh: World, reader: Reader, database: Database) -> None:
    counts = []
    for first, last in ((1, 61), (61, 1001)):
        rows = [
            (bug_row(i), nomination_row(i), event(i, i, "nomination/1001", "", "proposed", ago(days=i % 90)))
            for i in range(first, last)
        ]
        fresh.add(*(row for of_bug in rows for row in of_bug))
        with selects(database) as statements:
            assert table(reader)[-1][1] == str(last - 1)
        counts.append(len(statements))
    assert counts == [3, 3]
