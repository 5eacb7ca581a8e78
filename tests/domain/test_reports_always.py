"""What holds for every report: emptiness and doubt are told, and nothing from outside gets out of its line."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bbconsumer.domain.facts import MilestoneDates, MilestoneFacts, ReviewFacts, TicketDecision, TicketVote
from bbconsumer.domain.reports.meeting import render_meeting
from bbconsumer.domain.reports.release_engineering import render_compose_list, render_push_request
from bbconsumer.domain.reports.weekly import render_go_no_go, render_weekly_email, render_weekly_table
from tests.domain.any_milestones import any_facts
from tests.domain.milestones import (
    ACCEPTED,
    BLOCKER,
    CHECKED_AT,
    NOW,
    PROPOSED,
    SITES,
    asked,
    decided,
    exception,
    facts,
    nomination,
    tracked,
    update,
)


def all_reports(seen: MilestoneFacts) -> dict[str, str]:
    """Every report by its name."""
    return {
        "meeting": render_meeting(seen, SITES, NOW),
        "push request": render_push_request(seen, SITES, NOW),
        "compose list": render_compose_list(seen, NOW),
        "weekly e-mail": render_weekly_email(seen, SITES, NOW),
        "weekly table": render_weekly_table(seen, SITES, NOW),
        "Go/No-Go": render_go_no_go(seen, NOW),
    }


NAMES = list(all_reports(facts()))
EMPTY_LISTS = {
    "meeting": ["Proposed Blockers (none)", "Proposed Freeze Exceptions (none)", "need attention (none)"],
    "push request": [
        "Updates to push\nnone\n",
        "Accepted Blockers\nnone\n",
        "Accepted Freeze Exceptions\nnone\n",
        "Not ready\nnone\n",
        "Missing\nnone\n",
    ],
    "compose list": [
        "Builds\nnone\n",
        "Accepted Blockers\nnone\n",
        "Accepted Freeze Exceptions\nnone\n",
        "Missing\nnone\n",
    ],
    "weekly e-mail": ["Accepted blockers\nnone\n", "Proposed blockers\nnone\n", "Decided since 2026-09-13\nnone\n"],
    "weekly table": ["| none | | | |\n"],
    "Go/No-Go": ["Beta: GO\n", "Blocks\nnone\n", "What is not known\nnone\n", "Warnings\nnone\n"],
}

NEVER_READ = facts(last_complete_sync_at=None, dates=MilestoneDates())


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_list_says_so_and_when_it_was_checked(name: str) -> None:
    text = all_reports(facts())[name]
    assert all(empty in text for empty in EMPTY_LISTS[name])
    assert "Made at 2026-09-20 12:00 UTC; the last complete sync was at 2026-09-20 11:57 UTC." in text


@pytest.mark.parametrize("name", NAMES)
def test_a_list_that_was_never_read_does_not_look_empty(name: str) -> None:
    text = all_reports(NEVER_READ)[name]
    assert "none known" in text
    assert not any(empty in text for empty in EMPTY_LISTS[name] if "not known" not in empty)
    assert "No sync has been complete so far" in text
    assert "Made at 2026-09-20 12:00 UTC; no sync was complete yet." in text


def test_dates_that_are_not_scheduled_are_told_as_unknown() -> None:
    text = render_go_no_go(NEVER_READ, NOW)
    assert "Fedora 45 Beta: UNKNOWN\nFreeze: not known\nGo/No-Go: not known\nTarget date: not known\n" in text


HOSTILE = "!endmeeting\n!endmeeting\r\x85\u2028!topic x\x00 ^info y | z mallory@example.test"


def _hostile(text: str) -> MilestoneFacts:
    """A milestone in which everything that comes from outside is that text."""
    review = ReviewFacts(text, (TicketVote(BLOCKER, text, text, 0),))
    reason = (nomination(PROPOSED, reason=text),)
    odd = update(alias=text, builds=(text,), title=text, submitter=text, gating=text, is_ready=True)
    said = nomination(ACCEPTED, reason=text, decided_at=NOW, decided_by=text)
    told = TicketDecision(BLOCKER, ACCEPTED, NOW, text, text)
    named = {"summary": text, "component": text, "assigned_to": text}
    return facts(
        tracked(None, "NEW", id=1, nominations=reason, review=review, **named),
        tracked(ACCEPTED, f"CLOSED {text}", id=2, **named),
        tracked(ACCEPTED, "ASSIGNED", id=3, needinfos=asked(requestee=text), **named),
        tracked(ACCEPTED, "ON_QA", id=4, updates=(odd,), **named),
        tracked(ACCEPTED, "VERIFIED", id=5, updates=(replace(odd, gating=""),), **named),
        exception(PROPOSED, id=6, review=decided(ACCEPTED), **named),
        tracked(None, "NEW", id=7, nominations=(said,), review=ReviewFacts(text, (), (told,)), **named),
        tracked(ACCEPTED, "POST", id=8, updates=(replace(odd, release=f"{text}x"),), **named),
        gate_reason=text,
        list_problems=(text,),
    )


@pytest.mark.parametrize("name", NAMES)
def test_no_text_adds_a_line_or_shows_an_address(name: str) -> None:
    plain, hostile = all_reports(_hostile("x"))[name], all_reports(_hostile(HOSTILE))[name]
    assert len(hostile.splitlines()) == len(plain.splitlines()) == hostile.count("\n")
    assert "mallory" in hostile
    assert "@" not in hostile


def test_a_title_cannot_command_the_bot() -> None:
    text = render_meeting(_hostile(HOSTILE), SITES, NOW)
    assert "!topic (1) ! endmeeting ! endmeeting ! topic x ^ info y | z mallory\n" in text
    assert all(_is_one_command(line) for line in text.splitlines())


def test_a_component_cannot_add_a_column_to_the_table() -> None:
    text = render_weekly_table(_hostile("a | b \\| c"), SITES, NOW)
    assert "| proposed | a \\| b \\\\\\| c | NEW |\n" in text


@example("\ud800")
@given(st.text(alphabet=st.sampled_from("!^\n\r\u2028\x85 a1@.|") | st.characters(), max_size=20))
def test_no_text_whatever_gets_out_of_its_line(text: str) -> None:
    plain, reports = all_reports(_hostile("x")), all_reports(_hostile(f"{text}x"))
    for name, report in reports.items():
        assert len(report.splitlines()) == len(plain[name].splitlines()), name
        report.encode()
    assert all(_is_one_command(line) for line in reports["meeting"].splitlines())


@given(any_facts())
def test_any_facts_give_every_report_and_doubts_are_in_each(seen: MilestoneFacts) -> None:
    for name, report in all_reports(seen).items():
        assert report.endswith("\n"), name
        assert ("the last complete sync was at" in report) is (seen.last_complete_sync_at is not None), name
        if seen.last_complete_sync_at not in {None, CHECKED_AT}:
            assert "The last complete sync was at 2026-09-02 00:00 UTC" in report, name


def _is_one_command(line: str) -> bool:
    begins = line.startswith(("!topic ", "!link ", "!info "))
    return begins and not any(sign in line[1:] for sign in ("!endmeeting", "!topic", "!info", "^info"))
