"""All nasty texts, by what they are nasty to. What broke something is told by its number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.hostile import for_browsers, for_formats

TEXTS_BY_KIND: Final[Mapping[str, tuple[str, ...]]] = {
    "markup": for_browsers.MARKUP,
    "attributes": for_browsers.ATTRIBUTES,
    "addresses": for_browsers.ADDRESSES,
    "templates": for_browsers.TEMPLATES,
    "SQL": for_formats.SQL,
    "spreadsheets": for_formats.SPREADSHEETS,
    "calendars": for_formats.CALENDARS,
    "XML": for_formats.XML,
    "JSON": for_formats.JSON,
    "headers": for_formats.HEADERS,
    "logs": for_formats.LOGS,
    "Unicode": for_formats.UNICODE,
    "lengths": for_formats.LENGTHS,
    "numbers": for_formats.NUMBERS,
    "paths": for_formats.PATHS,
    "Markdown": for_formats.MARKDOWN,
    "meetings": for_formats.MEETINGS,
}
TEXTS: Final = tuple(text for texts in TEXTS_BY_KIND.values() for text in texts)
