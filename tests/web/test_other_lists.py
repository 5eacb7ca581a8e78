"""Updates, what waits for a person or a package, the search, and what a milestone is made of."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from sqlalchemy import make_url, update

from bbconsumer.config import Settings
from bbconsumer.db.models import MilestoneRow
from bbconsumer.db.session import Database
from tests.domain.milestones import update as bodhi_update
from tests.services.schema import make_schema
from tests.web import crowd
from tests.web.client import Client
from tests.web.reading import OVERVIEW, PREFIX, Page, Reader, selects, text_of
from tests.web.world import NOW, World, ago, bug_row, needinfo, nomination_row
from web.app import create_app

UPDATES, NEED_TESTING, INFO = (f"{OVERVIEW}/{name}" for name in ("updates", "need_testing", "info"))


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Reader, Database]]:
    """Reads one world that no test changes."""
    with crowd.opened(tmp_path_factory.mktemp("crowd")) as opened:
        yield opened


@pytest.fixture(scope="module")
def crowded(people: tuple[Reader, Database]) -> Reader:
    """Reads that world."""
    return people[0]


def cells(page: Page, id_: str = "content") -> list[dict[str, str]]:
    return page.cells(id_)


def test_updates_tell_their_state_and_what_is_missing(crowded: Reader) -> None:
    first, second = cells(crowded.page(UPDATES))
    assert first == {
        "Update": "FEDORA-2026-4",
        "Builds": "anaconda-45.3-1.fc45 dave critical path",
        "Release": "F45",
        "Status": "testing",
        "Request": "none",
        "Karma": "1 of 3",
        "Gating": "passed",
        "What is missing": "has karma 1 of 3 bug 4 is ON_QA, not VERIFIED",
        "Fixes": "4 Accepted Blocker, ON_QA, gdm: Black screen",
        "Submitted": "5 days ago",
    }
    assert second["What is missing"].startswith("is not in testing yet has karma 1 of 3 bug 4 is")
    assert second["Fixes"].split()[0] == "4"
    assert "6 Accepted Freeze Exception" in second["Fixes"]
    links = crowded.page(UPDATES).links()
    assert {f"{PREFIX}{OVERVIEW}/buglist#bug-4", f"{PREFIX}/user/dave"} <= set(links)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [4, 6]),
        ("status=pending", [6]),
        ("kind=freeze-exception", [6]),
        ("component=gdm", [4, 6]),
        ("component=anaconda&request=none", [6]),
        ("gating=failed", [6]),
        ("critical=yes&submitter=dave", [4]),
        ("q=black+screen", [4, 6]),
        ("release=F44", []),
        ("sort=-update", [6, 4]),
        ("sort=status", [6, 4]),
    ],
)
def test_updates_can_be_chosen_and_sorted(crowded: Reader, query: str, expected: list[int]) -> None:
    found = [int(row["Update"].rsplit("-", 1)[1]) for row in cells(crowded.page(f"{UPDATES}?{query}"))]
    assert found == expected


def test_only_what_lacks_testing_is_offered_to_testers(world: World, reader: Reader) -> None:
    crowd.fill(world)
    with world.database.writing() as session:
        session.execute(update(MilestoneRow).values(freeze_at=ago(days=1)))
    assert [row["Update"] for row in cells(reader.page(NEED_TESTING))] == ["FEDORA-2026-4", "FEDORA-2026-6"]
    world.bodhi_update(bodhi_update("stable", alias="FEDORA-2026-4", bug_ids=frozenset({4}), submitted_at=ago(days=5)))
    assert [row["Update"] for row in cells(reader.page(NEED_TESTING))] == ["FEDORA-2026-6"]
    (row,) = [row for row in cells(reader.page(UPDATES)) if row["Update"] == "FEDORA-2026-4"]
    assert row["What is missing"] == "nothing"


def test_no_updates_and_none_known_are_told_apart(world: World, reader: Reader, database: Database) -> None:
    world.milestone(is_current=True)
    world.synced()
    assert "No data yet: no sync has read updates so far." in reader.page(UPDATES).text
    world.updates_synced()
    assert "No such updates (checked 3 min ago)." in reader.page(NEED_TESTING).text
    client = Client(create_app(Settings.of(bodhi_enabled=False), database, clock=lambda: NOW))
    page = Page(client.get(PREFIX + UPDATES).text)
    assert "Updates are not read here." in page.text
    assert f"{PREFIX}{UPDATES}" not in page.links()


def test_what_waits_for_a_person_is_told_over_all_active_milestones(crowded: Reader) -> None:
    page = crowded.page("/user/carol")
    assert [(row["Bug"].split()[0], row["To be done"], row["Milestone"]) for row in cells(page, "asked")] == [
        ("2", "carol to answer the question in Bugzilla", "45-beta Proposed Blocker"),
        ("10", "carol to take the bug, which is still NEW", "45-final Accepted Blocker"),
        ("10", "carol to fix it", "45-final Accepted Blocker"),
    ]
    others = [(row["Bug"].split()[0], row["To be done"]) for row in cells(page, "others")]
    assert others == [
        ("1", "voters to vote on the Proposed Blocker"),
        ("1", "voters to vote on the Proposed Freeze Exception"),
    ]
    assert page.title == "carol: 3 to be done – Blocker Bugs"


def test_a_person_is_known_by_the_local_part_and_whatever_the_case(crowded: Reader) -> None:
    assert crowded.redirect("/user/carol@example.com?todo=fix") == f"{PREFIX}/user/carol?todo=fix"
    assert len(cells(crowded.page("/user/CAROL?todo=fix"), "asked")) == 1
    assert crowded.redirect("/user/%E2%80%AEx%00") == f"{PREFIX}/user/x"
    for path in ("/user/", "/user/@example.com", "/user/%00", "/package/"):
        crowded.page(path, status=404)
    assert "\N{REPLACEMENT CHARACTER}: 0 to be done" in crowded.page("/package/%00").title


def test_what_waits_for_a_package_is_everything_to_be_done_about_its_bugs(crowded: Reader) -> None:
    page = crowded.page("/package/kernel?sort=-bug")
    assert [row["Bug"].split()[0] for row in cells(page, "todos")] == ["10", "10", "3", "1", "1"]
    (row,) = cells(crowded.page("/package/kernel?todo=fix&milestone=45-beta"), "todos")
    assert row["To be done"] == "dave to fix it (depends on 1, 9)"


@pytest.mark.parametrize("name", ["nobody", "secret", "SECRET", "<b>", "a/b", "x" * 300])
@pytest.mark.parametrize("path", ["/user", "/package"])
def test_whoever_is_unknown_or_hidden_or_odd_has_nothing_waiting(crowded: Reader, path: str, name: str) -> None:
    page = crowded.page(f"{path}/{quote(name, safe='')}")
    assert not cells(page)
    assert ": 0 to be done" in page.title
    assert "(checked 3 min ago)." in page.text
    assert page.warnings == ""


SEARCHES = [
    ("sound boot", [1]),
    ("SCREEN", [4]),
    ("kernel", [10, 3, 1]),
    ("gdm", [5, 4]),
    ("carol", [10, 2, 1]),
    ("carol@example.com sound", [1]),
    ("example.com", []),
    ("carol@exam kernel", [10, 1]),
    ("reporter sound", [1]),
    ("caro", []),
    ("%", []),
    ("_", []),
    ("'; DROP TABLE bug; --", []),
    ("SECRET", []),
    ("11 kernel", []),
    ("12345", []),
    ("11", []),
]


@pytest.mark.parametrize(("text", "expected"), SEARCHES)
def test_one_box_finds_components_words_and_people(crowded: Reader, text: str, expected: list[int]) -> None:
    page = crowded.page(f"/search?q={quote(text)}")
    assert sorted(int(row["Bug"]) for row in cells(page)) == sorted(expected)
    assert ("No bug that is known here has" in page.text) == (not expected)
    assert page.text.count("by the last complete sync") == 1, "that nothing is found counts only as of then"
    assert "secret" not in page.text


@pytest.mark.parametrize("text", ["7", "#7", "bug 7", "Bug #7", "rhbz#7", "bz7", " 7 "])
def test_the_number_of_a_bug_leads_to_its_page(crowded: Reader, text: str) -> None:
    assert crowded.redirect(f"/search?q={quote(text)}") == f"{PREFIX}/bug/7"


def test_a_bug_that_is_not_public_and_one_that_does_not_exist_are_found_alike(crowded: Reader) -> None:
    unknown, hidden = (crowded.client.get(f"{PREFIX}/search?q={bug_id}") for bug_id in (12, 11))
    assert unknown.status_code == hidden.status_code == 200
    assert unknown.text.replace("12", "11") == hidden.text.replace("12", "11")
    for bug_id in ("12", "11"):
        assert crowded.redirect(f"/bug/{bug_id}/updates") == f"{PREFIX}/bug/{bug_id}#updates"
    crowded.page("/bug/x/updates", status=404)


def test_an_empty_search_shows_the_form_and_a_long_result_says_that_there_is_more(
    world: World, reader: Reader, database: Database
) -> None:
    assert not list(reader.page("/search").root.iter("table"))
    world.milestone()
    counts, more = [], []
    for bugs in (range(1, 101), range(101, 103)):
        world.add(*(bug_row(bug_id, summary=f"Crash {bug_id}") for bug_id in bugs))
        world.add(*(nomination_row(bug_id) for bug_id in bugs))
        with selects(database) as statements:
            page = reader.page("/search?q=crash&sort=-bug")
        counts.append(len(statements))
        assert [row["Nominated"] for row in cells(page)] == ["45-beta: Proposed Blocker"] * 100
        more.append("There are more than these 100 rows." in page.text)
    assert more == [False, True]
    assert counts[0] == counts[1] <= 8


def test_a_search_works_on_each_kind_of_server(request: pytest.FixtureRequest) -> None:
    database = Database(make_url(request.getfixturevalue("postgresql_url")))
    make_schema(database)
    world = World(database)
    world.bug(1, summary="No Sound 100%", last_change_at=None, flags=[needinfo("carol@example.com")])
    world.bug(2, assigned_to="Carol@example.com")
    reader = Reader(Client(create_app(Settings.of(), database, clock=lambda: NOW)))
    for text, expected in (("carol", [2, 1]), ("sound 100%", [1]), ("a\\b", []), ("example", [])):
        assert [int(row["Bug"]) for row in cells(reader.page(f"/search?q={quote(text)}"))] == expected
    database.dispose()


def test_the_cost_of_every_list_does_not_grow_with_the_bugs(world: World, reader: Reader, database: Database) -> None:
    world.milestone(is_current=True)
    world.milestone("45", "final", trackers={"blocker": 2001, "freeze_exception": 2002})
    world.synced()
    world.updates_synced()
    paths = (UPDATES, NEED_TESTING, "/user/maintainer", "/package/anaconda", INFO)
    counts: list[list[int]] = []
    for bugs in (range(1, 4), range(4, 40)):
        world.add(*(bug_row(bug_id, status="ON_QA") for bug_id in bugs))
        world.add(*(nomination_row(bug_id, "accepted") for bug_id in bugs))
        world.bodhi_update(bodhi_update(alias=f"FEDORA-2026-{bugs.start}", bug_ids=frozenset(bugs)))
        counts.append([])
        for path in paths:
            with selects(database) as statements:
                reader.page(path)
            counts[-1].append(len(statements))
    assert counts[0] == counts[1] == [13, 13, 25, 25, 2]


def test_what_a_milestone_is_made_of(world: World, reader: Reader, database: Database) -> None:
    world.milestone(trackers={"blocker": 1001}, is_read=False)
    with database.writing() as session:
        session.execute(update(MilestoneRow).values(freeze_at=ago(days=3)))
    page = reader.page(INFO)
    assert text_of(page.by_id("trackers")).endswith(
        "45-beta Blocker: tracker 1001, which no sync has read so far No Freeze Exception tracker is set up."
    )
    assert "Freeze 2026-11-20 12:00 UTC (3 days ago) Go/No-Go not known" in text_of(page.by_id("dates"))
    assert "It is in its freeze" in page.text
    assert "BetaBlocker +1" in text_of(page.by_id("decisions"))
    assert {"https://bugzilla.redhat.com/show_bug.cgi?id=1001", "https://pagure.io/fedora-qa/blocker-review"} <= set(
        page.links()
    )
    client = Client(create_app(Settings.of(pagure_enabled=False), database, clock=lambda: NOW))
    assert "review ticket" not in Page(client.get(PREFIX + INFO).text).text


@pytest.mark.parametrize("path", ["updates", "need_testing", "info"])
def test_an_unknown_milestone_names_those_that_are_known(crowded: Reader, path: str) -> None:
    assert "Fedora 45 Beta" in crowded.page(f"/milestone/99/beta/{path}", status=404).text


def test_the_pages_of_a_milestone_lead_to_one_another(crowded: Reader) -> None:
    names = (
        "",
        "/buglist",
        "/updates",
        "/need_testing",
        "/decisions",
        "/meeting",
        "/report",
        "/requests",
        "/go-no-go",
        "/info",
    )
    for name in names:
        page = crowded.page(f"{OVERVIEW}{name}")
        (nav,) = (e for e in page.root.iter("nav") if e.get("class") == "tabs")
        assert [a.get("href") for a in nav.iter("a")] == [f"{PREFIX}{OVERVIEW}{each}" for each in names]
        current = [a.get("href") for a in nav.iter("a") if a.get("aria-current") == "page"]
        assert current == [f"{PREFIX}{OVERVIEW}{name}"]


@pytest.mark.parametrize("path", [UPDATES, NEED_TESTING, "/user/carol", "/package/kernel", "/search"])
def test_every_list_refuses_what_it_does_not_have(crowded: Reader, path: str) -> None:
    for query in ("nonsense=1", "sort=nonsense", "format=xml", "q=" + "x" * 201):
        page = crowded.page(f"{path}?{query}", status=400)
        assert f"{PREFIX}{path}" in page.links()


def test_what_is_missing_is_told_on_a_person_s_page_too(world: World, reader: Reader) -> None:
    world.milestone(is_read=False)
    page = reader.page("/user/carol")
    assert "No sync has read these trackers so far: 45-beta Blocker, 45-beta Freeze Exception." in page.warnings
    assert "Nothing is asked of carol, but there are no data yet." in page.text
