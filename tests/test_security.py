"""SECURITY.md tells of every item of ASVS 5.0 up to level 2, once, and names tests that there are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8").partition("## OWASP ASVS 5.0")[2]

# How many items of each section are of level 1 or 2. They come first in a section, and are numbered from 1.
# Source: https://github.com/OWASP/ASVS/tree/v5.0.0/5.0
COUNT_BY_SECTION = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2,
    "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1,
    "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2,
    "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4,
    "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4,
    "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2,
    "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1,
    "9.1": 3, "9.2": 4,
    "10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3,
    "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4,
    "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5,
    "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7,
    "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3,
    "17.1": 1, "17.2": 4, "17.3": 2,
}  # fmt: skip


def _rows() -> Iterator[tuple[str, str]]:
    for line in TEXT.splitlines():
        if re.match(r"\| \d", line):
            items, _, where = line.strip("| ").split(" | ")
            yield items, where


def test_every_item_of_level_2_is_told_of_once() -> None:
    table = ", ".join(items for items, _ in _rows())
    told = re.findall(r"\b\d+\.\d+\.\d+\b", table + TEXT.partition("### What does not apply")[2])
    items = [f"{section}.{number + 1}" for section, count in COUNT_BY_SECTION.items() for number in range(count)]
    assert Counter(told) == Counter(items)


def test_every_row_names_a_test_or_says_why_there_is_none() -> None:
    unclear = [items for items, where in _rows() if not re.search(r"`tests/|accepted|above|openshift/", where)]
    assert unclear == []


def test_every_test_that_is_named_exists() -> None:
    missing = []
    for path, name in re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", TEXT):
        file = ROOT / path
        if not file.is_file() or (name and f"def {name}(" not in file.read_text(encoding="utf-8")):
            missing.append(f"{path}::{name}")
    assert missing == []
