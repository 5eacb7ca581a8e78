"""How texts from outside, accounts and times are written on pages and in feeds.

What a list has in each of its rows is made here and not by a macro, which would cost several times as much.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from markupsafe import Markup

# Control characters, surrogates and non-characters, which HTML forbids; Bugzilla lets people put some of them into
# texts. The last two places of each plane are such, too.
_FORBIDDEN_RANGES = (
    *((0x00, 0x08), (0x0B, 0x0C), (0x0E, 0x1F), (0x7F, 0x9F), (0xD800, 0xDFFF), (0xFDD0, 0xFDEF)),
    *((plane << 16 | 0xFFFE, plane << 16 | 0xFFFF) for plane in range(17)),
)
_FORBIDDEN = [chr(code) for first, last in _FORBIDDEN_RANGES for code in range(first, last + 1)]
_FORBIDDEN_PATTERN = re.compile(f"[{''.join(_FORBIDDEN)}]")
# How they begin in UTF-8. A text without these bytes, as most are, need not be searched, which takes much longer.
_SUSPECT_BYTES = bytes({character.encode("utf-8", "surrogatepass")[0] for character in _FORBIDDEN})
# What follows the local part of an e-mail address. No nested repetition: texts may be long.
_DOMAIN = re.compile(r"(?<=[\w.+-])@[A-Za-z0-9][A-Za-z0-9.-]*")

# A page's clock stands for up to a minute, and clocks differ a little: what seems to be ahead so far has just happened.
_AHEAD_S = 65

_BDI, _BDI_END, _TIME_END = Markup("<bdi>"), Markup("</bdi>"), Markup("</time>")


def without_forbidden(text: str) -> str:
    """Replaces what neither HTML nor XML allows in a text, in whatever form it is written."""
    encoded = text.encode("utf-8", "surrogatepass")
    if len(encoded.translate(None, _SUSPECT_BYTES)) == len(encoded):
        return text
    return _FORBIDDEN_PATTERN.sub("\N{REPLACEMENT CHARACTER}", text)


def without_domains(text: str) -> str:
    """Shortens e-mail addresses to their local part, as Bugzilla does for visitors who are not signed in."""
    return _DOMAIN.sub("", text)


def account_element(name: str) -> Markup:
    """An account, whose direction of writing does not spill over."""
    return _BDI + without_domains(name) + _BDI_END


def time_element(at: datetime, now: datetime) -> Markup:
    """How long ago a time is; for machines, and for people who point at it, exactly."""
    return _time_tag(at) + ago(at, now) + _TIME_END


def time_element_or(at: datetime | None, now: datetime, without: str) -> Markup | str:
    """The same; `without` where there is no time."""
    return time_element(at, now) if at else without


def iso(at: datetime) -> str:
    """For machines: the `datetime` attribute."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def absolute(at: datetime) -> str:
    """For people who want to know exactly."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def minute(at: datetime) -> str:
    """For people: the time of a page, whose clock has no seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def ago(at: datetime, now: datetime) -> str:
    """For people who want to know at a glance: ``3 min ago``, ``in 2 h``."""
    seconds = (now - at).total_seconds()
    if -_AHEAD_S < seconds < 60:
        return "just now"
    amount = _amount(abs(seconds))
    return f"{amount} ago" if seconds > 0 else f"in {amount}"


# The same times are on page after page, minute after minute.
@lru_cache(maxsize=8192)
def _time_tag(at: datetime) -> Markup:
    return Markup('<time datetime="{}" title="{}">').format(iso(at), absolute(at))


def _amount(seconds: float) -> str:
    for unit_s, limit_s, unit in ((60, 3600, "min"), (3600, 172_800, "h"), (86_400, 5_184_000, "days")):
        if seconds < limit_s:
            return f"{seconds // unit_s:.0f} {unit}"
    months = seconds / (86_400 * 30.44)
    return f"{months:.0f} months" if months < 24 else f"{months / 12:.0f} years"
