"""What counts as a vote or a command, and what is told of a line that does not: one row per rule of the grammar."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbconsumer.domain.ballots import (
    LONGEST_COMMAND,
    Agreed,
    Ballot,
    Item,
    Outcome,
    Revote,
    VoteTracker,
    parse_comment,
    shorten,
    vote_tracker,
)
from bbconsumer.domain.trackers import MilestoneName, TrackerKind

KELVIN, MINUS, ZERO_WIDTH, NO_BREAK = "\N{KELVIN SIGN}", "\N{MINUS SIGN}", "\u200b", "\u00a0"
NOT_PLAIN = "has formatting or characters that are not plain"
GOES_ON = "continues the quote above it: leave an empty line between"
INDENTED = "is indented, so it is shown as code"
IN_CODE = "is marked as code"
BESIDE = "shares its line with something that is hidden, quoted or code"


def said(item: Item) -> str:
    """An item in a short form: ``BetaBlocker+1``, ``accepted 0Day``, ``again BetaFE``."""
    match item:
        case Ballot(tracker, value, _):
            return f"{tracker.label}{value:+d}"
        case Agreed(outcomes, _):
            return ", ".join(f"{outcome} {tracker.label}" for tracker, outcome in outcomes)
        case Revote(trackers, _):
            return f"again {', '.join(tracker.label for tracker in trackers)}"


def items(text: str) -> list[str]:
    return [said(item) for item in parse_comment(text).items]


def reasons(text: str) -> list[str]:
    return [odd.reason for odd in parse_comment(text).odd]


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


VOTE = "BetaBlocker +1"
SILENT = {
    "quote": f"> {VOTE}",
    "quote without a blank": f">{VOTE}",
    "nested quote": f"> > {VOTE}\n>> {VOTE}",
    "quote in a list": f"- > {VOTE}\n1. > {VOTE}\n* 2) > {VOTE}",
    "indented quote": f"   > {VOTE}",
    "quote with a line separator": f"> said\u2028{VOTE}\u2028\u2028{VOTE}\x0b{VOTE}\x85{VOTE}",
    "fence": f"```\n{VOTE}\n```",
    "fence of tildes": f"~~~\n{VOTE}\n~~~",
    "long fence, shorter ones inside": f"`````text\n```\n{VOTE}\n````\n{VOTE}\n`````",
    "fence of another kind inside": f"```\n~~~\n{VOTE}\n```",
    "fence closed by a longer one": f"~~~\n{VOTE}\n~~~~~~",
    "fence with an info": f"``` {VOTE}\n{VOTE}\n```",
    "fence whose end has an info": f"```\n``` text\n{VOTE}\n```",
    "fence with an end that is indented": f"```\n    ```\n\t```\n{VOTE}\n```",
    "fence with an end behind a no-break space": f"```\n```{NO_BREAK}\n{VOTE}\n```",
    "fence with empty lines": f"```\n\n{VOTE}\n\n{VOTE}\n```",
    "fence in a list": f"- ```\n  {VOTE}\n  ```",
    "fence in a nested list": f"  - ```\n    {VOTE}\n    ```",
    "fence in a numbered list": f"10. ```\n    {VOTE}\n    ```",
    "fence after a quote": f"> said\n```\n{VOTE}\n```",
    "fence with CRLF": f"```\r\n{VOTE}\r\n```",
    "comment": f"<!-- {VOTE} -->",
    "comment over lines": f"<!--\n{VOTE}\n\n{VOTE}\n-->",
    "comment that looks closed": f"<!-- -- > \n{VOTE}\n-->",
    "comment after text": f"well <!--\n{VOTE}\n-->",
    "second comment of a line": f"<!-- a --> <!--\n{VOTE}\n-->",
    "comment begun where another ended": f"<!--\n--> <!--\n{VOTE}\n-->",
    "empty comment before another": f"<!--> <!--\n{VOTE}\n-->",
    "element behind a comment": f"<!-- a --> <pre>\n{VOTE}\n</pre>",
    "element behind another": f"<s>a</s> <code>\n{VOTE}\n</code>",
    "element begun behind its own end": f"</code> <code>\n{VOTE}\n</code>",
    "element within itself": f"<blockquote>\n<blockquote>\n</blockquote>\n{VOTE}\n</blockquote>",
    "comment with a fence": f"<!--\n```\n-->\n<!--\n{VOTE}\n-->",
    **{
        f"element {tag}": f"<{tag}>\n{VOTE}\n\n{VOTE}\n</{tag}>"
        for tag in ("pre", "code", "blockquote", "del", "s", "script", "style", "textarea", "PRE")
    },
    "element with attributes": f'<pre lang="c">\n{VOTE}\n</pre>',
    "element on one line": f"<code>{VOTE}</code>",
}
UNCLOSED = {
    "fence": f"```\n{VOTE}\n\n{VOTE}",
    "fence of tildes": f"~~~~\n{VOTE}\n~~~\n{VOTE}",
    "comment": f"<!--\n{VOTE}\n\n{VOTE}",
    "element": f"<pre>\n{VOTE}\n\n{VOTE}",
}


@pytest.mark.parametrize("text", SILENT.values(), ids=SILENT)
def test_what_is_quoted_code_or_hidden_is_passed_over_in_silence_and_what_follows_counts(text: str) -> None:
    assert parse_comment(text).items == parse_comment(text).odd == ()
    parsed = parse_comment(f"FinalFE -1\n\n{text}\n\n0Day +1")
    assert [said(item) for item in parsed.items] == ["FinalFE-1", "0Day+1"]
    assert parsed.odd == ()


@pytest.mark.parametrize("text", UNCLOSED.values(), ids=UNCLOSED)
def test_what_is_never_closed_hides_everything_after_it(text: str) -> None:
    parsed = parse_comment(f"FinalFE -1\n\n{text}\n\n0Day +1")
    assert [said(item) for item in parsed.items] == ["FinalFE-1"]
    assert parsed.odd == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"> said\n{VOTE}", [GOES_ON]),
        (f"> said\nand\n- {VOTE}", [GOES_ON]),
        (f"- > said\n  {VOTE}", [GOES_ON]),
        (f"1. > said\n{VOTE}", [GOES_ON]),
        (f"> said\n{NO_BREAK}\n{VOTE}", [GOES_ON]),
        (f"> said\n\x0c\n{VOTE}", [GOES_ON]),
        (f"    {VOTE}", [INDENTED]),
        (f"\t{VOTE}", [INDENTED]),
        (f"  \t {VOTE}", [INDENTED]),
        (f"    ```\n    {VOTE}\n    ```", [INDENTED]),
        (f"- text\n\n    ```\n    {VOTE}\n    ```", [INDENTED]),
        (f"`{VOTE}`", [IN_CODE]),
        (f"`{VOTE}\n`", [IN_CODE]),
        (f"a `b\n{VOTE}\nc`", [IN_CODE]),
        (f"a ``b\n{VOTE}\nc``", [IN_CODE]),
        (f"a ``b ` c\n{VOTE}\nc``", [IN_CODE]),
        (f"a ` b `` c `` d\n{VOTE}\n`", [IN_CODE]),
        (f"\\`a` b\n{VOTE}\n`", [IN_CODE]),
        (f"\\\\`a\n{VOTE}\n`", [IN_CODE]),
        (f"text\n    a ` b\n{VOTE}\n`", [IN_CODE]),
        (f"text ```\n{VOTE}\n```", [IN_CODE]),
        (f"{VOTE} <!-- because -->", [BESIDE]),
        (f"<!-- because --> {VOTE}", [BESIDE]),
        (f"<!--\n--> {VOTE}", [BESIDE]),
        (f"{VOTE} <pre>\n</pre>", [BESIDE]),
    ],
)
def test_a_vote_that_may_be_shown_as_quoted_or_as_code_is_told(text: str, expected: list[str]) -> None:
    # The last of them opens a fence.
    text = text if not text.endswith("\n```") or text.startswith(" ") else f"{text}\n```"
    parsed = parse_comment(f"{text}\n\n0Day +1")
    assert [odd.reason for odd in parsed.odd] == expected
    assert [said(item) for item in parsed.items] == ["0Day+1"]


@pytest.mark.parametrize(
    "before",
    [
        "The page shows a raw `<script>` tag.",
        "It prints `<!--` and then nothing.",
        "A \\` alone, and `code`, and ``code with ` in it``",
        "    <script>\n    <!--",
        "\t```\n",
        "- ```\n  code\n  ```",
        "1. ```\n   code\n   ```",
        "     - ```\n       code\n       ```\n",
        "text `\n```\ncode\n```",
        "> said\n> ```\n",
        "> <pre>\n",
        "a <!-- note --> b",
        "``` inline ``` code",
        "</pre>",
        "-->",
        "<!-->",
        "<!--->",
        "<present> <sub> <codec>",
    ],
)
def test_what_only_looks_like_hiding_loses_no_vote(before: str) -> None:
    assert items(f"{before}\n{VOTE}") == ["BetaBlocker+1"]


def test_what_is_said_is_what_is_neither_quoted_nor_code() -> None:
    text = "One\n> two\n\n```\nthree\n```\nfour <!-- five -->\nsix `seven\n\n    eight\nBetaBlocker +1"
    assert parse_comment(text).said == ("One", "BetaBlocker +1")


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


FRAGMENTS = st.sampled_from(
    ["BetaBlocker", "+1", "-1", "0", "AGREED", "AcceptedBetaFE", "REVOTE", " ", "\n", "\r\n", ">", "`", "```", "~~~"]
    + ["<!--", "-->", "<pre>", "</pre>", "    ", "- ", "\\", "\u2028", ZERO_WIDTH, KELVIN, "＋１", "\ud800", "1. "]
)
texts = st.lists(FRAGMENTS | st.text(max_size=5), max_size=30).map("".join) | st.text()


@given(texts)
def test_any_text_is_read(text: str) -> None:
    parsed = parse_comment(text)
    assert all(odd.reason and len(odd.line) <= 201 for odd in parsed.odd)
    assert all(item.line in text for item in parsed.items)
    for item in parsed.items:
        assert said(item) in items(item.line)


@given(texts)
def test_what_is_quoted_is_never_a_command(text: str) -> None:
    quoted = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\n> ")
    assert parse_comment(f"> {quoted}").items == ()
    assert parse_comment(f"> {quoted}\n{VOTE}").items == ()
    assert items(f"> {quoted}\n\n{VOTE}") == ["BetaBlocker+1"]


@given(texts, st.sampled_from("`~"))
def test_what_stands_in_a_fence_is_never_a_command(text: str, sign: str) -> None:
    longest = max((len(run) for run in text.split() if set(run) == {sign}), default=0)
    fence = sign * max(3, longest + 1)
    parsed = parse_comment(f"{fence}\n{text}\n{fence}\n{VOTE}")
    assert [said(item) for item in parsed.items] == ["BetaBlocker+1"]
    assert parsed.odd == ()


@given(texts)
def test_what_stands_in_a_comment_is_never_a_command(text: str) -> None:
    parsed = parse_comment(f"<!-- \n{text.replace('-->', '')}\n-->\n\n{VOTE}")
    assert [said(item) for item in parsed.items][-1:] == ["BetaBlocker+1"]
    assert len(parsed.items) == 1
