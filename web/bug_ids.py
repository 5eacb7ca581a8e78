"""Reads the numbers of bugs in addresses."""

from __future__ import annotations

from typing import Final

# What the column of the database takes.
MAX_BUG_ID: Final = 2**63 - 1


def parse_bug_id(text: str) -> int | None:
    """A bug's number in its one spelling, or None."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_BUG_ID))):
        return None
    bug_id = int(text)
    return bug_id if str(bug_id) == text and 0 < bug_id <= MAX_BUG_ID else None
