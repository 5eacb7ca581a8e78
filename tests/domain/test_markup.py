"""What of a comment is quoted, code or hidden, by the sight of the votes in it and around it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbconsumer.domain.ballots import parse_comment
from bbconsumer.domain.markup import BESIDE_HIDDEN, IN_CODE, INDENTED, QUOTE_GOES_ON
from tests.domain.comments import NO_BREAK, VOTE, items, said, texts

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
    alone = parse_comment(text)
    assert (alone.items, alone.odd) == ((), ())
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
        (f"> said\n{VOTE}", [QUOTE_GOES_ON]),
        (f"> said\nand\n- {VOTE}", [QUOTE_GOES_ON]),
        (f"- > said\n  {VOTE}", [QUOTE_GOES_ON]),
        (f"1. > said\n{VOTE}", [QUOTE_GOES_ON]),
        (f"> said\n{NO_BREAK}\n{VOTE}", [QUOTE_GOES_ON]),
        (f"> said\n\x0c\n{VOTE}", [QUOTE_GOES_ON]),
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
        (f"{VOTE} <!-- because -->", [BESIDE_HIDDEN]),
        (f"<!-- because --> {VOTE}", [BESIDE_HIDDEN]),
        (f"<!--\n--> {VOTE}", [BESIDE_HIDDEN]),
        (f"{VOTE} <pre>\n</pre>", [BESIDE_HIDDEN]),
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


def test_what_is_said_is_what_is_neither_quoted_nor_a_block_of_code() -> None:
    text = "One\n> two\n\n```\nthree\n```\nfour <!-- five -->\nsix `seven\n\n    eight\nBetaBlocker +1"
    assert parse_comment(text).said == ("One", "four  ", "six `seven", "BetaBlocker +1")


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
    parsed = parse_comment(f"<!-- \n{text.replace('>', '')}\n-->\n\n{VOTE}")
    assert [said(item) for item in parsed.items][-1:] == ["BetaBlocker+1"]
    assert len(parsed.items) == 1
