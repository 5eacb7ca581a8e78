"""The overview of a milestone: the verdict, exactly the bugs that each reason counts, and how far to trust it."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from bbconsumer.db.models import MilestoneRow
from bbconsumer.db.session import Database
from bbconsumer.db.verdicts import note_verdict
from bbconsumer.domain.trackers import Milestone, MilestoneName
from tests.web.reading import BETA, OVERVIEW, PREFIX, Page, Reader, selects, text_of
from tests.web.world import World, ago, bug_row, event_row, nomination_row


@pytest.fixture
def fresh(world: World) -> World:
    """A milestone of which all sources answered, and no bug."""
    world.milestone(is_current=True)
    world.synced()
    world.source("pagure", last_success_at=ago(minutes=3))
    world.updates_synced()
    return world


def verdict(page: Page) -> str:
    (element,) = (e for e in page.root.iter("p") if (e.get("class") or "").startswith("verdict"))
    return text_of(element).removeprefix("Verdict: ")


def sentences(page: Page, group: str) -> list[str]:
    section = page.by_id(group)
    return [text_of(e) for e in section.iter() if e.tag == "summary" or e.get("class") in {"doubt", "nothing"}]


def links(page: Page, reason: str) -> list[str]:
    return [a.get("href") or "" for a in page.by_id(f"reason-{reason}").iter("a")]


def test_nothing_that_blocks_and_nothing_to_doubt_is_go(fresh: World, reader: Reader) -> None:
    page = reader.page(OVERVIEW)
    assert verdict(page) == "GO"
    assert page.title == "Fedora 45 Beta: GO, 0 proposed, 0 accepted blockers – Blocker Bugs"
    assert sentences(page, "blocks") == ["Nothing is known to block (checked 3 min ago)."]
    assert sentences(page, "unknown") == ["The data are fresh and complete (checked 3 min ago)."]
    assert page.warnings == ""


def test_every_reason_leads_to_exactly_the_rows_that_it_counts(fresh: World, reader: Reader) -> None:
    fresh.nominated(7)
    fresh.nominated(8, "accepted", status="ON_QA", component="kernel", summary="Panic")
    fresh.nominated(9, "accepted", status="MODIFIED")
    fresh.nomination(7, tracker_id=1002)
    page = reader.page(OVERVIEW)
    assert verdict(page) == "NO-GO"
    assert sentences(page, "blocks") == [
        "1 proposed blocker is not decided",
        "2 accepted blockers have a fix but no update",
    ]
    assert links(page, "undecided") == [f"{PREFIX}{BETA}#bug-7"]
    assert links(page, "no_update") == [f"{PREFIX}{BETA}#bug-8", f"{PREFIX}{BETA}#bug-9"]
    assert "8 kernel, ON_QA: Panic" in text_of(page.by_id("reason-no_update"))
    rows = reader.page(BETA)
    assert {text_of(rows.by_id(f"bug-{i}")).split()[0] for i in (7, 8, 9)} == {"7", "8", "9"}


def test_counts_lead_to_the_sections_that_have_as_many_rows(fresh: World, reader: Reader) -> None:
    fresh.nominated(7)
    fresh.nominated(8)
    fresh.nominated(9, "accepted", tracker_id=1002)
    (nav,) = (e for e in reader.page(OVERVIEW).root.iter("nav") if e.get("class") == "sections")
    counted = {a.get("href"): int(text_of(a).split()[-1]) for a in nav.iter("a")}
    assert sum(counted.values()) == 3
    buglist = reader.page(BETA)
    for link, count in counted.items():
        path, _, anchor = (link or "").partition("#")
        assert path == f"{PREFIX}{BETA}"
        assert len(buglist.bugs(anchor)) == count


def test_without_bodhi_there_is_no_go_and_no_bug_is_said_to_have_no_update(world: World, reader: Reader) -> None:
    world.milestone()
    world.synced()
    world.source("pagure", last_success_at=ago(minutes=3))
    page = reader.page(OVERVIEW)
    assert verdict(page) == "UNKNOWN"
    assert sentences(page, "unknown") == [
        "Bodhi has never answered.",
        "Updates are not known to this service yet.",
    ]
    world.nominated(8, "accepted", status="ON_QA")
    page = reader.page(OVERVIEW)
    assert sentences(page, "blocks") == [
        "1 accepted blocker needs an update, and updates are not known to this service yet"
    ]
    assert "no update" not in page.text


def test_no_data_is_never_good_data(world: World, reader: Reader) -> None:
    world.milestone(is_read=False)
    page = reader.page(OVERVIEW)
    assert verdict(page) == "UNKNOWN"
    assert page.title == "Fedora 45 Beta: UNKNOWN, no data yet – Blocker Bugs"
    assert "No sync has been complete so far." in sentences(page, "unknown")
    assert sentences(page, "blocks") == ["Nothing is known to block, but there are no data yet."]
    assert "Proposed blockers ?" in page.text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"last_success_at": ago(hours=3)}, "Pagure last answered at 2026-11-23 09:00 UTC."),
        ({"failures": 1, "last_error": "x"}, "Pagure cannot be read."),
    ],
)
def test_a_stale_or_failing_source_makes_a_go_unknown(
    fresh: World, reader: Reader, change: dict[str, object], sentence: str
) -> None:
    fresh.source("pagure", **change)
    page = reader.page(OVERVIEW)
    assert (verdict(page), sentences(page, "unknown")) == ("UNKNOWN", [sentence])


def _set_dates(world: World, **dates: object) -> None:
    with world.database.writing() as session:
        session.execute(update(MilestoneRow).values(**dates))


def test_the_freeze_is_told_with_its_dates(fresh: World, reader: Reader) -> None:
    banner = text_of(reader.page(OVERVIEW).by_id("dates"))
    assert banner == "Dates Freeze not known Go/No-Go not known Target date not known"
    _set_dates(fresh, freeze_at=ago(days=3), go_no_go_at=ago(days=-2, hours=5))
    assert text_of(reader.page(OVERVIEW).by_id("dates")) == (
        "In its freeze Only updates that fix an accepted bug may become stable. "
        "Freeze 2026-11-20 12:00 UTC (3 days ago) Go/No-Go 2026-11-25 07:00 UTC (in 43 h) Target date not known"
    )
    _set_dates(fresh, target_at=ago(hours=1))
    assert text_of(reader.page(OVERVIEW).by_id("dates")).startswith("Dates Freeze")


def test_late_proposals_are_a_warning(fresh: World, reader: Reader) -> None:
    fresh.nominated(7)
    _set_dates(fresh, go_no_go_at=ago(hours=-20))
    page = reader.page(OVERVIEW)
    assert links(page, "proposed_late") == [f"{PREFIX}{BETA}#bug-7"]


def test_lately_shows_the_newest_events_of_the_milestones_bugs_with_their_addresses(
    fresh: World, reader: Reader
) -> None:
    fresh.nominated(7, summary="No sound")
    fresh.nominated(8, "accepted", absence="missing")
    fresh.bug(9)
    fresh.add(
        event_row(1, 7, "nomination/1001", "", "proposed", "alice@example.com"),
        event_row(2, 8, "status", "NEW", "POST", "bob"),
        event_row(3, 9, "status", "NEW", "POST", "bob"),
        event_row(4, 7, "status", "NEW", "POST", "bob"),
    )
    lately = reader.page(OVERVIEW).by_id("lately")
    assert [text_of(item) for item in lately.iter("li")] == [
        "4 days ago 7 No sound – state: NEW → POST by bob",
        "4 days ago 7 No sound – 45-beta Blocker: proposed by alice",
    ]
    assert [a.get("href") for a in lately.iter("a")] == [f"{PREFIX}/bug/7#event-4", f"{PREFIX}/bug/7#event-1"]
    assert {"event-1", "event-4"} <= set(reader.page("/bug/7").ids())


def test_the_verdicts_that_syncs_found_are_told_the_latest_first(fresh: World, reader: Reader) -> None:
    fresh.milestone("45", "final", trackers={})
    assert "No sync has noted a verdict yet" in text_of(reader.page(OVERVIEW).by_id("verdicts"))
    with fresh.database.writing() as session:
        note_verdict(session, Milestone("45", MilestoneName.BETA), "UNKNOWN", ago(days=2))
        note_verdict(session, Milestone("45", MilestoneName.FINAL), "GO", ago(days=2))
        note_verdict(session, Milestone("45", MilestoneName.BETA), "NO-GO", ago(hours=3))
    page = reader.page(OVERVIEW)
    assert [text_of(item) for item in page.by_id("verdicts").iter("li")] == [
        "3 h ago UNKNOWN → NO-GO",
        "2 days ago UNKNOWN",
    ]
    (newest, _) = (a.get("href") or "" for a in page.by_id("verdicts").iter("a"))
    assert newest.removeprefix("#") in page.ids()


def test_an_unknown_milestone_has_no_overview(fresh: World, reader: Reader) -> None:
    for path in ("/milestone/46/beta", "/milestone/45/alpha", "/milestone/4%3F5/b%25eta"):
        assert "Fedora 45 Beta" in reader.page(path, status=404).text


def test_what_the_public_may_not_know_is_not_on_the_overview(fresh: World, reader: Reader) -> None:
    fresh.nominated(7, absence="private", summary="SECRET")
    page = reader.page(OVERVIEW)
    assert verdict(page) == "GO"
    assert "SECRET" not in page.text


def test_the_cost_of_a_page_does_not_grow_with_the_bugs(fresh: World, reader: Reader, database: Database) -> None:
    counts = []
    for first, last in ((1, 61), (61, 181)):
        rows = [
            (bug_row(i), nomination_row(i), event_row(i, i, "status", "NEW", "POST", "a")) for i in range(first, last)
        ]
        fresh.add(*(row for of_bug in rows for row in of_bug))
        with selects(database) as statements:
            assert f"{last - 1} proposed blockers are not decided" in reader.page(OVERVIEW).text
        counts.append(len(statements))
    assert counts == [24, 24]


@pytest.mark.parametrize(
    ("verdicts", "text"),
    [
        ([("", "NO-GO")], "At least since 4 days ago, when it was first looked at."),
        ([("", "GO"), ("GO", "NO-GO")], "Since 4 days ago."),
        ([("", "GO")], "Since the last sync, which noted GO."),
        ([], "Since the last sync, which noted no verdict."),
    ],
)
def test_since_when_it_is_so_stands_beside_the_verdict(
    world: World, reader: Reader, verdicts: list[tuple[str, str]], text: str
) -> None:
    world.milestone(is_current=True)
    world.nominated(7)
    world.nomination(7, tracker_id=1002)
    world.synced()
    world.add(*(event_row(seq, 1, "verdict", *v, "", object_kind="milestone") for seq, v in enumerate(verdicts, 1)))
    page = reader.page(OVERVIEW)
    (box,) = (e for e in page.root.iter("p") if e.get("class") == "since")
    assert text_of(box).startswith(text)
    assert "What blocks: 1 bug, for 1 reason" in page.text
