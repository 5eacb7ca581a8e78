"""Pages that are full of nasty texts have the elements of our templates, and the texts as they were written."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from tests.hostile.corpus import TEXTS, TEXTS_BY_KIND
from tests.hostile.pages import Tokens, foreign, known_attributes, shown, stored
from tests.hostile.world import Release
from tests.web.client import Client
from tests.web.reading import BETA, OVERVIEW, PREFIX, Page, text_of

KNOWN = known_attributes()
# Those that have every bug in them; the others are about one bug, person or package each.
LISTS = (OVERVIEW, BETA, f"{OVERVIEW}/updates", f"{OVERVIEW}/need_testing", f"{OVERVIEW}/decisions", "/status")
REPORTS = tuple(f"{OVERVIEW}/{name}" for name in ("irc", "report", "report?format=table", "requests", "go-no-go"))


# Each takes some time, so only some are opened: that every text is harmless in HTML is shown by the lists.
ON_BUG_PAGES = ("markup", "attributes", "addresses", "templates", "XML", "Unicode", "lengths")
Open = Callable[[str], Page]


@pytest.fixture(scope="module")
def page(client: Client) -> Open:
    """Opens a page, once: parsing takes longer than making one."""

    @cache
    def opened(path: str) -> Page:
        answer = client.get(PREFIX + path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return Page(answer.text)

    return opened


def test_there_are_enough_texts_and_each_is_there_once() -> None:
    assert len(TEXTS) >= 300
    assert all(TEXTS_BY_KIND.values())
    assert len(set(TEXTS)) == len(TEXTS)


def test_a_page_that_has_something_else_is_found_out() -> None:
    html = "<!DOCTYPE html><html><head><title>x</title></head><body><p onclick='x'>y</p><u>z</u>"
    page = Page(f"{html}<a href='javascript:x'>w</a><!-- v --></body></html>")
    found = [each.partition("=")[0].partition(" 0x")[0] for each in foreign(page.root, KNOWN)]
    assert found == ["<p onclick", "<u>", "an address: <a href", "<<function Comment at"]


@pytest.mark.parametrize("path", [*LISTS, *REPORTS, f"{OVERVIEW}/info", "/search?q=a"])
def test_a_page_of_many_has_nothing_but_what_our_templates_have(page: Open, path: str) -> None:
    assert list(foreign(page(path).root, KNOWN)) == []


def test_every_title_is_on_the_list_as_it_was_written(page: Open, release: Release) -> None:
    titles: dict[int, str] = {}
    for row in page(BETA).root.iter("tr"):
        cells = [cell for cell in row if "title" in (cell.get("class") or "").split()]
        if cells:
            titles[int(str(row.get("id")).rpartition("-")[2])] = text_of(cells[0])
    assert titles == {bug_id: shown(stored(text)) for bug_id, text in release.text_by_bug.items()}


def test_the_page_of_a_bug_has_its_text_and_nothing_but_what_our_templates_have(
    client: Client, release: Release
) -> None:
    about = {text for kind in ON_BUG_PAGES for text in TEXTS_BY_KIND[kind][::3]}
    for bug_id, text in release.text_by_bug.items():
        if text not in about:
            continue
        tokens = Tokens(client.get(f"{PREFIX}/bug/{bug_id}").text, KNOWN)
        assert tokens.problems == [], repr(text)[:100]
        assert shown(stored(text)) in tokens.text, repr(text)[:100]


@pytest.mark.parametrize("kind", TEXTS_BY_KIND)
def test_the_page_of_a_bug_is_valid(page: Open, release: Release, kind: str) -> None:
    number = next(number for number, text in release.text_by_bug.items() if text == TEXTS_BY_KIND[kind][-1])
    assert list(foreign(page(f"/bug/{number}").root, KNOWN)) == []
