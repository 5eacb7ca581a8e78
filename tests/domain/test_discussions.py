"""The description of a review ticket: what is people's stays, and what is ours does no harm, whatever it tells."""

import re
from dataclasses import replace
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbconsumer.domain.ballots import parse_comment
from bbconsumer.domain.discussions import (
    JUSTIFICATION_CHARS,
    TITLE_CHARS,
    DiscussionFacts,
    hidden_part,
    linked_bug_id,
    merge_part,
    our_part,
    ticket_title,
)
from bbconsumer.domain.nominations import Nomination, NominationState
from bbconsumer.domain.reviews import Review, review_of
from bbconsumer.domain.snapshots import Comment
from bbconsumer.domain.votes import tally
from tests.domain.comments import texts
from tests.domain.factories import ALICE, BETA_BLOCKER, BETA_FE, at

URL = "https://bugzilla.example.test"
BEGIN, END = "<!-- bbconsumer bug 2400123 -->", "<!-- /bbconsumer -->"
PROPOSED = Nomination(BETA_BLOCKER, NominationState.PROPOSED, "", at(65), ALICE)
FACTS = DiscussionFacts(
    bug_id=2400123,
    bug_url=f"{URL}/show_bug.cgi?id=2400123",
    image_url="https://service.example.test/api/v0/bugimg/2400123",
    ticket_url="https://forge.example.test/issue/7",
    nominations=(PROPOSED,),
    justifications={BETA_BLOCKER.id: "It does not start.\r\n\r\nNot even once."},
    review=Review({}),
)


def reviewed(*comments: tuple[str, str]) -> Review:
    said = [Comment(n, author, at(60 * n), text) for n, (author, text) in enumerate(comments, 1)]
    return review_of(tally(said, deciders={"carol"}, bot="blockerbot"), 3)


def test_our_part_tells_of_the_bug_its_proposals_and_its_votes() -> None:
    fe = Nomination(BETA_FE, NominationState.ACCEPTED, "", None, "")
    review = reviewed(("alice", "BetaBlocker +1"), ("bob", "BetaBlocker +1"))
    lines = our_part(replace(FACTS, nominations=(PROPOSED, fe), review=review)).split("\n")
    assert lines[: lines.index("### How to vote")] == [
        BEGIN,
        f"**Bug 2400123**: {URL}/show_bug.cgi?id=2400123",
        "",
        "![State of the bug](https://service.example.test/api/v0/bugimg/2400123)",
        "",
        "### Proposed",
        "",
        "* **Proposed Blocker** of Fedora 45 Beta, proposed by alice, 2026-09-01 00:01 UTC",
        "",
        "> It does not start.",
        "> ",
        "> Not even once.",
        "",
        "* **Accepted Freeze Exception** of Fedora 45 Beta, proposed",
        "",
        "### Votes",
        "",
        "* BetaBlocker (+2, 0, -0) (+alice, +bob): needs 1 more vote",
        "",
        "Counted up to [the comment of 2026-09-01 00:02 UTC](https://forge.example.test/issue/7#comment-2).",
        "",
    ]
    assert lines[-1] == END


def test_our_part_says_so_when_nobody_has_voted_yet() -> None:
    assert "\nNobody has voted yet.\n" in our_part(FACTS)


def test_a_long_justification_is_cut_and_says_so() -> None:
    def quoted(length: int) -> str:
        text = our_part(replace(FACTS, justifications={BETA_BLOCKER.id: "x" * length}))
        return next(line for line in text.split("\n") if line.startswith("> "))

    assert quoted(JUSTIFICATION_CHARS) == "> " + "x" * JUSTIFICATION_CHARS
    assert quoted(JUSTIFICATION_CHARS + 1) == "> " + "x" * JUSTIFICATION_CHARS + "…"


def test_the_ticket_of_a_bug_that_is_not_public_tells_nothing() -> None:
    part = hidden_part(2400123)
    assert part == f"{BEGIN}\nThis bug is not public.\n{END}"
    assert merge_part(f"Mine.\n{our_part(FACTS)}", part) == f"Mine.\n{part}"


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("GNOME Shell: black screen", "[5] GNOME Shell: black screen"),
        ("", "[5]"),
        ("  a \r\n b\u2028c\x00d ", "[5] a b c d"),
        ("\u202egnp.exe \ud800", "[5] gnp.exe"),
        ("[6] not this", "[5] [6] not this"),
        ("x" * 10_000, "[5] " + "x" * (TITLE_CHARS - 5) + "…"),
        ("x" * (TITLE_CHARS - 4), "[5] " + "x" * (TITLE_CHARS - 4)),
    ],
)
def test_a_tickets_title_is_the_bugs_behind_its_number(summary: str, expected: str) -> None:
    title = ticket_title(5, summary)
    assert title == expected
    assert linked_bug_id(title, "", bugzilla_url=URL) == 5


HOSTILE = [
    "BetaBlocker +1",
    "AGREED AcceptedBetaBlocker",
    "a\nBetaBlocker +1\n\nBetaBlocker +1",
    "a\rBetaBlocker +1\u2028BetaBlocker +1\x0bBetaBlocker +1\x85BetaBlocker +1",
    "<!--",
    "-->",
    "<!-- x",
    END,
    "<!-- bbconsumer bug 666 -->",
    f"a\n\n{END}\n\nBetaBlocker +1",
    "```\n~~~\n",
    "`",
    "<pre><blockquote><script>alert(1)</script>",
    "@bob @alice\n@carol",
    "see #64 and other/project#12",
    "![x](https://evil.example.test/x.png) [y](javascript:alert(1))",
    "[6] [ ] &lt;!-- &#64;bob",
    "\u202eabc\u2066def\u200b\u061c\xad\ud800",
    "x" * 10_000,
    "\n" * 10_000,
    "&" * 10_000,
    "\\" * 999,
]


def check(facts: DiscussionFacts) -> None:
    """Our part is whole, leads to its bug, votes for nothing and calls nobody."""
    part, has_votes = our_part(facts), bool(facts.review.trackers)
    assert linked_bug_id("[1] x", f"{URL}/2\n{part}", bugzilla_url=URL) == 2400123
    assert (part.count("<!--"), part.count("-->")) == (2, 2)
    assert merge_part(f"Before.\n{part}\nAfter.", "ours") == "Before.\nours\nAfter."
    assert parse_comment(part).items == ()
    # Not even where our part were quoted anew, or its marks were lost.
    assert parse_comment(part.replace(BEGIN, "").replace(END, "")).items == ()
    assert parse_comment(f"{part}\n\n0Day +1").items != ()
    assert "@" not in part
    assert re.findall(r"(?<!\w)#[0-9]", part) == []
    assert part.count("](") == 1 + has_votes
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]", part)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_neither_leave_our_part_nor_call_nor_vote(text: str) -> None:
    check(replace(FACTS, justifications={BETA_BLOCKER.id: text}))
    check(replace(FACTS, nominations=(replace(PROPOSED, proposed_by=text),)))
    check(replace(FACTS, review=reviewed((text, "BetaBlocker +1"), (text, "AGREED AcceptedBetaFE"))))
    title = ticket_title(2400123, text)
    assert len(title) <= TITLE_CHARS
    assert len(title.splitlines()) == 1
    assert linked_bug_id(title, "", bugzilla_url=URL) == 2400123


@given(texts, texts, texts)
def test_so_does_any_text(justification: str, proposer: str, voter: str) -> None:
    nomination, review = replace(PROPOSED, proposed_by=proposer), reviewed((voter, "BetaBlocker +1"))
    check(replace(FACTS, nominations=(nomination,), justifications={1: justification}, review=review))


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1))
def test_a_justification_is_shown_as_it_was_written(text: str) -> None:
    part = our_part(replace(FACTS, justifications={BETA_BLOCKER.id: text}))
    assert f"> {text}" in unescape(part).split("\n")


PART, OTHER = our_part(FACTS), our_part(replace(FACTS, review=reviewed(("alice", "BetaBlocker +1"))))
_begin_only, _rest = PART.split("\n", 1)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", OTHER),
        (" \n ", OTHER),
        ("My text.", f"My text.\n\n{OTHER}"),
        (PART, OTHER),
        (OTHER, OTHER),
        (f"Before\r\n{PART}\r\nafter", f"Before\r\n{OTHER}\r\nafter"),
        (f"a{PART}b", f"a{OTHER}b"),
        # People wrote into our part.
        (f"a\n{PART.replace('### Votes', 'Mine')}\nb", f"a\n{OTHER}\nb"),
        # The end is missing: only the first line is known to be ours.
        (f"a\n{BEGIN}\nb", f"a\n{OTHER}\nb"),
        # The beginning is missing.
        (f"a\n{END}\nb", f"a\n{END}\nb\n\n{OTHER}"),
        (f"{END}\n{PART}", f"{END}\n{OTHER}"),
        # Doubled, whole or in part, and of another bug.
        (f"a\n{BEGIN}\n{PART}\nb", f"a\n{OTHER}\n\n\nb"),
        (f"a\n{PART}\nb\n{PART}\nc", f"a\n{OTHER}\nb\n\n\nc"),
        (f"{PART}\nb\n{BEGIN}\nc", f"{OTHER}\nb\n\n\nc"),
        (f"{BEGIN}\nb\n{BEGIN}\nc", f"{OTHER}\nb\n\n\nc"),
        (f"{PART}<!-- bbconsumer bug 5 -->x{END}y", f"{OTHER}\ny"),
        # What looks like a mark of ours and is none.
        ("<!-- bbconsumer bug x -->", f"<!-- bbconsumer bug x -->\n\n{OTHER}"),
    ],
)
def test_our_part_is_put_where_it_was(content: str, expected: str) -> None:
    assert merge_part(content, OTHER) == expected
    assert merge_part(expected, OTHER) == expected


_pieces = st.lists(
    st.sampled_from(
        [BEGIN, END, PART, OTHER, "<!-- bbconsumer bug 5 -->", "<!--", "-->", "\n", "<!-- bbcon", "sumer bug 5 -->"]
    )
    | st.text(max_size=8),
    max_size=8,
).map("".join)


@given(_pieces)
def test_whatever_was_damaged_merging_again_changes_nothing(content: str) -> None:
    merged = merge_part(content, OTHER)
    assert merge_part(merged, OTHER) == merged
    assert merged.count(OTHER) == 1
    assert linked_bug_id("", merged, bugzilla_url=URL) == 2400123
    assert merge_part(merge_part(content, PART), OTHER) == merged


# Hypothesis puts in what stands in the code, and so our marks.
_written = st.text(max_size=30).filter(lambda text: "<!--" not in text)


@given(st.lists(_written, min_size=2, max_size=4), st.sampled_from([PART, OTHER, BEGIN]))
def test_what_people_wrote_around_our_parts_stays(written: list[str], ours: str) -> None:
    merged = merge_part(ours.join(written), OTHER)
    first, _, rest = merged.partition(OTHER)
    assert first == written[0]
    assert rest == "\n".join(written[1:])


@pytest.mark.parametrize(
    ("title", "content", "expected"),
    [
        # Our mark, then a number that begins the title, then the only link.
        ("[2] x", f"{URL}/3 <!-- bbconsumer bug 1 -->", 1),
        ("[2] x", f"{URL}/3", 2),
        ("x", f"{URL}/3", 3),
        ("x", "", None),
        # Our mark.
        ("[2] x", "<!-- bbconsumer bug 1 -->\n<!-- bbconsumer bug 4 -->", 1),
        ("[2] x", "> <!-- bbconsumer bug 1 -->", 1),
        ("[2] x", "<!-- bbconsumer bug x -->", 2),
        ("[2] x", "<!-- bbconsumer bug 0 -->", None),
        ("[2] x", "<!-- bbconsumer bug 9999999999 -->", None),
        # The title.
        ("  [2] x", "", 2),
        ("[Proposed] [2] x", "", 2),
        ("[Final Blocker][2] x", "", 2),
        ("[2][3] x", "", 2),
        ("x [2]", "", None),
        ("2 x", "", None),
        ("[F45] x", "", None),
        ("[99999999999] x", "", None),
        ("[0] x", f"{URL}/3", None),
        # Links.
        (f"x {URL}/3", "", 3),
        ("x", f"{URL}/show_bug.cgi?id=3", 3),
        ("x", f"{URL}/show_bug.cgi?id=3#c5", 3),
        ("x", f"<{URL}/3>, again {URL}/show_bug.cgi?id=3.", 3),
        ("x", f"{URL}/3 {URL}/4", None),
        ("x", f"{URL}/3 {URL}/9999999999", 3),
        ("x", f"{URL}/9999999999", None),
        ("x", f"{URL}/12345678901", None),
        ("x", f"{URL}/3x", None),
        ("x", f"{URL}/attachment.cgi?id=3", None),
        ("x", "https://bugzillaXexample.test/3", None),
        ("x", "https://other.example.test/3", None),
    ],
)
def test_which_bug_a_ticket_is_about(title: str, content: str, expected: int | None) -> None:
    assert linked_bug_id(title, content, bugzilla_url=URL) == expected
    assert linked_bug_id(title, content, bugzilla_url=f"{URL}/") == expected


@given(st.text(), st.text())
def test_any_ticket_is_about_some_bug_or_none(title: str, content: str) -> None:
    linked_bug_id(title, content, bugzilla_url=URL)
