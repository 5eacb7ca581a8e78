"""What counts as a vote or a command, and what is told of a line that does not: one row per rule of the grammar."""

import pytest
from hypothesis import given

from bbconsumer.domain.ballots import LONGEST_COMMAND, VoteTracker, parse_comment, shorten, vote_tracker
from bbconsumer.domain.trackers import MilestoneName, TrackerKind
from tests.domain.comments import KELVIN, MINUS, NO_BREAK, ZERO_WIDTH, items, reasons, said, texts

NOT_PLAIN = "has formatting or characters that are not plain"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # A command stands on a line of its own: TRACKER VOTE or VOTE TRACKER.
        ("BetaBlocker +1", ["BetaBlocker+1"]),
        ("+1 BetaBlocker", ["BetaBlocker+1"]),
        ("I saw it too.\n\nBetaBlocker +1\n\nThanks!", ["BetaBlocker+1"]),
        ("I saw it too.\nBetaBlocker +1\nThanks!", ["BetaBlocker+1"]),
        # Several pairs may share a line.
        ("BetaBlocker +1 FinalBlocker -1", ["BetaBlocker+1", "FinalBlocker-1"]),
        ("BetaBlocker +1 -1 FinalBlocker", ["BetaBlocker+1", "FinalBlocker-1"]),
        ("BetaBlocker +1, FinalBlocker -1; BetaFE 0", ["BetaBlocker+1", "FinalBlocker-1", "BetaFE+0"]),
        ("BetaBlocker +1\nFinalBlocker -1", ["BetaBlocker+1", "FinalBlocker-1"]),
        # The trackers, in any case.
        ("betablocker +1", ["BetaBlocker+1"]),
        ("FINALBLOCKER +1", ["FinalBlocker+1"]),
        ("BetaFreezeException +1", ["BetaFE+1"]),
        ("bETAfe +1", ["BetaFE+1"]),
        ("FinalFreezeException +1", ["FinalFE+1"]),
        ("FinalFE +1", ["FinalFE+1"]),
        ("0Day +1", ["0Day+1"]),
        ("0day 0", ["0Day+0"]),
        ("0 0day", ["0Day+0"]),
        ("PreviousRelease -1", ["PreviousRelease-1"]),
        # The votes.
        ("BetaBlocker 0", ["BetaBlocker+0"]),
        ("BetaBlocker -1", ["BetaBlocker-1"]),
        # Blanks, list bullets and ends of lines do not matter.
        ("   BetaBlocker \t +1   ", ["BetaBlocker+1"]),
        (f"{NO_BREAK}BetaBlocker{NO_BREAK}+1", ["BetaBlocker+1"]),
        ("BetaBlocker +1" + " " * 1000, ["BetaBlocker+1"]),
        ("* BetaBlocker +1\n- FinalBlocker -1\n+ 0Day 0", ["BetaBlocker+1", "FinalBlocker-1", "0Day+0"]),
        ("- -1 FinalBlocker", ["FinalBlocker-1"]),
        ("- * BetaFE +1", ["BetaFE+1"]),
        ("1) first\n- BetaFE +1", ["BetaFE+1"]),
        ("BetaBlocker +1\r\nFinalBlocker -1\r\n", ["BetaBlocker+1", "FinalBlocker-1"]),
        ("BetaBlocker +1\rFinalBlocker -1", ["BetaBlocker+1", "FinalBlocker-1"]),
        ("BetaBlocker +1\u2028FinalBlocker -1", ["BetaBlocker+1", "FinalBlocker-1"]),
        # AGREED OUTCOME…
        ("AGREED AcceptedBetaBlocker", ["accepted BetaBlocker"]),
        ("AGREED RejectedBetaBlocker AcceptedBetaFE", ["rejected BetaBlocker, accepted BetaFE"]),
        ("agreed rejectedfinalfreezeexception", ["rejected FinalFE"]),
        ("AGREED Accepted0Day, RejectedPreviousRelease", ["accepted 0Day, rejected PreviousRelease"]),
        ("AGREED AcceptedBetaFE AcceptedBetaFreezeException", ["accepted BetaFE"]),
        # REVOTE TRACKER…
        ("REVOTE BetaBlocker", ["again BetaBlocker"]),
        ("Revote BetaFE, finalfe BetaFreezeException", ["again BetaFE, FinalFE"]),
        # In the order of the lines.
        ("REVOTE BetaFE\nBetaFE +1\nAGREED AcceptedBetaFE", ["again BetaFE", "BetaFE+1", "accepted BetaFE"]),
    ],
)
def test_what_counts(text: str, expected: list[str]) -> None:
    assert items(text) == expected
    assert reasons(text) == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("BetaBlocker +1 for sure", "has other words: “for sure”"),
        ("+1 to BetaBlocker", "has other words: “to”"),
        ("1. BetaBlocker +1", "has other words: “1.”"),
        ("bug 5: BetaBlocker +1, FinalBlocker -1 because of a b c d", "has other words: “bug 5: because of a”"),
        ("BetaBlocker +2", "+2 is no vote: +1, 0 and -1 are"),
        ("BetaBlocker +0", "+0 is no vote: +1, 0 and -1 are"),
        ("Blocker +1", "names no tracker that is voted on: “Blocker”"),
        ("FE -1", "names no tracker that is voted on: “FE”"),
        ("AlphaBlocker +1", "names no tracker that is voted on: “AlphaBlocker”"),
        ("0-day +1", "names no tracker that is voted on: “0-day”"),
        ("BetaBlocker +1 FinalBlocker", "is not made of pairs of a tracker and a vote"),
        ("BetaBlocker FinalBlocker +1 -1", "is not made of pairs of a tracker and a vote"),
        ("BetaBlocker+1", "has no blank between tracker and vote: “BetaBlocker+1”"),
        ("BetaBlocker:+1", "has no blank between tracker and vote: “BetaBlocker:+1”"),
        ("BetaBlocker: +1", NOT_PLAIN),
        ("BetaBlocker +1.", NOT_PLAIN),
        ("**BetaBlocker +1**", NOT_PLAIN),
        ("~~BetaBlocker +1~~", NOT_PLAIN),
        ("**BetaBlocker,** +1", NOT_PLAIN),
        ("“BetaBlocker +1”", NOT_PLAIN),
        ("BetaBlocker +1\\", NOT_PLAIN),
        ("BetaBlocker \\+1", NOT_PLAIN),
        (f"BetaBloc{KELVIN}er +1", NOT_PLAIN),
        (f"BetaBlocker {MINUS}1", NOT_PLAIN),
        ("BetaBlocker –1", NOT_PLAIN),
        ("BetaBlocker ＋１", NOT_PLAIN),
        ("ＢｅｔａＢｌｏｃｋｅｒ +1", NOT_PLAIN),
        (f"Beta{ZERO_WIDTH}Blocker +1", NOT_PLAIN),
        (f"BetaBlocker{ZERO_WIDTH} +1", NOT_PLAIN),
        ("\ufeffBetaBlocker +1", NOT_PLAIN),
        ("\u202eBetaBlocker +1", NOT_PLAIN),
        ("BetaBlocker +\N{ARABIC-INDIC DIGIT ONE}", "+\N{ARABIC-INDIC DIGIT ONE} is no vote: +1, 0 and -1 are"),
        ("AGREED", "AGREED takes nothing but outcomes such as AcceptedBetaBlocker, and has nothing"),
        (
            "AGREED AcceptedBetaBlocker for now",
            "AGREED takes nothing but outcomes such as AcceptedBetaBlocker, and has “for now”",
        ),
        (
            "AGREED BetaBlocker +1",
            "AGREED takes nothing but outcomes such as AcceptedBetaBlocker, and has “BetaBlocker +1”",
        ),
        (
            "Agreed on AcceptedBetaBlocker",
            "AGREED takes nothing but outcomes such as AcceptedBetaBlocker, and has “on”",
        ),
        ("AGREED: AcceptedBetaBlocker", NOT_PLAIN),
        ("**AGREED** AcceptedBetaBlocker", NOT_PLAIN),
        ("AGREED AcceptedBetaFE RejectedBetaFE", "says accepted and rejected of the same tracker"),
        ("REVOTE", "REVOTE takes nothing but trackers, and has nothing"),
        ("REVOTE BetaBlocker please", "REVOTE takes nothing but trackers, and has “please”"),
        ("BetaBlocker +1 <b>", "has other words: “<b>”"),
    ],
)
def test_a_line_that_looks_like_a_command_and_does_not_count_is_told_with_the_reason(line: str, reason: str) -> None:
    parsed = parse_comment(f"BetaFE 0\n{line}\n- {line}\n0Day 0")
    assert [(odd.line, odd.reason) for odd in parsed.odd] == [(shorten(line), reason), (shorten(f"- {line}"), reason)]
    assert [said(item) for item in parsed.items] == ["BetaFE+0", "0Day+0"]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "+1",
        "-1 from me, it is far too late for that",
        "0",
        "I think that this violates the Beta criterion about the installer.",
        "This is a BetaBlocker for sure, isn't it?",
        "Proposed as a Blocker for 45-beta by alice",
        "Discussed at the meeting: agreed that we punt.",
        "agreed",
        "Agreed, this is bad. +1",
        "agreed that BetaBlocker is right",
        "revote?",
        "We should revote about BetaBlocker",
        "safe +1",
        "coffee 0",
        "https://bugzilla.redhat.com/show_bug.cgi?id=2400123",
        "@bob what do you think?",
        "BetaBlocker",
        "BetaBlocker 1",
        "F45BetaBlocker",
        "2 of 3 tests passed, 0 failed",
        "---",
        "* * *",
        "# BetaBlocker",
        "BetaBlocker +1 " * (LONGEST_COMMAND // 15 + 1),
    ],
)
def test_prose_makes_no_noise(line: str) -> None:
    parsed = parse_comment(line)
    assert (parsed.items, parsed.odd) == ((), ())


def test_each_tracker_of_a_milestone_has_its_name_in_votes() -> None:
    names = [vote_tracker(name, kind) for name in MilestoneName for kind in TrackerKind]
    assert names == ["BetaBlocker", "BetaFreezeException", "FinalBlocker", "FinalFreezeException"]
    assert [tracker.label for tracker in VoteTracker] == [
        "BetaBlocker", "FinalBlocker", "BetaFE", "FinalFE", "0Day", "PreviousRelease",
    ]  # fmt: skip


def test_a_line_is_shown_short_and_on_one_line() -> None:
    assert shorten(" a \t b\u2028c ") == "a b c"
    assert shorten("x" * 200) == "x" * 200
    assert shorten("x" * 201) == "x" * 200 + "…"


@given(texts)
def test_any_text_is_read(text: str) -> None:
    parsed = parse_comment(text)
    assert all(odd.reason and len(odd.line) <= 201 for odd in parsed.odd)
    assert all(item.line in text for item in parsed.items)
    for item in parsed.items:
        assert said(item) in items(item.line)
