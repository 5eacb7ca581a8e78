"""The texts that people copy, word by word."""

from dataclasses import replace

from bbconsumer.domain.facts import ReviewFacts, TicketVote
from bbconsumer.domain.nominations import NominationState
from bbconsumer.domain.reports.lines import Entry
from bbconsumer.domain.reports.meeting import list_parts, render_meeting, render_topic
from bbconsumer.domain.reports.release_engineering import render_compose_list, render_push_request
from bbconsumer.domain.reports.weekly import render_go_no_go, render_weekly_email, render_weekly_table
from tests.domain.factories import BETA_FE
from tests.domain.milestones import (
    ACCEPTED,
    BLOCKER,
    NOW,
    PROPOSED,
    READY,
    SITES,
    STABLE,
    TESTING,
    ZERO_DAY,
    asked,
    day,
    exception,
    facts,
    nomination,
    tracked,
    update,
)

_TALLY = "BetaBlocker (+2, 0, -1) (+alice, +bob, -dave)"
_REVIEW = ReviewFacts("https://tickets.example.test/7", (TicketVote(BLOCKER, _TALLY, "needs the meeting", 0),))
_ODD = nomination(NominationState.UNDECIDED, reason="has RejectedBlocker: tracker not removed yet, or proposed anew")
_GRUB = update(alias="FEDORA-2026-2", builds=("grub2-2.12-9.fc45", "shim-15.8-4.fc45"), is_ready=True)
_DNF = update(alias="FEDORA-2026-3", builds=("dnf5-5.4-1.fc45",), gating="failed", is_ready=True)

RELEASE = facts(
    tracked(PROPOSED, review=_REVIEW),
    tracked(None, id=2400124, component="kernel", summary="No sound", nominations=(_ODD,)),
    exception(PROPOSED, id=2400125, component="mutter", summary="Wrong color"),
    tracked(ACCEPTED, "ASSIGNED", id=2400126, component="lorax", summary="Image too big", needinfos=asked()),
    tracked(ACCEPTED, "VERIFIED", id=2400127, component="grub2", summary="No boot menu", updates=(_GRUB,)),
    tracked(ACCEPTED, "ON_QA", id=2400128, component="systemd", summary="No swap", updates=(TESTING,)),
    tracked(ZERO_DAY, "CLOSED ERRATA", id=2400129, component="cups", summary="No print", was_verified=True,
            updates=(STABLE,)),
    tracked(ACCEPTED, "CLOSED ERRATA", id=2400130, component="plymouth", summary="No logo", was_verified=True,
            updates=(update("stable", alias="FEDORA-2026-4", builds=("plymouth-24-7.fc45",)),)),
    exception(ACCEPTED, "VERIFIED", id=2400131, component="dnf5", summary="Slow", updates=(_DNF,)),
    exception(ACCEPTED, "VERIFIED", id=2400132, component="shim", summary="No key", updates=(_GRUB,)),
    tracked(NominationState.REJECTED, id=2400133),
)  # fmt: skip

MEETING = """\
!topic Fedora 45 Beta blocker review
!info Made at 2026-09-20 12:00 UTC; the last complete sync was at 2026-09-20 11:57 UTC.
!topic Proposed Blockers (2)
!topic (2400123) The installer does not start
!link https://bugzilla.example.test/show_bug.cgi?id=2400123
!link https://tickets.example.test/7
!info Proposed Blocker, anaconda, NEW
!info Ticket vote: BetaBlocker (+2, 0, -1) (+alice, +bob, -dave)
!info Advice: needs the meeting
!topic (2400124) No sound
!link https://bugzilla.example.test/show_bug.cgi?id=2400124
!info Proposed Blocker, kernel, NEW
!info Note: has RejectedBlocker: tracker not removed yet, or proposed anew
!info Ticket vote: no ticket is known
!topic Proposed Freeze Exceptions (1)
!topic (2400125) Wrong color
!link https://bugzilla.example.test/show_bug.cgi?id=2400125
!info Proposed Freeze Exception, mutter, NEW
!info Ticket vote: no ticket is known
!topic Accepted Blockers that need attention (3)
!topic (2400127) No boot menu
!link https://bugzilla.example.test/show_bug.cgi?id=2400127
!info Accepted Blocker, grub2, VERIFIED
!info Next: release engineering to push FEDORA-2026-2 to stable
!topic (2400126) Image too big
!link https://bugzilla.example.test/show_bug.cgi?id=2400126
!info Accepted Blocker, lorax, ASSIGNED
!info Next: carol to answer the question in Bugzilla
!info Next: bob to fix it
!topic (2400128) No swap
!link https://bugzilla.example.test/show_bug.cgi?id=2400128
!info Accepted Blocker, systemd, ON_QA
!info Next: QA to test FEDORA-2026-1, which has karma 1 of 3
"""

PUSH_REQUEST = """\
Fedora 45 Beta: updates to push to stable
To push: 1 · in testing: 2 · not in testing yet: 0 · missing: 1
Made at 2026-09-20 12:00 UTC; the last complete sync was at 2026-09-20 11:57 UTC.

Updates to push
FEDORA-2026-2

Accepted Blockers
* grub2-2.12-9.fc45 shim-15.8-4.fc45 https://bodhi.example.test/updates/FEDORA-2026-2
  fixes Accepted Blocker 2400127 (grub2, VERIFIED): No boot menu
  fixes Accepted Freeze Exception 2400132 (shim, VERIFIED): No key

Accepted 0-day Blockers
none

Accepted Previous Release Blockers
none

Accepted Freeze Exceptions
none

Not ready
* Accepted Blocker 2400128 (systemd, ON_QA): No swap: FEDORA-2026-1 (has karma 1 of 3)
* Accepted Freeze Exception 2400131 (dnf5, VERIFIED): Slow: FEDORA-2026-3 (is held by gating tests (failed))

Missing
* 1 more: see what is missing in the compose list
"""

COMPOSE_LIST = """\
Fedora 45 Beta: builds that a compose must contain
Builds: 5 · bugs to check: 2 · missing: 1
Made at 2026-09-20 12:00 UTC; the last complete sync was at 2026-09-20 11:57 UTC.

Builds
grub2-2.12-9.fc45
shim-15.8-4.fc45
plymouth-24-7.fc45
anaconda-45.3-1.fc45
dnf5-5.4-1.fc45

Accepted Blockers
* 2400127 (grub2, VERIFIED): No boot menu
  grub2-2.12-9.fc45 shim-15.8-4.fc45 (FEDORA-2026-2, testing)
* 2400130 (plymouth, CLOSED ERRATA): No logo
  plymouth-24-7.fc45 (FEDORA-2026-4, stable)
* 2400128 (systemd, ON_QA): No swap
  anaconda-45.3-1.fc45 (FEDORA-2026-1, testing)
  CHECK: has karma 1 of 3

Accepted Freeze Exceptions
* 2400131 (dnf5, VERIFIED): Slow
  dnf5-5.4-1.fc45 (FEDORA-2026-3, testing)
  CHECK: is held by gating tests (failed)
* 2400132 (shim, VERIFIED): No key
  grub2-2.12-9.fc45 shim-15.8-4.fc45 (FEDORA-2026-2, testing)

Missing
* MISSING: Accepted Blocker 2400126 (lorax, ASSIGNED): Image too big: no fix, waits for an answer
"""

WEEKLY = """\
Fedora 45 Beta: blocker status
Made at 2026-09-20 12:00 UTC; the last complete sync was at 2026-09-20 11:57 UTC.
Freeze: 2026-09-08 14:00 UTC
Go/No-Go: 2026-09-24 17:00 UTC
Target date: 2026-09-29 14:00 UTC

ACTION SUMMARY

Accepted blockers
1. lorax — Image too big — ASSIGNED
ACTION: bob to fix it
NEEDINFO: carol

Proposed blockers
2. anaconda — The installer does not start — NEW
ACTION: review meeting to decide about the Proposed Blocker: needs the meeting

Decided since 2026-09-13
none

BUG-BY-BUG DETAIL

Accepted blockers
1. lorax — https://bugzilla.example.test/show_bug.cgi?id=2400126 — ASSIGNED
Image too big

Accepted Blocker, assigned to bob
Why: is accepted
Missing: no fix, waits for an answer
Update: none

Proposed blockers
2. anaconda — https://bugzilla.example.test/show_bug.cgi?id=2400123 — NEW
The installer does not start

Proposed Blocker, assigned to bob
Why: is proposed
Update: none
"""

TABLE = """\
Made at 2026-09-20 12:00 UTC; the last complete sync was at 2026-09-20 11:57 UTC.

| bug | blocker | component | state |
| --- | --- | --- | --- |
| [2400127](https://bugzilla.example.test/show_bug.cgi?id=2400127) | accepted | grub2 | VERIFIED |
| [2400126](https://bugzilla.example.test/show_bug.cgi?id=2400126) | accepted | lorax | ASSIGNED |
| [2400128](https://bugzilla.example.test/show_bug.cgi?id=2400128) | accepted | systemd | ON_QA |
| [2400123](https://bugzilla.example.test/show_bug.cgi?id=2400123) | proposed | anaconda | NEW |
| [2400124](https://bugzilla.example.test/show_bug.cgi?id=2400124) | proposed | kernel | NEW |
"""

GO_NO_GO = """\
Fedora 45 Beta: NO-GO
Freeze: 2026-09-08 14:00 UTC
Go/No-Go: 2026-09-24 17:00 UTC
Target date: 2026-09-29 14:00 UTC
Made at 2026-09-20 12:00 UTC; the last complete sync was at 2026-09-20 11:57 UTC.

Blocks
* 2 proposed blockers are not decided
  2400123 (anaconda, NEW): The installer does not start
  2400124 (kernel, NEW): No sound
* 1 accepted blocker has no fix and waits for an answer, since 2026-09-09 00:00 UTC
  2400126 (lorax, ASSIGNED): Image too big
* 1 accepted blocker has an update that needs karma or testing
  2400128 (systemd, ON_QA): No swap

What is not known
none

Warnings
* 1 addressed blocker has no stable update yet, or a further one that is not stable
  2400127 (grub2, VERIFIED): No boot menu
"""


def test_the_meeting_goes_through_proposed_blockers_proposed_exceptions_and_accepted_blockers_in_need() -> None:
    assert render_meeting(RELEASE, SITES, NOW) == MEETING


def test_one_bugs_part_of_the_meeting_is_the_same_as_in_the_whole() -> None:
    bug = RELEASE.bugs[0]
    topic = render_topic(Entry(bug, bug.nominations[0]), RELEASE, SITES, NOW)
    assert topic.startswith("!topic (2400123)")
    assert len(topic.splitlines()) == 6
    assert topic in MEETING
    assert (bug.id, topic) in [(part.bug_id, part.text) for part in list_parts(RELEASE, SITES, NOW)]


def test_a_push_request_names_each_update_once_and_says_what_is_not_ready_and_why() -> None:
    assert render_push_request(RELEASE, SITES, NOW) == PUSH_REQUEST


def test_a_compose_list_names_all_builds_of_accepted_bugs_and_says_what_is_missing() -> None:
    assert render_compose_list(RELEASE, NOW) == COMPOSE_LIST


def test_the_weekly_email_numbers_a_bug_alike_in_actions_and_details() -> None:
    few = replace(RELEASE, bugs=(RELEASE.bugs[0], RELEASE.bugs[3]))
    assert render_weekly_email(few, SITES, NOW) == WEEKLY


def test_the_weekly_email_tells_the_updates_that_fix_a_bug() -> None:
    text = render_weekly_email(replace(RELEASE, bugs=(RELEASE.bugs[4],)), SITES, NOW)
    assert (
        "Missing: none\n"
        "Update: grub2-2.12-9.fc45 shim-15.8-4.fc45 (testing) https://bodhi.example.test/updates/FEDORA-2026-2\n"
    ) in text
    assert "ACTION: release engineering to push FEDORA-2026-2 to stable\n" in text


def test_the_weekly_table_has_a_row_for_each_blocker_that_is_open_or_not_addressed() -> None:
    assert render_weekly_table(RELEASE, SITES, NOW) == TABLE


def test_the_go_no_go_section_gives_the_verdict_and_each_reason_with_its_bugs() -> None:
    assert render_go_no_go(RELEASE, NOW) == GO_NO_GO


def test_bugs_that_were_closed_long_ago_are_in_no_compose_list_unless_it_was_in_the_freeze() -> None:
    def listed(closed_on: int | None, freeze_on: int | None) -> bool:
        since = None if closed_on is None else day(closed_on)
        bug = tracked(ACCEPTED, "CLOSED ERRATA", status_since=since, updates=(READY,))
        dates = replace(RELEASE.dates, freeze_at=None if freeze_on is None else day(freeze_on))
        return "2400123" in render_compose_list(facts(bug, dates=dates), NOW)

    assert listed(closed_on=7, freeze_on=None)
    assert not listed(closed_on=6, freeze_on=None)
    assert listed(closed_on=5, freeze_on=4)
    assert not listed(closed_on=3, freeze_on=4)
    assert not listed(closed_on=5, freeze_on=25)
    assert listed(closed_on=None, freeze_on=None)


def test_an_update_of_a_bug_that_is_not_verified_is_not_asked_for() -> None:
    text = render_push_request(facts(tracked(ACCEPTED, "ON_QA", updates=(READY,))), SITES, NOW)
    assert "bodhi.example.test" not in text
    assert "(anaconda, ON_QA): The installer does not start: FEDORA-2026-1 (not verified)\n" in text


def test_a_duplicates_builds_are_those_of_the_other_bug() -> None:
    duplicate = tracked(ACCEPTED, "CLOSED DUPLICATE", dupe_of=7)
    other = tracked(None, "VERIFIED", id=7, updates=(READY,))
    assert "\n  anaconda-45.3-1.fc45 (FEDORA-2026-1, testing)\n" in render_compose_list(facts(duplicate, other), NOW)


def test_an_exception_that_is_a_blocker_too_is_listed_as_both() -> None:
    both = tracked(None, nominations=(nomination(PROPOSED), nomination(PROPOSED, BETA_FE)))
    assert render_meeting(facts(both), SITES, NOW).count("(2400123)") == 2
