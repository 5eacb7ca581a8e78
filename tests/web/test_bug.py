"""The page of one bug."""

from __future__ import annotations

import pytest

from bbconsumer import commands
from bbconsumer.db.justifications import name_proposals, remember_proposals
from bbconsumer.db.session import Database
from bbconsumer.domain.trackers import Milestone, MilestoneName
from tests.web.reading import Reader, selects, text_of, told
from tests.web.world import World, ago, comments, needinfo

NOT_READ = "Justification not read by this service: look among the comments in Bugzilla"


def test_a_bug_shows_its_facts(world: World, reader: Reader) -> None:
    world.bug(
        7,
        summary="No sound",
        status="CLOSED",
        resolution="ERRATA",
        whiteboard="AcceptedBlocker extra",
        priority_state="nominated",
        flags=[needinfo("carol@example.com", ago(days=4))],
    )
    world.tickets_synced()
    page = reader.page("/bug/7")
    assert page.title == "Bug 7: No sound – Blocker Bugs"
    facts = text_of(next(page.root.iter("dl")))
    assert facts == (
        "State CLOSED ERRATA Component anaconda (Fedora 45) Assignee maintainer Reported 30 days ago by reporter "
        "Last activity 5 h ago Severity, priority high, unspecified Whiteboard AcceptedBlocker extra "
        "Prioritized bug nominated, not decided yet Needinfo carol, 4 days ago"
    )
    assert "Checked 3 min ago" in page.text
    assert "https://bugzilla.redhat.com/show_bug.cgi?id=7" in page.links()
    assert page.warnings == ""


def test_each_nomination_has_its_state_reason_and_people_the_open_ones_first(world: World, reader: Reader) -> None:
    world.milestone()
    world.milestone("45", "final", trackers={"blocker": 2001, "freeze_exception": 2002})
    world.bug(7)
    world.nomination(7, "rejected", decided_by="dave@example.com", ended_at=ago(hours=30))
    world.nomination(7, "accepted_0day", tracker_id=2001, decided_by="erin@example.com")
    page = reader.page("/bug/7")
    assert [text_of(article) for article in page.root.iter("article")] == [
        "Accepted 0-day Blocker of Fedora 45 Final the reason of 7. Proposed 2 days ago by proposer "
        f"{NOT_READ} Decided 24 h ago by erin Tracker 2001 in Bugzilla",
        "Rejected Blocker of Fedora 45 Beta the reason of 7. Proposed 2 days ago by proposer "
        f"{NOT_READ} Decided 24 h ago by dave Tracker removed 30 h ago Tracker 1001 in Bugzilla",
    ]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("It violates\n<b>the</b> criterion, says bob@example.com", "It violates <b>the</b> criterion, says bob"),
        ("word " * 400, f"{'word ' * 298}word…"),
        ("", "none came with the proposal"),
        (None, "not read by this service: look among the comments in Bugzilla"),
    ],
)
def test_a_nomination_shows_what_its_proposer_gave_as_the_reason(
    world: World, reader: Reader, given: str | None, told: str
) -> None:
    world.milestone()
    world.nominated(7)
    world.nomination(7, tracker_id=1002, proposed_at=ago(hours=1))
    if given is not None:
        with world.database.writing() as session:
            # What was read for an earlier proposal tells nothing of the present one.
            named = name_proposals([(1001, ago(days=2)), (1002, ago(days=3))])
            remember_proposals(session, 7, {"1001": given, "1002": "OUTDATED"}, named)
    page = reader.page("/bug/7")
    blocker, exception = (text_of(page.by_id(f"nomination-{tracker_id}")) for tracker_id in (1001, 1002))
    assert f"Proposed 2 days ago by proposer Justification {told} Tracker" in blocker
    assert f"{NOT_READ} Tracker" in exception


def test_what_is_to_be_done_is_told_for_each_active_milestone(world: World, reader: Reader) -> None:
    world.milestone()
    world.milestone("45", "final", trackers={"blocker": 2001, "freeze_exception": 2002})
    world.milestone("44", "final", trackers={"blocker": 4001}, is_active=False)
    world.updates_synced()
    world.bug(7, depends_on=[8, 9, 10, 11], flags=[needinfo("carol@example.com", ago(days=4))])
    world.bug(8)
    world.bug(9, is_open=False, status="CLOSED")
    world.bug(10, absence="private")
    world.nomination(7, "accepted")
    world.nomination(7, "rejected", tracker_id=2001)
    world.nomination(7, "accepted", tracker_id=4001)
    page = reader.page("/bug/7")
    assert text_of(page.by_id("todos")) == (
        "To be done For Fedora 45 Beta Fedora 45 Beta is not released until it is fixed. "
        "carol to answer the question in Bugzilla, since 4 days ago "
        "maintainer to take the bug, which is still NEW, since 24 h ago "
        "maintainer to fix it (depends on 8), since 24 h ago "
        "For Fedora 45 Final Nothing is known to be done."
    )
    assert text_of(next(page.root.iter("dl"))).endswith("Waits for bug 8")
    assert "todos" not in reader.page("/bug/8").ids()


def test_what_is_to_be_done_about_a_duplicate_knows_the_other_bug(world: World, reader: Reader) -> None:
    world.milestone()
    world.updates_synced()
    world.nominated(7, "accepted", status="CLOSED", resolution="DUPLICATE", is_open=False, dupe_of=8)
    assert "find out what happened to the bug of which it is a duplicate" in reader.page("/bug/7").text
    world.bug(8, status="VERIFIED")
    assert "Nothing is known to be done." in text_of(reader.page("/bug/7").by_id("todos"))


def test_a_bug_that_is_only_prioritized_says_that_it_has_no_nomination(world: World, reader: Reader) -> None:
    world.bug(7, priority_state="prioritized")
    assert "This bug blocks no milestone’s tracker and never did." in reader.page("/bug/7").text


def test_the_timeline_tells_what_happened_the_latest_first(world: World, reader: Reader) -> None:
    world.milestone()
    world.bug(7)
    world.bug(8)
    world.events(
        7,
        [
            ("created", "", "anaconda", "reporter@example.com"),
            ("nomination/1001", "", "proposed", "bob@example.com"),
            ("nomination/1001", "proposed", "accepted_0day", "alice@example.com"),
            ("status", "NEW", "ASSIGNED", "bob@example.com"),
            ("flags", "needinfo?(carol@example.com)", "", ""),
            ("nomination/999", "", "proposed", "bob@example.com"),
        ],
    )
    page = reader.page("/bug/7")
    assert [(item.get("id"), text_of(item)) for item in page.by_id("timeline").iter("li")] == [
        ("event-6", "3 days ago tracker 999: proposed by bob"),
        ("event-5", "3 days ago flags: needinfo?(carol) → nothing"),
        ("event-4", "4 days ago state: NEW → ASSIGNED by bob"),
        ("event-3", "4 days ago 45-beta Blocker: proposed → accepted 0-day by alice"),
        ("event-2", "4 days ago 45-beta Blocker: proposed by bob"),
        ("event-1", "4 days ago created in anaconda by reporter"),
    ]
    assert "Nothing is recorded yet." in reader.page("/bug/8").text


def test_what_is_unknown_or_not_public_or_no_number_is_answered_alike(world: World, reader: Reader) -> None:
    world.bug(7, absence="private", summary="SECRET")
    world.bug(8, absence="missing", summary="SECRET")
    unknown = reader.client.get(reader.prefix + "/bug/123456")
    assert unknown.status_code == 404
    assert "Page not found" in reader.page("/bug/123456", status=404).text
    numbers = (2**63 - 1, 2**63, "9" * 5000, "7", "8", "0", "-1", "09", "1e3", "%D9%A7", "x", "7%20")
    for number in numbers:
        answer = reader.client.get(f"{reader.prefix}/bug/{number}")
        assert (answer.status_code, answer.text, told(answer)) == (404, unknown.text, told(unknown)), number


def test_a_bug_that_was_not_read_for_long_or_seems_gone_says_so(world: World, reader: Reader) -> None:
    world.bug(7, checked_at=ago(hours=3), removal_held="30 of 40 bugs disappeared")
    world.source(failures=1, last_error="HTTP 502", last_success_at=ago(hours=3))
    warnings = reader.page("/bug/7").warnings
    assert "30 of 40 bugs disappeared" in warnings
    assert "This bug has not been read for too long (last read 3 h ago)" in warnings
    assert "Bugzilla cannot be read" in warnings


def test_the_number_of_selects_does_not_depend_on_what_happened(
    world: World, reader: Reader, database: Database
) -> None:
    world.milestone()
    world.nominated(7)
    world.nominated(8)
    world.nomination(8, "rejected", tracker_id=1002)
    world.events(8, [("status", "NEW", str(number), "bob") for number in range(90)], first=901)
    for number in range(1, 9):
        world.ticket(number, 8, comments(("alice", "BetaBlocker +1"), ("chair", "AGREED AcceptedBetaBlocker")))
    counts = []
    for bug_id in (7, 8):
        with selects(database) as statements:
            reader.page(f"/bug/{bug_id}")
        counts.append(len(statements))
        assert not [statement for statement in statements if "history" in statement or "ticket.comments" in statement]
    assert len(list(reader.page("/bug/8").by_id("timeline").iter("li"))) == 90 + 3 * 8
    assert counts[0] == counts[1] <= 21


def test_what_a_nomination_means_is_told_with_the_dates_until_it_is_settled(world: World, reader: Reader) -> None:
    world.milestone(is_current=True)
    for bug_id, state, tracker_id in ((7, "proposed", 1001), (8, "accepted", 1002), (9, "rejected", 1001)):
        world.nominated(bug_id, state, tracker_id=tracker_id)
    world.nominated(10, "accepted", is_open=False, status="CLOSED")
    commands.set_dates(
        world.database, Milestone("45", MilestoneName.BETA), {"go_no_go_at": ago(days=-2)}, actor="alice"
    )
    proposed, exception, rejected, closed = (
        text_of(reader.page(f"/bug/{bug_id}").by_id("todos")) for bug_id in (7, 8, 9, 10)
    )
    assert "If it is accepted as a blocker, Fedora 45 Beta is not released until it is fixed." in proposed
    assert "Its fix may be pushed during the freeze; Fedora 45 Beta does not wait for it." in exception
    assert "Go/No-Go: 2026-11-25 12:00 UTC (in 2 days)" in proposed
    for settled in (rejected, closed):
        assert "is not released" not in settled
        assert "Go/No-Go" not in settled
