"""The buglist as addresses filter and sort it, without any JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from bbconsumer.domain.attention import TodoKind
from tests.web import crowd
from tests.web.reading import BETA, OVERVIEW, PREFIX, Page, Reader, text_of
from tests.web.test_buglist import SECTIONS


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Reads one world that no test changes."""
    with crowd.opened(tmp_path_factory.mktemp("crowd")) as (reader, _):
        yield reader


def chosen(page: Page) -> str:
    return text_of(page.by_id("chosen"))


def rows(page: Page) -> list[int]:
    """The bugs of all rows; a page of which nothing was asked for has no sections at all."""
    return [bug_id for section in SECTIONS if section in page.ids() for bug_id in page.bugs(section)]


FILTERS = [
    ("", [1, 2, 4, 3, 5, 1, 6, 5, 9, 8, 7]),
    ("component=kernel", [1, 3, 1]),
    ("component=Kernel&component=dnf", [1, 3, 1, 7]),
    ("component=nothing", []),
    ("state=POST&state=MODIFIED", [5, 6, 5]),
    ("state=CLOSED", [8]),
    ("severity=urgent&severity=low", [1, 1, 9]),
    ("severity=unspecified", [4]),
    ("assignee=carol", [1, 1]),
    ("assignee=CAROL@whatever.example", [1, 1]),
    ("assignee=example.com", []),
    ("needinfo=yes", [2, 9]),
    ("needinfo=carol", [2]),
    ("depends=yes", [3]),
    ("depends=9", [3]),
    ("depends=8", []),
    ("kind=freeze-exception", [1, 6]),
    ("kind=prioritized", [5, 9]),
    ("prioritized=yes", [5, 5, 9]),
    ("nomination=accepted-0day", [5]),
    ("nomination=proposed&kind=blocker", [1, 2]),
    ("section=proposed-blockers&section=recently-closed", [1, 2, 8]),
    ("q=SOUND+boot", [1, 1]),
    ("q=kernel", [1, 3, 1]),
    ("q=%25", []),
    ("todo=vote", [1, 1]),
    ("todo=decide", [2]),
    ("todo=needinfo", [2]),
    ("todo=fix&todo=test", [4, 3, 6]),
    ("todo=verify&component=gdm", []),
    ("todo=fix&assignee=dave&state=ASSIGNED&depends=1", [3]),
]


@pytest.mark.parametrize(("query", "expected"), FILTERS, ids=[query for query, _ in FILTERS])
def test_rows_are_chosen_by_any_field_and_several_values(reader: Reader, query: str, expected: list[int]) -> None:
    page = reader.page(f"{BETA}?{query}")
    assert rows(page) == expected
    if expected:
        assert text_of(page.by_id("proposed-blockers-title")).endswith(f" {len(page.bugs('proposed-blockers'))}")
    if query:
        told = f"{len(expected)} of 11 rows" if expected else "None of the 11 rows has "
        assert told in text_of(page.by_id("chosen"))


SORTS = [
    ("component", [2, 1], [4, 5, 3]),
    ("-component", [1, 2], [3, 4, 5]),
    ("bug", [1, 2], [3, 4, 5]),
    ("-bug", [2, 1], [5, 4, 3]),
    ("severity", [1, 2], [3, 5, 4]),
    ("-severity", [2, 1], [4, 3, 5]),
    ("state", [1, 2], [3, 5, 4]),
    ("needinfo", [2, 1], [4, 3, 5]),
    ("-needinfo", [2, 1], [4, 3, 5]),
    ("next", [1, 2], [3, 5, 4]),
]


@pytest.mark.parametrize(("sort", "proposed", "accepted"), SORTS)
def test_every_list_is_sorted_and_its_column_says_how(
    reader: Reader, sort: str, proposed: list[int], accepted: list[int]
) -> None:
    page = reader.page(f"{BETA}?sort={sort}")
    assert (page.bugs("proposed-blockers"), page.bugs("accepted-blockers")) == (proposed, accepted)
    orders = {text_of(th): order for th in page.by_id("accepted-blockers").iter("th") if (order := th.get("aria-sort"))}
    name = sort.removeprefix("-").capitalize()
    direction = "descending" if sort.startswith("-") else "ascending"
    assert orders == ({} if name == "Severity" else {name: direction})
    assert f"Sorted by {name.lower()}" in text_of(page.by_id("chosen"))


def test_a_head_sorts_keeps_what_was_chosen_and_turns_around(reader: Reader) -> None:
    page = reader.page(f"{BETA}?component=kernel&sort=bug")
    heads = {
        text_of(th): next(th.iter("a")).get("href")
        for th in page.by_id("proposed-blockers").iter("th")
        if th.get("scope") == "col" and list(th.iter("a"))
    }
    assert heads["Bug"] == f"{PREFIX}{BETA}?component=kernel&sort=-bug#proposed-blockers"
    assert heads["Last activity"] == f"{PREFIX}{BETA}?component=kernel&sort=-activity#proposed-blockers"
    assert {"Component", "State", "Title", "Next", "Proposed", "Needinfo"} < set(heads)


def test_every_filter_can_be_removed_by_itself(reader: Reader) -> None:
    page = reader.page(f"{BETA}?component=kernel&component=dnf&state=NEW")
    links = [a.get("href") for a in page.by_id("chosen").iter("a")]
    assert links == [
        f"{PREFIX}{BETA}?component=kernel&component=dnf",
        f"{PREFIX}{BETA}?state=NEW&component=dnf",
        f"{PREFIX}{BETA}?state=NEW&component=kernel",
        f"{PREFIX}{BETA}",
    ]


def test_filters_that_find_nothing_are_told_once_and_can_be_removed(reader: Reader) -> None:
    page = reader.page(f"{BETA}?component=nothing&sort=bug")
    chosen = page.by_id("chosen")
    assert text_of(chosen) == "None of the 11 rows has Component: nothing. Show the whole list"
    assert [a.get("href") for a in chosen.iter("a")] == [f"{PREFIX}{BETA}"]
    assert not set(SECTIONS).intersection(page.ids())
    chosen = reader.page(f"{BETA}?component=nothing&todo=vote").by_id("chosen")
    assert text_of(chosen) == (
        "None of the 11 rows has To be done: Vote (remove the filter To be done: Vote) and Component: nothing (remove "
        "the filter Component: nothing). Show the whole list"
    )
    assert [a.get("href") for a in chosen.iter("a")] == [
        f"{PREFIX}{BETA}?component=nothing",
        f"{PREFIX}{BETA}?todo=vote",
        f"{PREFIX}{BETA}",
    ]


@pytest.mark.parametrize("path", [f"{OVERVIEW}/updates", "/package/kernel", "/user/carol"])
def test_the_other_lists_tell_it_once_too(reader: Reader, path: str) -> None:
    page = reader.page(f"{path}?component=nothing")
    assert re.fullmatch(r"None of the \d+ rows? has Component: nothing. Show the whole list", chosen(page))
    assert page.text.count("None of the") == 1
    assert not list(page.root.iter("table"))


def test_a_section_that_a_filter_empties_says_so_and_one_that_is_empty_says_that(reader: Reader) -> None:
    page = reader.page(f"{BETA}?component=gdm")
    assert "None of the 2 rows here are among those that were asked for." in text_of(page.by_id("proposed-blockers"))
    assert "No proposed freeze" not in page.text
    assert page.title == "Fedora 45 Beta: 2 proposed, 3 accepted blockers, filtered – Blocker Bugs"


@pytest.mark.parametrize("path", [BETA, f"{BETA}?component=nothing"])
def test_the_counts_of_what_is_to_be_done_lead_to_exactly_their_rows(reader: Reader, path: str) -> None:
    page = reader.page(path)
    (nav,) = (e for e in page.root.iter("nav") if e.get("class") == "todos sections")
    counts = {a.get("href") or "": int(text_of(a).split()[-1]) for a in nav.iter("a")}
    assert set(counts) == {
        f"{PREFIX}{BETA}?todo={kind}" for kind in ("vote", "decide", "needinfo", "fix", "update", "test", "verify")
    }
    for link, count in counts.items():
        assert len(rows(reader.page(link.removeprefix(PREFIX)))) == count


def test_the_way_to_go_leads_step_by_step_to_exactly_the_blockers_that_need_something(reader: Reader) -> None:
    way = reader.page(OVERVIEW).by_id("way")
    steps = [text_of(li) for li in next(way.iter("ol"))]
    assert steps == [
        "Decide voters, review meeting, secretary Vote 1 Decide 1",
        "Fix maintainers Answer a question 1 Fix 1 Make an update 1",
        "Test QA, submitters of updates Test an update 1 Verify 1",
        "Push submitters, release engineering nothing",
    ]
    counts = {a.get("href") or "": int(re.findall(r"\d+", text_of(a))[0]) for a in way.iter("a")}
    for link, count in counts.items():
        assert len(rows(reader.page(link.removeprefix(PREFIX)))) == count, link
    assert [link for link in counts if "kind=blocker" not in link] == [list(counts)[-1]]
    assert "No release waits for the freeze exceptions: 2 of them need something." in text_of(way)


def test_every_kind_of_todo_is_bookmarkable_and_nothing_else_is(reader: Reader) -> None:
    for kind in TodoKind:
        reader.page(f"{BETA}?todo={kind}")
    refused = reader.page(f"{BETA}?todo=sleep", status=400)
    kinds = "vote, decide, record, needinfo, assign, fix, update, test, verify, push or close"
    assert f"todo cannot be “sleep”: it may be {kinds}." in refused.text
    assert f"{PREFIX}{BETA}" in refused.links()


def test_the_form_asks_for_what_the_page_shows(reader: Reader) -> None:
    page = reader.page(f"{BETA}?component=kernel&todo=vote&q=sound&sort=-bug&needinfo=nobody")
    form = next(page.one("details").iter("form"))
    assert (form.get("method"), form.get("action")) == ("get", f"{PREFIX}{BETA}")
    inputs = {
        (e.get("name"), e.get("value"))
        for e in form.iter("input")
        if e.get("type") != "checkbox" or e.get("checked") is not None
    }
    selected = {
        (select.get("name"), option.get("value"))
        for select in form.iter("select")
        for option in select.iter("option")
        if option.get("selected") is not None
    }
    assert inputs == {("q", "sound"), ("todo", "vote")}
    assert selected == {("component", "kernel"), ("sort", "-bug"), ("needinfo", "nobody")}
    labelled = {e.get("for") for e in form.iter("label")}
    assert {e.get("id") for e in form.iter() if e.tag in {"input", "select"}} == labelled
    assert "SECRET" not in page.text


HOSTILE = [
    "todo=%3Cscript%3Ealert(1)%3C/script%3E",
    "%22onmouseover=1",
    "sort=%00",
    "component=%ff%00",
    "state=NEW%0d%0aSet-Cookie:x",
    "format=../../etc/passwd",
    "component[]=kernel",
    "q=" + "x" * 300,
    "&".join(["component=x"] * 101),
    "state=new",
    "depends=1e9",
    "kind=blocker;freeze-exception",
]


@pytest.mark.parametrize("query", HOSTILE, ids=[query[:30] for query in HOSTILE])
def test_a_hostile_or_mistaken_address_is_refused_in_words(reader: Reader, query: str) -> None:
    page = reader.page(f"{BETA}?{query}", status=400)
    assert page.title == "This cannot be asked of the list – Blocker Bugs"
    assert not list(page.root.iter("script"))


@pytest.mark.parametrize("text", ["<b>", "a&state=NEW", "\u202e", "ä", "'--", "100%", "x" * 200])
def test_any_text_may_be_asked_for_and_stays_text(reader: Reader, text: str) -> None:
    page = reader.page(f"{BETA}?component={quote(text)}")
    assert rows(page) == []
    assert f"has Component: {text}. Show" in text_of(page.by_id("chosen"))
    (back,) = page.by_id("chosen").iter("a")
    assert back.get("href") == f"{PREFIX}{BETA}"
