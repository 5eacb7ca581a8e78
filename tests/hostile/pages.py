"""What a page of ours may consist of: elements and attributes that stand in our templates, addresses of known sites."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from tests.web.reading import PREFIX

_WEB = Path(__file__).parents[2] / "web"
_TEMPLATES = _WEB / "templates"
# Besides templates it alone writes elements.
_WORDING = _WEB / "wording.py"
_TAG = re.compile(r"""<([a-z][a-z0-9]*)\b((?:"[^"]*"|[^<>"])*)>""")
# What stands in the place of a value that our templates fill in.
_FILLED = re.compile(r"{[{%#].*?[}%#]}", re.DOTALL)
_ADDRESSES: Final = frozenset({"href", "src", "action", "formaction", "data", "poster", "srcset", "xlink:href"})
_SITES: Final = (
    f"{PREFIX}/",
    "#",
    "https://bugzilla.example.test/",
    "https://bugzilla.redhat.com/",
    "http://127.0.0.1:",
    "https://bodhi.example.test/",
    "https://pagure.io/",
    "https://fedoraproject.org/",
)
# What a field of a form gets beyond what all have.
_OF_FIELDS = re.compile(r"{% set \w+ %}( [^<]*?){% endset %}")
# html5lib, and every browser, adds what may be left out.
_IMPLIED: Final = ("html", "head", "body", "tbody")


def known_attributes() -> dict[str, set[str]]:
    """The attributes of each element in our templates."""
    known: dict[str, set[str]] = {tag: set() for tag in _IMPLIED}
    for path in (_WORDING, *_TEMPLATES.glob("*.html")):
        for tag, rest in _TAG.findall(_FILLED.sub(" ", path.read_text(encoding="utf-8"))):
            known.setdefault(tag, set()).update(re.sub('="[^"]*"', " ", rest).split())
    for path in _TEMPLATES.glob("*.html"):
        for attributes in _OF_FIELDS.findall(path.read_text(encoding="utf-8")):
            known["input"].update(re.findall(r"(?:^|\s)([a-z-]+)=", _FILLED.sub(" ", attributes)))
    return known


def foreign(root: Element, known: dict[str, set[str]]) -> Iterator[str]:
    """What does not come from our templates, in a parsed page."""
    for element in root.iter():
        # Comments have a function in the place of a name, and elements of a chart a namespace in front of it.
        yield from _foreign_in(str(element.tag).rpartition("}")[2], element.items(), known)


def _foreign_in(tag: str, attributes: Iterable[tuple[str, str | None]], known: dict[str, set[str]]) -> Iterator[str]:
    if tag not in known:
        yield f"<{tag}>"
    for name, value in attributes:
        # What is told to assistive technology, which macros put where it belongs, does nothing.
        if name not in known.get(tag, ()) and not name.startswith("aria-"):
            yield f"<{tag} {name}={value or '':.100}>"
        if name in _ADDRESSES and not (value or "").startswith(_SITES):
            yield f"an address: <{tag} {name}={value or '':.100}>"


class Tokens(HTMLParser):
    """A page as its tokens: less than a tree, but at a twentieth of its time. `problems` is what is not ours."""

    def __init__(self, html: str, known: dict[str, set[str]]) -> None:
        super().__init__()
        self._known = known
        self.problems: list[str] = []
        self._texts: list[str] = []
        self.feed(html)
        self.close()

    @property
    def text(self) -> str:
        """All text, blanks collapsed."""
        return " ".join("".join(self._texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Compare an element with ours."""
        self.problems += _foreign_in(tag, attrs, self._known)

    def handle_data(self, data: str) -> None:
        """Note the text."""
        self._texts.append(data)

    def handle_comment(self, data: str) -> None:
        """Our pages have none."""
        self.problems.append(f"a comment: {data}")


def shown(text: str) -> str:
    """A text that was stored, as a reader of a page sees it: blanks collapsed, what HTML forbids replaced.

    Source: https://html.spec.whatwg.org/multipage/parsing.html#preprocessing-the-input-stream
    """
    return " ".join("".join(map(_allowed, text)).split())


def _allowed(character: str) -> str:
    code = ord(character)
    is_control = (code < 0x20 and character not in "\t\n\r") or 0x7F <= code < 0xA0
    is_none = 0xFDD0 <= code < 0xFDF0 or code & 0xFFFE == 0xFFFE
    return "\N{REPLACEMENT CHARACTER}" if is_control or is_none else character


def stored(text: str) -> str:
    """What any database keeps of a text that came as JSON: no NUL, and of surrogates only pairs."""
    told = json.loads(json.dumps(text))
    return str(told.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode())
