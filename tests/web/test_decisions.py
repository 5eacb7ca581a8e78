"""The list of what was decided about a milestone: since when, by whom, where, and whether Bugzilla says so."""

from __future__ import annotations

import json

import pytest

from tests.web.reading import OVERVIEW, PREFIX, Page, Reader, text_of
from tests.web.world import World, ago, bug_row, comments, nomination_row

DECISIONS = f"{OVERVIEW}/decisions"
CHAIR = "chair@example.com"
REPO = "https://pagure.io/fedora-qa/blocker-review"
ACCEPTED = comments(("alice", "BetaBlocker +1"), ("chair", "AGREED AcceptedBetaBlocker"))


@pytest.fixture(autouse=True)
def _decided(world: World) -> None:
    """Bug 7 agreed and recorded, 8 only agreed, 9 rejected in Bugzilla two weeks ago, 10 undecided, 11 not public."""
    world.milestone(is_current=True)
    world.synced()
    world.add(
        bug_row(7, component="kernel", summary="No sound"),
        nomination_row(7, "accepted", decided_at=ago(hours=2), decided_by=CHAIR),
        bug_row(8),
        nomination_row(8),
        bug_row(9),
        nomination_row(
            9, "rejected", tracker_id=1002, decided_at=ago(days=14), ended_at=ago(days=14), decided_by=CHAIR
        ),
        bug_row(10),
        nomination_row(10),
        bug_row(11, absence="private", summary="SECRET"),
        nomination_row(11, "accepted"),
    )
    for bug_id in (7, 8, 11):
        world.ticket(bug_id, bug_id, ACCEPTED)
    world.record(8, 102, "conflict", "bob@example.com took it away")


def listed(page: Page) -> list[int]:
    return page.bugs("content")


def test_each_decision_tells_who_made_it_where_and_whether_bugzilla_says_so(reader: Reader) -> None:
    page = reader.page(DECISIONS)
    seven, eight, nine = page.cells("content")
    assert seven == {
        "Bug": "7",
        "Title": "No sound",
        "Component": "kernel",
        "Decision": "Accepted Blocker bug is NEW",
        "Decided by": "chair",
        "When": "2026-11-22 16:02 UTC 19 h ago",
        "Where": "ticket comment about 7",
        "In Bugzilla": "recorded 2 h ago",
    }
    assert (eight["Decision"], eight["In Bugzilla"]) == (
        "Accepted Blocker bug is NEW",
        "not yet recorded bob took it away",
    )
    assert (nine["Decision"], nine["Where"], nine["In Bugzilla"]) == (
        "Rejected Freeze Exception bug is NEW",
        "Bugzilla 9",
        "recorded",
    )
    assert {f"{REPO}/issue/7#comment-102", f"{REPO}/issue/8#comment-102"} < set(page.links())
    assert "SECRET" not in page.text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("since=2026-11-22", [7, 8]),
        ("since=2026-11-23", []),
        ("since=2026-11-09", [7, 8, 9]),
        ("since=2026-11-22&since=2026-11-01", [7, 8, 9]),
        ("since=", [7, 8, 9]),
        ("recorded=no", [8]),
        ("where=bugzilla", [9]),
        ("where=ticket&recorded=yes", [7]),
        ("outcome=rejected", [9]),
        ("kind=blocker&component=kernel", [7]),
        ("by=chair@whatever.example&q=sound", [7]),
        ("sort=when", [9, 7, 8]),
        ("sort=-bug", [9, 8, 7]),
        ("sort=decision&kind=blocker", [7, 8]),
    ],
)
def test_decisions_are_chosen_and_sorted_by_any_field(reader: Reader, query: str, expected: list[int]) -> None:
    document = json.loads(reader.client.get(f"{PREFIX}{DECISIONS}?{query}&format=json").content)
    assert [row["bug"] for row in document["rows"]] == expected
    assert document["total"] == 3
    page = reader.page(f"{DECISIONS}?{query}")
    assert (listed(page) if expected else list(page.root.iter("table"))) == expected


@pytest.mark.parametrize("day", ["monday", "2026-13-01", "20 November"])
def test_a_day_that_is_none_is_refused_with_how_one_looks(reader: Reader, day: str) -> None:
    page = reader.page(f"{DECISIONS}?since={day}", status=400)
    assert f"since cannot be “{day}”: it may be a day as 2026-11-20." in page.text


def test_programs_get_where_a_decision_was_made_and_why_it_is_not_recorded(reader: Reader) -> None:
    document = json.loads(reader.client.get(f"{PREFIX}{DECISIONS}?recorded=no&format=json").content)
    (row,) = document["rows"]
    assert (document["title"], row["kind"], row["outcome"], row["by"], row["at"], row["comment"]) == (
        "Fedora 45 Beta: decisions",
        "blocker",
        "accepted",
        "chair",
        "2026-11-22T16:02:00Z",
        f"{REPO}/issue/8#comment-102",
    )
    assert (row["recorded"], row["recorded_at"]) == (False, None)


def test_the_texts_lead_to_what_was_decided_in_their_time(reader: Reader) -> None:
    """NOW is a Monday: the last meeting was a week ago."""
    since = f"{PREFIX}{DECISIONS}?since=2026-11-16"
    for path in ("/meeting", "/report", "/report?format=table"):
        page = reader.page(OVERVIEW + path)
        assert [text_of(a) for a in page.root.iter("a") if a.get("href") == since] == [
            "What was decided since 2026-11-16"
        ]
    assert since not in reader.page(f"{OVERVIEW}/requests").links()
    assert since in reader.page(DECISIONS).links()


def test_where_nothing_is_decided_or_known_it_says_which(world: World, reader: Reader) -> None:
    world.milestone("45", "final", trackers={"blocker": 2001, "freeze_exception": 2002})
    page = reader.page("/milestone/45/final/decisions")
    assert "Nothing is decided (checked 3 min ago)." in page.text
    assert "Known here" in reader.client.get(f"{PREFIX}/milestone/9/beta/decisions?format=csv").text
