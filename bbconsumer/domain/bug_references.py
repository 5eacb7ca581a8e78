"""How people name a bug: by its number, or by its address in Bugzilla."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

# What the column of the database takes is far more; nothing that is longer is a number of a bug.
_NUMBER = re.compile(r"(?:(?:rhbz|bug|bz)\s*)?#?\s*([0-9]{1,10})", re.IGNORECASE)


def parse_bug_reference(text: str, *, bugzilla_url: str) -> int | None:
    """The bug that a text names: ``7``, ``#7``, ``bug 7``, ``RHBZ#7``, or an address of this Bugzilla; else None."""
    text = text.strip()
    if match := _NUMBER.fullmatch(text):
        return int(match[1]) or None
    try:
        address, base = urlsplit(text), urlsplit(bugzilla_url)
        is_here = address.scheme in {"http", "https"} and address.netloc.casefold() == base.netloc.casefold()
    except ValueError:
        return None
    path = address.path.removeprefix(base.path.rstrip("/"))
    named = parse_qs(address.query).get("id", [""])[0] if path == "/show_bug.cgi" else path.removeprefix("/")
    if is_here and re.fullmatch("[0-9]{1,10}", named):
        return int(named) or None
    return None
