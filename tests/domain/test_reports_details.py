"""What the texts say of builds, votes, decisions and duplicates, case by case."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bbconsumer.domain.facts import ReviewFacts, TrackedBug
from bbconsumer.domain.nominations import NominationState
from bbconsumer.domain.reports.meeting import render_meeting
from bbconsumer.domain.reports.release_engineering import render_compose_list, render_push_request
from bbconsumer.domain.reports.weekly import render_weekly_email
from tests.domain.factories import BETA_FE, BOB, CAROL
from tests.domain.milestones import (
    ACCEPTED,
    NOW,
    PROPOSED,
    READY,
    SITES,
    STABLE,
    TESTING,
    ZERO_DAY,
    decided,
    facts,
    nomination,
    tracked,
    update,
)

F44 = update(release="F44")
PENDING = update("pending", testing_at=None, is_ready=True)
CONTAINED = "* 2400123 (anaconda, {}): The installer does not start\n{}"
LACKING = "Missing\n* MISSING: Accepted Blocker 2400123 (anaconda, {}): The installer does not start: {}\n"


@pytest.mark.parametrize(
    ("bug", "told"),
    [
        (tracked(ACCEPTED, "ON_QA", updates=(STABLE,)),
         CONTAINED.format("ON_QA", "  anaconda-45.3-1.fc45 (FEDORA-2026-1, stable)\n  CHECK: not verified\n")),
        (tracked(ACCEPTED, "NEW", updates=(STABLE,)),
         CONTAINED.format("NEW", "  anaconda-45.3-1.fc45 (FEDORA-2026-1, stable)\n"
                                 "  CHECK: bug 2400123 is NEW, not VERIFIED\n")),
        (tracked(ACCEPTED, "CLOSED ERRATA"),
         CONTAINED.format("CLOSED ERRATA", "  NOTE: closed as fixed, no update known: check that the build is in\n")),
        (tracked(ACCEPTED, "CLOSED ERRATA", updates=(F44,)),
         CONTAINED.format("CLOSED ERRATA", "  NOTE: closed as fixed, FEDORA-2026-1 is for F44, which does not count: "
                                           "check that the build is in\n")),
        (tracked(ACCEPTED, "ASSIGNED"), LACKING.format("ASSIGNED", "no fix")),
        (tracked(ACCEPTED, "ASSIGNED", updates=(F44,)),
         LACKING.format("ASSIGNED", "no fix; FEDORA-2026-1 is for F44, which does not count")),
        (tracked(ACCEPTED, "MODIFIED"), LACKING.format("MODIFIED", "no update")),
        (tracked(ACCEPTED, "MODIFIED", updates=(F44,)),
         LACKING.format("MODIFIED", "FEDORA-2026-1 is for F44, which does not count")),
        (tracked(ACCEPTED, "VERIFIED"), LACKING.format("VERIFIED", "no update is known")),
        (tracked(ACCEPTED, "VERIFIED", updates=(F44,)),
         LACKING.format("VERIFIED", "FEDORA-2026-1 is for F44, which does not count")),
        (tracked(ACCEPTED, "CLOSED WONTFIX"), LACKING.format("CLOSED WONTFIX", "closed without a fix")),
    ],
)  # fmt: skip
def test_only_what_has_no_build_is_missing_from_a_compose_and_other_doubts_are_to_check(
    bug: TrackedBug, told: str
) -> None:
    text = render_compose_list(facts(bug), NOW)
    assert told in text
    is_missing = told.startswith("Missing")
    assert ("MISSING" in text) is is_missing
    assert f" · bugs to check: {int(not is_missing)} · missing: {int(is_missing)}\n" in text


@pytest.mark.parametrize(
    ("bug", "why"),
    [
        (tracked(ACCEPTED, updates=(PENDING,)), "is not in testing yet"),
        (tracked(ACCEPTED, "ON_QA", updates=(TESTING,)), "has karma 1 of 3"),
        (tracked(ACCEPTED, "ASSIGNED", updates=(READY,)), "bug 2400123 is ASSIGNED, not VERIFIED"),
        (tracked(ACCEPTED, "ON_QA", updates=(READY,)), "not verified"),
    ],
)
def test_both_texts_for_release_engineering_say_the_same_of_a_build(bug: TrackedBug, why: str) -> None:
    assert f"FEDORA-2026-1 ({why})\n" in render_push_request(facts(bug), SITES, NOW)
    assert f"\n  CHECK: {why}\n" in render_compose_list(facts(bug), NOW)


def test_a_push_request_counts_updates_in_testing_and_before_and_leaves_missing_builds_to_the_compose_list() -> None:
    seen = facts(
        tracked(ACCEPTED, updates=(PENDING,)),
        tracked(ACCEPTED, "ASSIGNED", id=7),
        tracked(ZERO_DAY, "ASSIGNED", id=8, summary="No print"),
    )
    text = render_push_request(seen, SITES, NOW)
    assert "\nTo push: 0 · in testing: 0 · not in testing yet: 1 · missing: 2\n" in text
    assert text.endswith(
        "Missing\n* MISSING: Accepted 0-day Blocker 8 (anaconda, ASSIGNED): No print: no stable update\n"
        "* 1 more: see what is missing in the compose list\n"
    )
    assert " 8 (" not in render_compose_list(seen, NOW)


def test_an_accepted_duplicate_of_what_is_not_addressed_needs_attention_and_names_the_other_bug() -> None:
    duplicate = tracked(ACCEPTED, "CLOSED DUPLICATE", dupe_of=7)
    other = tracked(ACCEPTED, "ASSIGNED", id=7, assigned_to=CAROL)
    seen = facts(duplicate, other)
    task = "carol to see that bug 7, of which it is a duplicate, is addressed\n"
    assert f"!info Accepted Blocker, anaconda, CLOSED DUPLICATE\n!info Next: {task}" in render_meeting(seen, SITES, NOW)
    email = render_weekly_email(seen, SITES, NOW)
    assert f"ACTION: {task}" in email
    assert "Missing: duplicate of bug 7, which is not addressed\n" in email
    assert "ACTION: none" not in email


def test_a_ticket_without_votes_says_how_many_are_needed_and_a_closed_bug_without_one_is_the_meetings() -> None:
    silent = tracked(PROPOSED, review=ReviewFacts("https://tickets.example.test/7"))
    text = render_meeting(facts(silent, votes_needed=4), SITES, NOW)
    assert "!info Ticket vote: none\n!info Advice: needs 4 more votes\n" in text
    closed = tracked(PROPOSED, "CLOSED ERRATA")
    assert (
        "!info Ticket vote: no ticket is known\n"
        "!info Next: review meeting to accept, reject or withdraw the Proposed Blocker, which is closed\n"
    ) in render_meeting(facts(closed), SITES, NOW)
    agreed = replace(silent, review=decided(ACCEPTED))
    assert (
        "!info Ticket vote: none\n!info Next: secretary to record the ticket's decision in Bugzilla: Accepted Blocker\n"
    ) in render_meeting(facts(agreed), SITES, NOW)


def test_the_weekly_email_tells_who_decided_what_within_the_week_and_where() -> None:
    at = NOW - timedelta(days=7)
    seen = facts(
        tracked(None, nominations=(nomination(ACCEPTED, decided_at=at, decided_by=BOB),), review=decided(ACCEPTED)),
        tracked(None, id=7, nominations=(nomination(NominationState.REJECTED, BETA_FE, decided_at=NOW),)),
        tracked(None, id=8, nominations=(nomination(ACCEPTED, decided_at=at - timedelta(seconds=1)),)),
        tracked(None, id=9, nominations=(nomination(NominationState.WITHDRAWN, decided_at=NOW),)),
    )
    assert (
        "\n\nDecided since 2026-09-13\n"
        "* Accepted Blocker 2400123 (anaconda, NEW): The installer does not start — 2026-09-13 12:00 UTC by bob in"
        " Bugzilla, agreed by carol in https://tickets.example.test/7\n"
        "* Rejected Freeze Exception 7 (anaconda, NEW): The installer does not start — 2026-09-20 12:00 UTC by somebody"
        " in Bugzilla\n\n"
    ) in render_weekly_email(seen, SITES, NOW)


def test_the_weekly_email_names_an_update_for_another_release_as_one_that_does_not_count() -> None:
    text = render_weekly_email(facts(tracked(ACCEPTED, "MODIFIED", updates=(F44,))), SITES, NOW)
    assert "Update: FEDORA-2026-1 is for F44, which does not count\n" in text


@pytest.mark.parametrize(("length", "shown"), [(120, "x" * 120), (121, "x" * 119 + "…")])
def test_a_long_title_is_cut_in_topics_only(length: int, shown: str) -> None:
    seen = facts(tracked(PROPOSED, summary="x" * length))
    assert f"!topic (2400123) {shown}\n" in render_meeting(seen, SITES, NOW)
    assert "x" * length in render_weekly_email(seen, SITES, NOW)
