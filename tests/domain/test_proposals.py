"""Why a bug was proposed: what the propose form wrote, or what was said in the very change."""

import pytest

from bbconsumer.domain.proposals import find_justification, proposal_comment
from bbconsumer.domain.snapshots import Comment
from bbconsumer.domain.trackers import Milestone, MilestoneName, TrackerKind
from tests.domain.factories import ALICE, BOB, at


def form(why: str, milestone: str = "45-beta", kinds: str = "Blocker", name: str = "alice") -> str:
    return f"Proposed as a {kinds} for {milestone} by {name} using the blocker tracking app because:\n\n{why}"


@pytest.mark.parametrize(
    ("comments", "expected"),
    [
        ([], ""),
        # By form, whenever and whoever's account wrote it.
        ([(BOB, 99, form("It fails."))], "It fails."),
        ([(BOB, 99, form("It fails.\n\nAlways.\n"))], "It fails.\n\nAlways."),
        ([(BOB, 99, form("It fails.").replace("\n", "\r\n"))], "It fails."),
        ([(BOB, 99, form("It fails.", kinds="Freeze Exception"))], "It fails."),
        ([(BOB, 99, form("It fails.", kinds="Blocker and Freeze Exception"))], "It fails."),
        ([(BOB, 99, form(""))], ""),
        # Of several the last one.
        ([(BOB, 3, form("Old.")), (BOB, 9, form("New."))], "New."),
        # For this milestone only, whatever the proposer is called.
        ([(BOB, 9, form("It fails.", "45-final"))], ""),
        ([(BOB, 9, form("It fails.", "145-beta"))], ""),
        ([(BOB, 9, form("It fails.", "45-final", name="eve for 45-beta by alice"))], ""),
        ([(BOB, 9, f"> {form('It fails.')}")], ""),
        ([(BOB, 9, f"See below.\n{form('It fails.')}")], ""),
        # In the very change: by the proposer, at that second.
        ([(ALICE, 10, "  It fails. ")], "It fails."),
        ([(ALICE, 9, "It fails."), (BOB, 10, "Me too.")], "It fails."),
        ([(ALICE, 11, "It fails.")], "It fails."),
        ([(ALICE, 8, "It fails.")], ""),
        ([(ALICE, 12, "It fails.")], ""),
        ([(BOB, 10, "It fails.")], ""),
        ([(ALICE, 10, "")], ""),
        # The form goes first.
        ([(ALICE, 10, "Beside."), (BOB, 99, form("By form."))], "By form."),
        ([(BOB, 3, form("By form.")), (ALICE, 10, "Beside.")], "By form."),
        ([(BOB, 3, form("")), (ALICE, 10, "Beside.")], "Beside."),
    ],
)
def test_why_a_bug_was_proposed(comments: list[tuple[str, int, str]], expected: str) -> None:
    said = [Comment(n, author, at(second), text) for n, (author, second, text) in enumerate(comments)]
    assert find_justification(said, "45-beta", at(10), ALICE) == expected


def test_where_history_does_not_tell_when_only_the_form_does() -> None:
    said = [Comment(1, ALICE, at(10), "It fails.")]
    assert find_justification(said, "45-beta", None, ALICE) == ""
    assert find_justification([*said, Comment(2, BOB, at(99), form("Why."))], "45-beta", None, "") == "Why."


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        ({TrackerKind.BLOCKER}, "Blocker"),
        ({TrackerKind.FREEZE_EXCEPTION}, "Freeze Exception"),
        ({TrackerKind.FREEZE_EXCEPTION, TrackerKind.BLOCKER}, "Blocker and Freeze Exception"),
    ],
)
def test_a_comment_begins_exactly_as_that_of_the_original_and_is_found_again(
    kinds: set[TrackerKind], words: str
) -> None:
    beta = Milestone("45", MilestoneName.BETA)
    comment = proposal_comment(kinds, beta, "alice", justification="It fails.\n\nAlways.", criterion="Must boot")
    first = f"Proposed as a {words} for 45-beta by alice using the blocker tracking app because:"
    assert comment == f"{first}\n\nIt fails.\n\nAlways.\n\nRelease criterion: Must boot"
    found = find_justification([Comment(1, BOB, at(9), comment)], "45-beta", None, "")
    assert found == "It fails.\n\nAlways.\n\nRelease criterion: Must boot"
