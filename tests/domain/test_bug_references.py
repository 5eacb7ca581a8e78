"""How people name a bug."""

from __future__ import annotations

import pytest

from bbconsumer.domain.bug_references import parse_bug_reference

HERE = "https://bugzilla.example.test/bz"


@pytest.mark.parametrize(
    ("text", "bug_id"),
    [
        ("2400001", 2400001),
        ("  #7 ", 7),
        ("bug 7", 7),
        ("Bug #7", 7),
        ("RHBZ#7", 7),
        ("rhbz #7", 7),
        (f"{HERE}/show_bug.cgi?id=7", 7),
        (f"{HERE}/show_bug.cgi?ctype=xml&id=7#c3", 7),
        (f"{HERE}/7", 7),
        ("http://BUGZILLA.example.test/bz/7", 7),
        ("", None),
        ("0", None),
        ("-7", None),
        ("7.5", None),
        ("7 8", None),
        ("٧", None),
        ("9" * 11, None),
        ("kernel", None),
        ("bug", None),
        ("https://other.example.test/bz/7", None),
        ("https://bugzilla.example.test.evil.test/bz/7", None),
        ("https://someone@bugzilla.example.test/bz/7", None),
        (f"{HERE}/show_bug.cgi", None),
        (f"{HERE}/show_bug.cgi?id=F45BetaBlocker", None),
        (f"{HERE}/attachment.cgi?id=7", None),
        ("javascript:7", None),
        ("http://[", None),
    ],
)
def test_a_bug_is_named_by_number_or_by_its_address_here(text: str, bug_id: int | None) -> None:
    assert parse_bug_reference(text, bugzilla_url=HERE) == bug_id
