"""A proposal is written once, whatever happens to its request, and nothing that a person wrote is lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bbconsumer import commands
from bbconsumer.commands import BugzillaAway, CommandRefused, FieldsRefused
from bbconsumer.domain.keys import KeyKind
from tests.proposals.world import ALICE, BLOCKER, DONE, EXCEPTION, KEPT, SENDING, ProposalWorld

FIRST = "Proposed as a Blocker for 45-beta by alice using the blocker tracking app because:"
COMMENT = f"{FIRST}\n\nIt does not boot.\nAnywhere.\n\nRelease criterion: Must boot"


def test_a_proposal_is_one_change_as_it_was_planned(world: ProposalWorld) -> None:
    bugs = world.bugs
    bug_id = bugs.create("Black screen")
    form = world.form(f"{bugs.bugzilla.url}/show_bug.cgi?id={bug_id}", kinds=(BLOCKER, EXCEPTION), account=ALICE)
    plan = commands.plan_proposal(bugs.database, world.source(), bugs.settings, form)
    assert (plan.found.bug.summary, plan.proposal.account) == ("Black screen", ALICE)
    assert {tracker.id for tracker in plan.trackers} == {bugs.blocker, bugs.freeze_exception}
    assert bugs.bugzilla.requests.count("update") == 0
    assert world.kept() == ()
    proposal = world.propose(form)
    assert (proposal.state, proposal.answer, proposal.bug_id) == (DONE, "", bug_id)
    assert bugs.bugzilla.requests.count("update") == 1
    assert world.blocks(bug_id) == {bugs.blocker, bugs.freeze_exception}
    assert bugs.bugzilla.state.bug(bug_id).cc == (ALICE,)
    assert world.said(bug_id) == [plan.comment]
    assert plan.comment == COMMENT.replace("a Blocker", "a Blocker and Freeze Exception")
    assert world.account() == ALICE


def test_what_was_proposed_is_read_at_once(world: ProposalWorld) -> None:
    bug_id = world.bugs.create()
    proposal = world.propose(world.form(bug_id))
    (item,) = world.bugs.queue()
    assert (item.kind, item.id, item.priority) == (KeyKind.BUG, bug_id, 0)
    assert not commands.wait_until_read(world.bugs.database, proposal, patience_s=0)
    world.bugs.work()
    assert commands.wait_until_read(world.bugs.database, proposal, patience_s=60)
    assert world.bugs.states() == {bug_id: "proposed"}


def test_an_account_that_bugzilla_does_not_know_is_left_out_and_forgotten(world: ProposalWorld) -> None:
    bug_id = world.bugs.create()
    proposal = world.propose(world.form(bug_id, account="nobody@example.test"))
    assert proposal.state is DONE
    assert "knows no account nobody@example.test: it was left out of CC" in proposal.answer
    assert (world.said(bug_id), world.account()) == ([COMMENT], "")
    assert world.bugs.bugzilla.state.bug(bug_id).cc == ()


def test_an_account_is_remembered_changed_and_forgotten(world: ProposalWorld) -> None:
    remembered = []
    for account in (ALICE, "bob@example.test", ""):
        world.propose(world.form(world.bugs.create(), account=account))
        remembered.append(world.account())
    assert remembered == [ALICE, "bob@example.test", ""]
    assert world.account("bob") == ""


def test_a_form_that_is_sent_twice_is_written_once(world: ProposalWorld) -> None:
    bug_id = world.bugs.create()
    form = world.form(bug_id)
    first = world.propose(form)
    asked = world.bugs.bugzilla.requests.count()
    assert world.propose(form) == first
    assert world.send(form.id) == first
    assert world.bugs.bugzilla.requests.count() == asked, "nobody has to be asked"
    assert world.said(bug_id) == [COMMENT]


def test_another_form_under_the_id_of_one_that_was_sent_is_told_and_not_taken_for_it(world: ProposalWorld) -> None:
    """Whoever goes back in the browser and writes about another bug must not be told that the first is proposed."""
    first_id, second_id = world.bugs.create(), world.bugs.create()
    form = world.form(first_id)
    world.propose(form)
    for change in ({"bug": str(second_id)}, {"justification": "Something else."}, {"kinds": (BLOCKER, EXCEPTION)}):
        with pytest.raises(FieldsRefused, match=f"sent before, about bug {first_id}") as caught:
            world.propose(replace(form, **change))
        assert caught.value.problem_by_field.keys() == {"id"}
    world.fail("", kind="html", status=502)
    with pytest.raises(FieldsRefused, match="sent before"):
        commands.plan_proposal(
            world.bugs.database, world.source(), world.bugs.settings, replace(form, bug=str(second_id))
        )
    with pytest.raises(FieldsRefused, match="not one of ours"):
        world.propose(replace(form, person="bob"))
    assert [proposal.bug_id for proposal in world.kept()] == [first_id]
    world.bugs.bugzilla.switches.reset()
    assert (len(world.said(first_id)), world.said(second_id)) == (1, [])


@pytest.mark.parametrize(
    ("paths", "failure"),
    [
        ("", {"kind": "html", "status": 502}),
        ("GET /rest/bug/[0-9]+$", {"kind": "closed"}),
        ("GET /rest/bug/[0-9]+$", {"kind": "status", "status": 400, "code": 306}),
        ("PUT", {"kind": "status", "status": 400, "code": 306}),
    ],
    ids=["down", "hangs up", "key refused", "key refused to write"],
)
def test_while_bugzilla_is_away_a_form_is_kept_and_is_sent_later_as_it_is(
    world: ProposalWorld, paths: str, failure: dict[str, Any]
) -> None:
    bug_id = world.bugs.create()
    form = world.form(bug_id, account=ALICE)
    world.fail(paths, **failure)
    with pytest.raises(BugzillaAway, match=r"cannot be reached|does not let this service in") as caught:
        world.propose(form)
    (kept,) = world.kept()
    assert (kept.id, kept.state, kept.answer) == (form.id, KEPT, str(caught.value))
    assert (kept.criterion, kept.justification, kept.account) == (form.criterion, form.justification, ALICE)
    assert world.kept("bob") == ()
    with pytest.raises(CommandRefused, match="no such proposal of yours"):
        world.send(form.id, "bob")
    world.bugs.bugzilla.switches.reset()
    assert world.send(form.id).state is DONE
    assert (world.said(bug_id), world.account()) == ([COMMENT], ALICE)


def test_a_preview_while_bugzilla_is_away_keeps_the_form_too(world: ProposalWorld) -> None:
    form = world.form(world.bugs.create())
    world.fail("", kind="html", status=502)
    with pytest.raises(BugzillaAway):
        commands.plan_proposal(world.bugs.database, world.source(), world.bugs.settings, form)
    (kept,) = world.kept()
    assert (kept.id, kept.state) == (form.id, KEPT)
    commands.discard_proposal(world.bugs.database, form.id, "alice")
    assert world.kept() == ()
    with pytest.raises(CommandRefused, match="nothing to discard"):
        commands.discard_proposal(world.bugs.database, form.id, "alice")


@pytest.mark.parametrize(
    "failure",
    [
        {"kind": "closed", "carried_out": True},
        {"kind": "100500", "carried_out": True},
        {"kind": "truncated"},
        {"kind": "late", "late_s": 5},
    ],
    ids=lambda failure: str(failure["kind"]),
)
def test_a_change_whose_answer_was_lost_is_found_and_not_made_again(
    world: ProposalWorld, failure: dict[str, Any]
) -> None:
    bugs = world.bugs
    bugs.settings = bugs.settings.of(**{**_plain(world), "bugzilla_timeout_s": 1})
    bug_id = bugs.create()
    form = world.form(bug_id)
    world.fail("PUT", **failure)
    assert world.propose(form).state is DONE
    assert world.propose(form).state is DONE
    assert world.said(bug_id) == [COMMENT]
    assert bugs.bugzilla.requests.count("update") == 1


def _plain(world: ProposalWorld) -> dict[str, Any]:
    settings = world.bugs.settings
    return {
        name: getattr(settings, name)
        for name in ("bugzilla_url", "bugzilla_api_key", "proposals_enabled", "bodhi_enabled", "bugzilla_tries")
    }


def test_a_change_that_may_still_come_is_not_made_again_before_it_must_be_through(world: ProposalWorld) -> None:
    bug_id = world.bugs.create()
    form = world.form(bug_id)
    world.fail("PUT", kind="closed", times=1)
    assert world.propose(form).state is SENDING
    assert world.send(form.id).state is SENDING
    with pytest.raises(FieldsRefused, match="Somebody is just proposing this bug"):
        world.propose(world.form(bug_id, person="bob"))
    assert world.bugs.bugzilla.requests.count("update") == 1
    world.let_requests_be_old()
    assert world.send(form.id).state is DONE
    assert world.said(bug_id) == [COMMENT]
    assert world.bugs.bugzilla.requests.count("update") == 2


def test_an_answer_that_is_missing_for_ever_holds_up_nobody(world: ProposalWorld) -> None:
    bug_id = world.bugs.create()
    form = world.form(bug_id)
    world.fail("PUT", kind="closed", times=1)
    world.propose(form)
    world.let_requests_be_old()
    assert world.propose(world.form(bug_id, person="bob", justification="It burns.")).state is DONE
    with pytest.raises(FieldsRefused, match="already"):
        world.send(form.id)
    (kept,) = world.kept()
    assert kept.state is KEPT
    assert [text.splitlines()[2] for text in world.said(bug_id)] == ["It burns."]


def test_a_change_that_comes_late_is_found_by_whoever_looks(world: ProposalWorld) -> None:
    bug_id = world.bugs.create()
    form = world.form(bug_id)
    world.fail("", kind="closed", times=None)
    world.fail("PUT", kind="closed", times=1)
    assert world.propose(form).state is SENDING
    # Bugzilla was only slow.
    world.bugs.edit(bug_id, blocks={"add": [world.bugs.blocker]}, comment={"body": COMMENT})
    assert world.send(form.id).state is DONE
    assert world.said(bug_id) == [COMMENT]


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "{{ 7 * 7 }} ${x}", "עברית – “é” 👩\u200d💻", "x" * 20_000]
)
def test_what_people_write_reaches_bugzilla_as_the_text_that_it_is(world: ProposalWorld, text: str) -> None:
    bug_id = world.bugs.create(text[:200])
    assert world.propose(world.form(bug_id, justification=text, criterion=text[:1000])).state is DONE
    assert world.said(bug_id) == [f"{FIRST}\n\n{text}\n\nRelease criterion: {text[:1000]}"]
