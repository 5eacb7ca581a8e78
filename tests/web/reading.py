"""Reads pages as a browser would: every page is parsed, strictly, before anything is said about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from xml.etree.ElementTree import Element

import html5lib
import httpx2
from sqlalchemy import event

from bbconsumer.db.session import Database
from tests.web.client import Client

PREFIX = "/blockerbugs"
OVERVIEW = "/milestone/45/beta"
BETA = f"{OVERVIEW}/buglist"


_INLINE = {"a", "bdi", "code", "span", "strong", "time"}


def text_of(element: Element) -> str:
    """All text in an element, blanks collapsed; what stands in blocks of its own is a word of its own."""
    return " ".join("".join(_texts(element)).split())


def told(answer: httpx2.Response) -> dict[str, str]:
    """The headers of an answer but the number of its request, which is another each time."""
    return {name: value for name, value in answer.headers.items() if name != "x-request-id"}


def _texts(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        blank = "" if child.tag in _INLINE else " "
        yield blank
        yield from _texts(child)
        yield blank
        yield child.tail or ""


class Page:
    """A parsed page."""

    def __init__(self, html: str) -> None:
        """Raises html5lib.html5parser.ParseError when the HTML is not valid."""
        parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
        self.root: Element = parser.parse(html)

    @property
    def title(self) -> str:
        """What the browser's tab says."""
        return text_of(self.one("title"))

    @property
    def text(self) -> str:
        """What is in the body."""
        return text_of(self.one("body"))

    @property
    def warnings(self) -> str:
        """All warnings; empty when there are none."""
        return " ".join(text_of(e) for e in self.root.iter("section") if e.get("class") == "notices")

    def one(self, tag: str) -> Element:
        """The only element of that kind."""
        (element,) = self.root.iter(tag)
        return element

    def by_id(self, id_: str) -> Element:
        """The only element with that id."""
        (element,) = (e for e in self.root.iter() if e.get("id") == id_)
        return element

    def ids(self) -> list[str]:
        """All ids, in order."""
        return [id_ for e in self.root.iter() if (id_ := e.get("id"))]

    def rows(self, section: str) -> list[list[str]]:
        """The texts of a section's table, its head left out."""
        bodies = list(self.by_id(section).iter("tbody"))
        return [[text_of(cell) for cell in row] for body in bodies for row in body.iter("tr")]

    def cells(self, section: str) -> list[dict[str, str]]:
        """The texts of a section's table by the heads of their columns."""
        heads = [[text_of(cell) for cell in row] for head in self.by_id(section).iter("thead") for row in head]
        return [dict(zip(head, row, strict=True)) for head in heads for row in self.rows(section)]

    def bugs(self, section: str) -> list[int]:
        """The bugs that a section lists, in order."""
        return [int(row[0].split()[0]) for row in self.rows(section)]

    def links(self) -> list[str]:
        """Where the page leads."""
        return [href for e in self.root.iter("a") if (href := e.get("href"))]


class Reader:
    """Opens pages of the service under its prefix."""

    def __init__(self, client: Client, prefix: str = PREFIX) -> None:
        self.client = client
        self.prefix = prefix

    def page(self, path: str, *, status: int = 200) -> Page:
        """Open a page that answers with that status."""
        response = self.client.get(self.prefix + path)
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        return Page(response.text)

    def redirect(self, path: str) -> str:
        """Where a path leads to for now."""
        response = self.client.get(self.prefix + path)
        assert response.status_code in {302, 307}, response.text
        assert response.headers["cache-control"] == "no-cache"
        return response.headers["location"]


@contextmanager
def selects(database: Database) -> Iterator[list[str]]:
    """The SELECTs that are sent meanwhile; looking something up in PostgreSQL's own catalogue is none."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")) and "pg_catalog" not in statement:
            statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
