"""Outside text in lines of ours."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbconsumer.domain.texts import list_unseen, local_part, minute, one_line, without_commands
from tests.domain.milestones import day


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("  two   blanks\t", "two blanks"),
        ("a\nb\r\nc\x0bd\x0ce\x85f\u2028g\u2029h\x1ci", "a b c d e f g h i"),
        ("\x1b[31mred\x00\x7f", "[31mred"),
        ("turned \u202eround\u2066", "turned round"),
        ("a lone \ud800 surrogate", "a lone surrogate"),
        ("日本語 العربية 👩\u200d💻 “é”", "日本語 العربية 👩\u200d💻 “é”"),
        ("crash reported by alice@example.test.", "crash reported by alice."),
        ("a@b.example and c.d+e@f-g.example", "a and c.d+e"),
        ("é@münchen.example", "é"),
        ("getty@tty1.service fails", "getty@tty1.service fails"),
        ("root@localhost has no shell, @all", "root@localhost has no shell, @all"),
    ],
)
def test_a_text_becomes_one_line_without_addresses(text: str, expected: str) -> None:
    assert one_line(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("!endmeeting", "! endmeeting"),
        ("!!endmeeting", "!! endmeeting"),
        ("no !info and ^action please", "no ! info and ^ action please"),
        ("!\u202einfo", "! info"),
        ("a\n!endmeeting", "a ! endmeeting"),
        ("Yahoo!Mail", "Yahoo! Mail"),
        ("a != b, 2^3, wow!", "a != b, 2^3, wow!"),
    ],
)
def test_no_word_looks_like_a_command(text: str, expected: str) -> None:
    assert without_commands(text) == expected


@given(st.text(alphabet=st.sampled_from("!^a1 \n\u2028\u202e@.é_\x00") | st.characters()))
def test_any_text_becomes_one_line_without_a_command(text: str) -> None:
    line = without_commands(text)
    assert len(line.splitlines()) <= 1
    assert not re.search(r"[!^][A-Za-z]", line)
    assert without_commands(line) == line
    line.encode()


@pytest.mark.parametrize(
    ("account", "shown"),
    [("alice@example.test", "alice"), ("alice", "alice"), ("", ""), ("a\nb@example.test", "a b"), ("@x", "")],
)
def test_of_an_account_only_the_local_part_is_shown(account: str, shown: str) -> None:
    assert local_part(account) == shown


def test_a_time_is_told_to_the_minute_with_its_zone() -> None:
    assert minute(day(9, 14)) == "2026-09-09 14:00 UTC"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain\n\ttext – “é” 日本語 עברית 👩\u200d💻", ()),
        ("a\x00b\x1b\x00", ("U+0000", "U+001B")),
        ("turned \u202eround\u2066", ("U+202E", "U+2066")),
        ("a\rb\u2028c\ufeff", ("U+000D", "U+2028", "U+FEFF")),
    ],
)
def test_what_nobody_sees_is_named(text: str, expected: tuple[str, ...]) -> None:
    assert list_unseen(text) == expected
