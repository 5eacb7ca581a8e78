"""Texts of the outside world, which may hold anything, as any database takes them."""

from __future__ import annotations


def clean_text(value: object) -> str:
    """The text without what no database stores; empty for None.

    Raises:
        TypeError: it is no text.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    # PostgreSQL stores no NUL, and no database stores half a surrogate pair.
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")
