"""The buglist of a milestone: who is listed where, and what is said of it."""

from __future__ import annotations

import pytest

from bbconsumer.db.session import Database
from tests.web.reading import BETA, Reader, selects, text_of
from tests.web.world import FREEZE_EXCEPTION, World, ago, bug_row, comments, needinfo, nomination_row, work_row

SECTIONS = [
    "proposed-blockers",
    "accepted-blockers",
    "proposed-freeze-exceptions",
    "accepted-freeze-exceptions",
    "prioritized-bugs",
    "recently-closed",
    "rejected-or-withdrawn",
]


BLOCKERS = [
    ("proposed", "proposed-blockers", "Proposed Blocker"),
    ("undecided", "proposed-blockers", "Undecided Blocker, and why"),
    ("contradictory", "proposed-blockers", "Contradictory Blocker, and why"),
    ("accepted", "accepted-blockers", "Accepted Blocker"),
    ("accepted_0day", "accepted-blockers", "Accepted 0-day Blocker"),
    ("accepted_previous_release", "accepted-blockers", "Accepted Previous Release Blocker"),
    ("rejected", "rejected-or-withdrawn", "Rejected Blocker, and why"),
    ("withdrawn", "rejected-or-withdrawn", "Withdrawn Blocker, and why"),
]
FREEZE_EXCEPTIONS = [
    ("proposed", "proposed-freeze-exceptions", "Proposed Freeze Exception"),
    ("undecided", "proposed-freeze-exceptions", "Undecided Freeze Exception, and why"),
    ("contradictory", "proposed-freeze-exceptions", "Contradictory Freeze Exception, and why"),
    ("accepted", "accepted-freeze-exceptions", "Accepted Freeze Exception"),
    ("rejected", "rejected-or-withdrawn", "Rejected Freeze Exception, and why"),
    ("withdrawn", "rejected-or-withdrawn", "Withdrawn Freeze Exception, and why"),
]


@pytest.mark.parametrize(("tracker_id", "expected"), [(1001, BLOCKERS), (1002, FREEZE_EXCEPTIONS)])
def test_each_nomination_is_in_one_section_with_its_state_in_words(
    world: World, reader: Reader, tracker_id: int, expected: list[tuple[str, str, str]]
) -> None:
    world.milestone()
    for bug_id, (state, _, _) in enumerate(expected, start=1):
        world.bug(bug_id)
        world.nomination(bug_id, state, tracker_id=tracker_id, reason=", and why")
    page = reader.page(BETA)
    listed = [(page.bugs(name)[place], name, row[4]) for name in SECTIONS for place, row in enumerate(page.rows(name))]
    wanted = [(bug_id, name, words) for bug_id, (_, name, words) in enumerate(expected, start=1)]
    assert sorted((bug_id, name, words.replace(" ,", ",")) for bug_id, name, words in listed) == wanted


def test_sections_stand_in_the_order_of_work_and_carry_their_counts(world: World, reader: Reader) -> None:
    world.milestone()
    world.nominated(7)
    world.nominated(8)
    page = reader.page(BETA)
    assert [id_ for id_ in page.ids() if id_ in SECTIONS] == SECTIONS
    assert text_of(page.by_id("proposed-blockers-title")) == "Proposed blockers 2"
    assert text_of(page.by_id("accepted-blockers-title")) == "Accepted blockers 0"


def test_a_row_says_what_people_look_for(world: World, reader: Reader) -> None:
    world.milestone()
    world.nominated(
        7,
        summary="No sound",
        component="pipewire",
        status="ASSIGNED",
        flags=[needinfo("carol@example.com", ago(days=4)), needinfo("", ago(hours=2))],
        last_change_at=ago(minutes=50),
        depends_on=[9, 10, 11],
    )
    world.bug(9)
    world.bug(10, status="CLOSED", is_open=False)
    world.bug(11, absence="private")
    page = reader.page(BETA)
    assert page.cells("proposed-blockers") == [
        {
            "Bug": "7 Bugzilla 7",
            "Component": "pipewire maintainer",
            "State": "ASSIGNED high",
            "Title": "No sound waits for 9",
            "Decision": "Proposed Blocker",
            "Next": "voters to vote and 2 more",
            "Review": "no ticket",
            "Proposed": "2 days ago",
            "Needinfo": "carol, 4 days ago anybody, 2 h ago",
            "Last activity": "50 min ago",
        }
    ]
    row = page.by_id("bug-7")
    assert [a.get("href") for a in row.iter("a")] == [
        "/blockerbugs/bug/7",
        "https://bugzilla.redhat.com/show_bug.cgi?id=7",
        "/blockerbugs/bug/9",
        "/blockerbugs/package/pipewire",
        "/blockerbugs/user/maintainer",
    ]
    proposed = next(row.iter("time"))
    assert (proposed.get("datetime"), proposed.get("title")) == ("2026-11-21T12:00:00Z", "2026-11-21 12:00:00 UTC")


def test_flags_that_are_no_open_question_are_not_shown(world: World, reader: Reader) -> None:
    world.milestone()
    answered = needinfo("carol@example.com") | {"status": "+"}
    world.nominated(7, flags=[answered, {"name": "fedora_prioritized_bug", "status": "?"}])
    assert reader.page(BETA).cells("proposed-blockers")[0]["Needinfo"] == ""


def test_a_closed_bug_that_is_still_nominated_is_listed_as_closed_with_its_decision(
    world: World, reader: Reader
) -> None:
    world.milestone()
    world.nominated(7, "accepted", status="CLOSED", resolution="ERRATA", is_open=False, last_change_at=ago(days=2))
    world.nominated(8, "proposed", status="CLOSED", resolution="WONTFIX", is_open=False, last_change_at=ago(days=1))
    page = reader.page(BETA)
    assert [f"{row['State']}: {row['Decision']}" for row in page.cells("recently-closed")] == [
        "CLOSED WONTFIX high: Proposed Blocker",
        "CLOSED ERRATA high: Accepted Blocker",
    ]
    assert page.bugs("proposed-blockers") == page.bugs("accepted-blockers") == []


def test_a_closed_bug_that_was_rejected_stays_among_the_rejected(world: World, reader: Reader) -> None:
    world.milestone()
    world.nominated(7, "rejected", status="CLOSED", is_open=False)
    page = reader.page(BETA)
    assert (page.bugs("recently-closed"), page.bugs("rejected-or-withdrawn")) == ([], [7])


def test_an_acceptance_of_which_the_times_are_unknown_says_why_it_counts(world: World, reader: Reader) -> None:
    world.milestone()
    world.bug(7)
    world.nomination(7, "accepted", proposed_at=None, reason="history does not tell, so it counts")
    row = reader.page(BETA).cells("accepted-blockers")[0]
    assert (row["Decision"], row["Proposed"]) == ("Accepted Blocker history does not tell, so it counts", "unknown")


def test_prioritized_bugs_are_listed_whether_nominated_or_not(world: World, reader: Reader) -> None:
    world.milestone()
    world.bug(5, priority_state="prioritized", component="b")
    world.nominated(6, priority_state="prioritized", component="a")
    world.bug(7, priority_state="nominated")
    world.bug(8, priority_state="refused")
    page = reader.page(BETA)
    assert page.bugs("prioritized-bugs") == [6, 5]
    row = page.cells("prioritized-bugs")[0]
    assert [row[head] for head in ("Decision", "Next", "Review", "Proposed")] == ["Prioritized", "–", "–", "–"]
    assert page.cells("proposed-blockers")[0]["Decision"] == "Proposed Blocker prioritized bug"


def test_a_bug_in_several_sections_keeps_its_short_anchor_for_the_first(world: World, reader: Reader) -> None:
    world.milestone()
    world.nominated(7, "accepted", priority_state="prioritized")
    world.nomination(7, "proposed", tracker_id=1002)
    ids = reader.page(BETA).ids()
    assert [id_ for id_ in ids if id_.startswith("bug-")] == ["bug-7", "bug-7-freeze-exception", "bug-7-prioritized"]
    assert len(ids) == len(set(ids))


def test_the_longest_waiting_proposal_and_the_strictest_acceptance_come_first(world: World, reader: Reader) -> None:
    world.milestone()
    for bug_id, days in ((5, 1), (6, 9)):
        world.bug(bug_id)
        world.nomination(bug_id, proposed_at=ago(days=days))
    world.nominated(7, "accepted_previous_release", component="a")
    world.nominated(8, "accepted_0day", component="b")
    world.nominated(9, "accepted", component="z")
    page = reader.page(BETA)
    assert page.bugs("proposed-blockers") == [6, 5]
    assert page.bugs("accepted-blockers") == [9, 8, 7]


def test_a_milestone_shows_its_own_nominations_only(world: World, reader: Reader) -> None:
    world.milestone()
    world.milestone("45", "final", trackers={"blocker": 2001, FREEZE_EXCEPTION: 2002})
    world.nominated(7)
    world.nominated(8, tracker_id=2001)
    assert reader.page(BETA).bugs("proposed-blockers") == [7]
    assert reader.page("/milestone/45/final/buglist").bugs("proposed-blockers") == [8]


def test_title_and_navigation_carry_counts(world: World, reader: Reader) -> None:
    world.milestone(is_current=True)
    world.milestone("44", "final", trackers={}, is_active=False)
    world.nominated(5)
    world.nominated(6, "accepted_0day")
    world.nominated(7, "rejected")
    world.nominated(8, "accepted", status="CLOSED", is_open=False)
    world.nominated(9, "accepted", tracker_id=1002)
    world.nominated(10, "accepted", absence="private")
    world.synced()
    page = reader.page(BETA)
    assert page.title == "Fedora 45 Beta: 1 proposed, 1 accepted blockers – Blocker Bugs"
    navigation = next(page.root.iter("nav"))
    assert text_of(navigation) == "45-beta 2 open blockers Propose a bug Status"


def test_a_bug_that_is_not_public_is_nowhere(world: World, reader: Reader) -> None:
    world.milestone()
    world.synced()
    for bug_id, absence in ((7777, "private"), (8888, "missing")):
        world.nominated(bug_id, absence=absence, summary="SECRET", priority_state="prioritized")
        world.nomination(bug_id, "rejected", tracker_id=1002, reason="SECRET")
        world.ticket(bug_id + 1, bug_id, comments(("SECRET", "BetaBlocker +1")), title="SECRET", opened_by="SECRET")
        world.add(work_row(bug_id, attempts=2, last_error="SECRET"))
    for path in (BETA, "/status"):
        text = reader.client.get(reader.prefix + path).text
        assert not [word for word in ("SECRET", "7777", "8888") if word in text]
    assert "7778" not in reader.client.get(reader.prefix + BETA).text


def test_a_bug_whose_removal_is_held_says_so(world: World, reader: Reader) -> None:
    world.milestone()
    world.nominated(7, removal_held="30 of 40 bugs disappeared")
    assert (
        "until an operator has looked: 30 of 40 bugs disappeared" in reader.page(BETA).rows("proposed-blockers")[0][4]
    )


def test_an_unknown_milestone_names_those_that_are_known(world: World, reader: Reader) -> None:
    world.milestone()
    world.milestone("44", "final", trackers={}, is_active=False)
    for path in ("/milestone/99/beta/buglist", "/milestone/45/alpha/buglist", "/milestone/45%3F/beta/buglist"):
        page = reader.page(path, status=404)
        assert "Fedora 44 Final (not active) Fedora 45 Beta" in page.text
        assert "/blockerbugs/milestone/44/final" in page.links()


def test_an_inactive_milestone_can_still_be_read_and_says_what_it_is(world: World, reader: Reader) -> None:
    world.milestone(is_active=False)
    world.nominated(7, "rejected")
    page = reader.page(BETA)
    assert page.bugs("rejected-or-withdrawn") == [7]
    assert "Not an active milestone" in page.warnings
    assert "It is kept as history: no sync reads its trackers any more." in page.warnings


def test_the_number_of_selects_does_not_depend_on_the_number_of_bugs(
    world: World, reader: Reader, database: Database
) -> None:
    world.milestone()
    world.synced()
    counts = []
    for bugs in (range(10, 20), range(20, 310)):
        world.add(*(bug_row(bug_id, priority_state="prioritized", flags=[needinfo()]) for bug_id in bugs))
        world.add(*(nomination_row(bug_id, "accepted") for bug_id in bugs))
        for bug_id in bugs[:5]:
            world.ticket(bug_id, bug_id, comments(("alice", "BetaBlocker +1"), ("chair", "AGREED AcceptedBetaBlocker")))
            world.record(bug_id, 102, "conflict", "a reason")
        with selects(database) as statements:
            assert len(reader.page(BETA).bugs("accepted-blockers")) == bugs.stop - 10
        counts.append(len(statements))
        assert not [statement for statement in statements if "history" in statement or "ticket.comments" in statement]
        (row,) = (r for r in reader.page(BETA).cells("accepted-blockers") if r["Bug"].startswith(f"{bugs[0]} "))
        assert row["Review"].startswith(f"Ticket {bugs[0]} BetaBlocker (+1, 0, -0) (+alice) decided: accepted by chair")
    assert counts[0] == counts[1] <= 18
