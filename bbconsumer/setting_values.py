"""The values that settings take. Each function reads one from the text of a variable.

They raise ValueError where a text cannot be used; its message says what the variable must be, and never what it was.
"""

from __future__ import annotations

from urllib.parse import urlsplit

# Of what signs sessions: whoever guesses it is anybody.
MIN_KEY_LENGTH = 32


class Secret:
    """A text that never shows itself: not in repr, str, logs or errors. Ask for `reveal()` at the place of use."""

    def __init__(self, value: str = "") -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "'***'" if self._value else "''"

    __str__ = __repr__


def secret(value: str) -> Secret:
    # Made from a file, it often ends with the file's line end.
    return Secret(value.strip("\r\n"))


def signing_key(value: str) -> Secret:
    key = secret(value)
    if key and len(key.reveal()) < MIN_KEY_LENGTH:
        raise ValueError(f"a text of at least {MIN_KEY_LENGTH} characters, made at random")
    return key


def name(value: str) -> str:
    if not value.strip():
        raise ValueError("a name that is not empty")
    return value.strip()


def flag(value: str) -> bool:
    match value.strip().casefold():
        case "1" | "true" | "yes" | "on":
            return True
        case "0" | "false" | "no" | "off" | "":
            return False
    raise ValueError("1 or 0")


def url(value: str) -> str:
    try:
        parts = urlsplit(value)
        is_usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        is_usable = False
    # An address is shown on pages and in logs.
    if not is_usable or "@" in value:
        raise ValueError("an address that begins with http:// or https:// and holds no user or password")
    return value.rstrip("/")


def positive(value: str) -> int:
    digits = value.strip()
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 10 and int(digits)):
        raise ValueError("a whole number from 1 to 999999999")
    return int(digits)


def count(value: str) -> int:
    digits = value.strip()
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 3):
        raise ValueError("a whole number from 0 to 99")
    return int(digits)


def port(value: str) -> int:
    # Kubernetes itself may set a *_SERVICE_PORT as tcp://10.0.0.1:5432.
    digits = value.rsplit(":", 1)[-1]
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 6 and 0 < int(digits) < 65536):
        raise ValueError("a port from 1 to 65535")
    return int(digits)


def port_or_none(value: str) -> int:
    return 0 if value.strip() == "0" else port(value)


def share(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 < number <= 1:
        raise ValueError("a number above 0, at most 1")
    return number


def names(value: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in value.split(",") if part.strip())
    if not names:
        raise ValueError("names separated by commas")
    return names


def log_level(value: str) -> str:
    if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ValueError("DEBUG, INFO, WARNING or ERROR")
    return value.upper()


def log_format(value: str) -> str:
    if value not in {"auto", "text", "json"}:
        raise ValueError("auto, text or json")
    return value
