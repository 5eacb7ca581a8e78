"""How times, accounts and texts from outside are written."""

from __future__ import annotations

import sys
from datetime import timedelta, timezone

import pytest

from tests.web.world import NOW
from web.wording import account_element, ago, time_element, time_element_or, without_domains, without_forbidden


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (-60, "just now"),
        (-64, "just now"),
        (59, "just now"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (3600, "1 h ago"),
        (47 * 3600, "47 h ago"),
        (48 * 3600, "2 days ago"),
        (59 * 86400, "59 days ago"),
        (61 * 86400, "2 months ago"),
        (800 * 86400, "2 years ago"),
        (-65, "in 1 min"),
        (-119, "in 1 min"),
        (-120, "in 2 min"),
        (-7200, "in 2 h"),
    ],
)
def test_a_time_is_told_in_the_unit_that_people_would_use(seconds: int, words: str) -> None:
    assert ago(NOW - timedelta(seconds=seconds), NOW) == words


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("alice@example.com", "alice"),
        ("needinfo?(a.b+c@x-y.example), needinfo?(d@e.org)", "needinfo?(a.b+c), needinfo?(d)"),
        ("NEW", "NEW"),
        ("@alone", "@alone"),
        ("a @ b", "a @ b"),
    ],
)
def test_an_account_is_shown_without_its_domain(text: str, shown: str) -> None:
    assert without_domains(text) == shown


def test_an_account_is_escaped_and_keeps_its_direction_to_itself() -> None:
    assert account_element("<b>&@example.com") == "<bdi>&lt;b&gt;&amp;@example.com</bdi>"
    assert account_element("bob@example.com") == "<bdi>bob</bdi>"


def test_a_time_is_told_for_people_and_machines_in_whatever_zone_it_is() -> None:
    told = '<time datetime="2026-09-14T12:00:00Z" title="2026-09-14 12:00:00 UTC">5 min ago</time>'
    at = NOW.replace(year=2026, month=9, day=14, hour=12, minute=0, second=0, microsecond=0)
    now = at + timedelta(minutes=5)
    assert time_element(at, now) == told
    assert time_element(at.astimezone(timezone(timedelta(hours=2))), now) == told
    assert time_element_or(at, now, "never") == told
    assert time_element_or(None, now, "never") == "never"


def test_every_character_that_html_or_xml_forbids_is_replaced_and_no_other() -> None:
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    shown = without_forbidden(everything)
    assert [code for code, character in enumerate(shown) if character != chr(code)] == [
        *filter(is_forbidden, range(sys.maxunicode + 1))
    ]
    assert {character for code, character in enumerate(shown) if is_forbidden(code)} == {"\N{REPLACEMENT CHARACTER}"}
    for code in filter(is_forbidden, range(sys.maxunicode + 1)):
        assert without_forbidden(f"alone{chr(code)}") == "alone\N{REPLACEMENT CHARACTER}"


def is_forbidden(code: int) -> bool:
    """By https://www.w3.org/TR/xml/#charsets and the control characters and non-characters of https://infra.spec.whatwg.org."""
    is_control = (code < 0x20 and chr(code) not in "\t\n\r") or 0x7F <= code <= 0x9F
    return is_control or 0xD800 <= code <= 0xDFFF or 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE
