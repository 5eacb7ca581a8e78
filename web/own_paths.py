"""Where people may be led after they signed in: to pages of ours and nowhere else."""

from __future__ import annotations

import re
from urllib.parse import unquote

from web.templating import Links

MAX_LENGTH = 1000
# Browsers take a backslash for a slash, and leave control characters out.
_SAFE = re.compile(r"[!-\[\]-~]+")
# Also when they are written %2e: on our host they lead to somebody else.
_CLIMBING = frozenset({".", ".."})


def own_path(asked: str, links: Links) -> str:
    """The path and query that was asked for, if it is one of ours; else the start page."""
    # Not by urlsplit, to which //host/path has the path of an address of ours.
    path = re.split("[?#]", asked, maxsplit=1)[0]
    parts = unquote(path).split("/")[1:]
    is_ours = (
        len(asked) <= MAX_LENGTH
        and _SAFE.fullmatch(asked) is not None
        and path.startswith(f"{links.prefix}/")
        and "//" not in path
        and "\\" not in unquote(path)
        and _CLIMBING.isdisjoint(parts)
        and path not in {links.sign_in, links.signed_in, links.sign_out}
    )
    return asked if is_ours else links.start


def path_from(referrer: str, origin: str, links: Links) -> str:
    """The page of ours from which a link was followed; else the start page."""
    return own_path(referrer.removeprefix(origin), links) if referrer.startswith(f"{origin}/") else links.start
