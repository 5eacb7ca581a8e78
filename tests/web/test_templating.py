"""How times and accounts are written."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.web.world import NOW
from web.templating import ago, without_domains


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
