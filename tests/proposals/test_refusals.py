"""What cannot be proposed is refused with a sentence for the field that is to be changed, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bbconsumer import commands
from bbconsumer.commands import CommandRefused, FieldsRefused
from bbconsumer.config import Secret, Settings
from bbconsumer.domain.trackers import Milestone, MilestoneName
from bbconsumer.simulator.cast import PRIVATE_GROUP, SERVICE_KEY
from tests.flow.world import FINAL, add_milestone
from tests.proposals.world import BLOCKER, EXCEPTION, ProposalWorld, build_proposal_world

MISSING_ID = 99_999
Case = Callable[[ProposalWorld], dict[str, Any]]

FIELDS: list[tuple[dict[str, Any], str, str]] = [
    ({"bug": ""}, "bug", "Give the number of a bug"),
    ({"bug": "kernel"}, "bug", "Give the number of a bug"),
    ({"bug": "https://bugs.example.test/show_bug.cgi?id=7"}, "bug", "or its address: http"),
    ({"milestone": ""}, "milestone", "Choose the milestone"),
    ({"milestone": "44-beta"}, "milestone", "not known here"),
    ({"milestone": "45-final"}, "milestone", "not known here"),
    ({"kinds": ()}, "kinds", "Choose whether the bug is a blocker"),
    ({"kinds": ("showstopper",)}, "kinds", "Choose whether the bug is a blocker"),
    ({"criterion": "  "}, "criterion", "Name the release criterion"),
    ({"criterion": "x" * 1_001}, "criterion", "1001 characters, and 1000 can be taken"),
    ({"criterion": "Boots\nProposed as a Blocker"}, "criterion", "in one line"),
    ({"criterion": "Boots \u202eton"}, "criterion", "U\\+202E"),
    ({"justification": "\n \r\n"}, "justification", "Say what happens"),
    ({"justification": "x" * 20_001}, "justification", "20001 characters"),
    ({"justification": "It \x1b[31mfails\x00"}, "justification", "U\\+001B, U\\+0000"),
    ({"account": "alice"}, "account", "e-mail addresses"),
    ({"account": "alice@example.test, bob@example.test"}, "account", "e-mail addresses"),
    ({"account": "x@" + "y" * 300}, "account", "characters"),
    ({"id": "1"}, "id", "open the page again"),
]


@pytest.mark.parametrize(("changes", "field", "sentence"), FIELDS)
def test_a_form_that_is_not_complete_asks_bugzilla_nothing(
    lasting_world: ProposalWorld, changes: dict[str, Any], field: str, sentence: str
) -> None:
    world = lasting_world
    before = world.bugs.bugzilla.requests.count()
    form = world.form(**{"bug": 7, **changes})
    for command in (commands.propose, commands.plan_proposal):
        with pytest.raises(FieldsRefused, match=sentence) as caught:
            command(world.bugs.database, world.source(), world.bugs.settings, form)
        assert caught.value.problem_by_field.keys() == {field}
    assert world.bugs.bugzilla.requests.count() == before
    assert world.kept() == ()


def test_all_that_has_to_be_changed_is_told_at_once(lasting_world: ProposalWorld) -> None:
    form = lasting_world.form("", milestone="", kinds=(), criterion="", justification="", account="?")
    with pytest.raises(FieldsRefused) as caught:
        lasting_world.propose(form)
    assert caught.value.problem_by_field.keys() == {
        "bug",
        "milestone",
        "kinds",
        "criterion",
        "justification",
        "account",
    }


def _closed(world: ProposalWorld) -> int:
    bug_id = world.bugs.create()
    world.bugs.edit(bug_id, status="CLOSED", resolution="ERRATA")
    return bug_id


BUGS: list[tuple[Callable[[ProposalWorld], int], str]] = [
    (lambda _world: MISSING_ID, f"no bug {MISSING_ID} that everybody may read"),
    (lambda world: world.bugs.create(groups=[PRIVATE_GROUP]), r"no bug \d+ that everybody may read"),
    (_closed, "is CLOSED ERRATA: if it is still there, reopen it"),
    (lambda world: world.bugs.create(product="Another Product"), "is not about Fedora or Fedora EPEL"),
    (lambda world: world.bugs.freeze_exception, "is itself a tracker"),
]


@pytest.mark.parametrize(("make", "sentence"), BUGS, ids=["missing", "private", "closed", "other product", "tracker"])
def test_a_bug_that_cannot_be_proposed_is_refused_on_every_way(
    lasting_world: ProposalWorld, make: Callable[[ProposalWorld], int], sentence: str
) -> None:
    world, bugs = lasting_world, lasting_world.bugs
    bug_id = make(world)
    form = world.form(bug_id)
    for ask in (
        lambda: commands.look_up_bug(bugs.database, world.source(), bugs.settings, str(bug_id)),
        lambda: commands.plan_proposal(bugs.database, world.source(), bugs.settings, form),
        lambda: world.propose(form),
        lambda: world.send(form.id),
    ):
        with pytest.raises(FieldsRefused, match=sentence) as caught:
            ask()
        assert caught.value.problem_by_field.keys() == {"bug"}
    assert bugs.bugzilla.requests.count("update") == 0
    kept = next(proposal for proposal in world.kept() if proposal.id == form.id)
    assert kept.justification == form.justification, "what a person wrote stays"


@pytest.mark.parametrize("key", [SERVICE_KEY, "simulated-visitor-key"], ids=["a key that sees it", "one that does not"])
def test_a_private_bug_cannot_be_told_from_a_missing_one(sqlite_url: str, key: str) -> None:
    with build_proposal_world(sqlite_url, bugzilla_api_key=Secret(key)) as world:
        private = world.bugs.create("Of no concern", groups=[PRIVATE_GROUP], blocks=[world.bugs.blocker])
        told = {}
        for bug_id in (private, MISSING_ID):
            world.bugs.bugzilla.requests.clear()
            with pytest.raises(FieldsRefused) as caught:
                commands.look_up_bug(world.bugs.database, world.source(), world.bugs.settings, str(bug_id))
            told[bug_id] = str(caught.value).replace(str(bug_id), "N"), world.bugs.bugzilla.requests.by_kind()
        assert told[private] == told[MISSING_ID], "neither the words differ nor what they cost"


def test_a_bug_that_was_proposed_already_says_since_when_and_where(world: ProposalWorld) -> None:
    (bug_id,) = world.bugs.propose()
    with pytest.raises(FieldsRefused, match=r"proposed as a Blocker for 45-beta already\. See the page of bug"):
        world.propose(world.form(bug_id))
    world.bugs.sync()
    found = commands.look_up_bug(world.bugs.database, world.source(), world.bugs.settings, str(bug_id))
    (standing,) = found.standings
    assert standing.sentence.startswith("It was proposed as a Blocker for 45-beta already on 2026-09-01 12:")
    world.bugs.edit(bug_id, whiteboard="AcceptedBlocker")
    world.bugs.sync()
    with pytest.raises(
        FieldsRefused, match=r"a Blocker for 45-beta already: accepted, proposed on 2026-09-01"
    ) as caught:
        world.propose(world.form(bug_id, kinds=(BLOCKER, EXCEPTION)))
    assert caught.value.problem_by_field.keys() == {"kinds"}
    assert world.said(bug_id) == []
    assert world.propose(world.form(bug_id, kinds=(EXCEPTION,))).state == "done"


def test_a_milestone_that_ends_while_a_form_waits_is_refused(world: ProposalWorld) -> None:
    bugs = world.bugs
    add_milestone(bugs, FINAL)
    form = world.form(bugs.create(), milestone="45-final")
    world.fail("GET /rest/bug", kind="html", status=502)
    with pytest.raises(CommandRefused):
        world.propose(form)
    bugs.bugzilla.switches.reset()
    commands.set_milestone(bugs.database, FINAL, is_active=False, make_current=False, actor="alice")
    with pytest.raises(FieldsRefused, match="45-final is over"):
        world.send(form.id)
    with pytest.raises(FieldsRefused, match="This milestone is over"):
        world.propose(form)


def test_a_kind_without_a_tracker_is_refused(world: ProposalWorld) -> None:
    release = Milestone("46", MilestoneName.BETA)
    commands.add_milestone(
        world.bugs.database, release, {BLOCKER: world.bugs.create("Blockers")}, make_current=False, actor="alice"
    )
    with pytest.raises(FieldsRefused, match="46-beta has no tracker for a Freeze Exception"):
        world.propose(world.form(world.bugs.create(), milestone="46-beta", kinds=(BLOCKER, EXCEPTION)))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"proposals_enabled": False}, "PROPOSALS_ENABLED is 0"),
        ({"bugzilla_api_key": Secret("")}, "BUGZILLA_API_KEY is empty"),
        ({"openshift_prod": False, "bugzilla_url": "https://bugzilla.redhat.com"}, "staging"),
        ({"openshift_prod": False, "bugzilla_url": "https://BUGZILLA.redhat.com:443/"}, "staging"),
    ],
)
def test_where_nothing_may_be_written_nothing_is_asked(
    lasting_world: ProposalWorld, changes: dict[str, Any], reason: str
) -> None:
    world = lasting_world
    settings = Settings.of(**{"proposals_enabled": True, "bugzilla_api_key": Secret("key"), **changes})
    for command in (commands.propose, commands.plan_proposal):
        with pytest.raises(CommandRefused, match=reason):
            command(world.bugs.database, world.source(), settings, world.form(7))
    with pytest.raises(CommandRefused, match=reason):
        commands.send_proposal(world.bugs.database, world.source(), settings, "x", "alice")


def test_a_bugzilla_that_refuses_is_quoted_and_the_form_is_kept(world: ProposalWorld) -> None:
    bug_id = world.bugs.create()
    world.fail("PUT", kind="status", status=401, code=115, message="You tried to change the blocks field")
    form = world.form(bug_id)
    with pytest.raises(FieldsRefused, match=r"Nothing was written\. Bugzilla refuses the request: You tried") as caught:
        world.propose(form)
    assert caught.value.problem_by_field.keys() == {"bug"}
    (kept,) = world.kept()
    assert (kept.state, kept.answer) == ("kept", str(caught.value))
