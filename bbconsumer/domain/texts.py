"""Makes outside text fit for a line of ours: nothing in it may end the line, command a bot or show an address."""

from __future__ import annotations

import re
from datetime import UTC, datetime

# Control characters, line and paragraph separators, and lone surrogates end lines or cannot be encoded; the marks that
# turn the direction of writing would turn the rest of our line too.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\u202a-\u202e\u2066-\u2069]+")

# Meeting bots have looked for these signs anywhere in a line.
_COMMAND_SIGN = re.compile(r"([!^])(?=[^\W\d_])")

# No nested repetition over the same characters: titles may be long.
_DOMAIN = re.compile(r"(?<=[\w.+-])@[\w-]+(?:\.[\w-]+)+")
# getty@tty1.service is no address.
_UNIT_SUFFIXES = (".service", ".socket", ".target", ".mount", ".timer", ".slice", ".path", ".device", ".scope", ".swap")


# In a text of several lines: line ends and tabulators are fit for it.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff]")


def list_unseen(text: str) -> tuple[str, ...]:
    """The characters in a text of several lines that nobody sees, or that turn what others read: ``U+202E``."""
    return tuple(dict.fromkeys(f"U+{ord(character):04X}" for character in _UNSEEN.findall(text)))


def one_line(text: str) -> str:
    """The text without what could end or turn a line, with single blanks, and addresses without their domain."""
    line = " ".join(_UNFIT.sub(" ", text).split())
    return _DOMAIN.sub(lambda match: match[0] if match[0].endswith(_UNIT_SUFFIXES) else "", line)


def first_line(error: str) -> str:
    """What may be shown of a stored error: the lines after the first may quote statements with their values."""
    return error.strip().partition("\n")[0][:300]


def without_commands(text: str) -> str:
    """One line in which no word looks like a command of a meeting bot: ``!endmeeting`` becomes ``! endmeeting``."""
    return _COMMAND_SIGN.sub(r"\1 ", one_line(text))


def local_part(account: str) -> str:
    """What of an account may be shown."""
    return one_line(account.partition("@")[0])


def minute(at: datetime) -> str:
    """A time for people: ``2026-09-20 11:57 UTC``."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
