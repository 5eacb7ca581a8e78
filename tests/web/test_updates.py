"""What the pages say of updates, and when they say nothing."""

from typing import Any

import pytest

from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from tests.domain.milestones import update
from tests.web.client import Client
from tests.web.reading import BETA, PREFIX, Page, Reader, selects, text_of
from tests.web.world import NOW, World, ago, bug_row, nomination_row
from web.app import create_app

BUG = "/bug/7"


@pytest.fixture
def known(world: World) -> World:
    """A milestone with a bug, and updates that are known."""
    world.milestone(is_current=True)
    world.synced()
    world.updates_synced()
    world.nominated(7)
    return world


def test_a_bug_s_updates_are_told_with_what_they_still_need(known: World, reader: Reader) -> None:
    known.bodhi_update(update(alias="FEDORA-2026-1", bug_ids=frozenset({7})))
    known.bodhi_update(update(alias="FEDORA-2026-2", bug_ids=frozenset({7, 8}), request="stable", stable_karma=None))
    page = reader.page(BUG)
    assert text_of(page.by_id("updates")) == (
        "Updates 2 FEDORA-2026-2 testing, stable requested, karma 1. F45: anaconda-45.3-1.fc45 "
        "FEDORA-2026-1 testing, karma 1 of 3. F45: anaconda-45.3-1.fc45"
    )
    links = {link.get("href") for link in page.by_id("updates").iter("a")}
    assert f"{Settings.of().bodhi_url}/updates/FEDORA-2026-1" in links
    (row,) = reader.page(BETA).rows("proposed-blockers")
    assert any("FEDORA-2026-1 testing, karma 1 of 3" in cell for cell in row)


def test_a_bug_without_an_update_is_said_to_have_none(known: World, reader: Reader) -> None:
    assert text_of(reader.page(BUG).by_id("updates")) == "Updates 0 No update names this bug."
    (row,) = reader.page(BETA).rows("proposed-blockers")
    assert "none" in row


def test_before_updates_are_known_nothing_is_told_of_them(world: World, reader: Reader) -> None:
    world.milestone(is_current=True)
    world.nominated(7)
    world.bodhi_update(update(bug_ids=frozenset({7})))
    for path in (BETA, BUG):
        assert "FEDORA-2026-1" not in reader.page(path).text
        page = reader.page(path)
        assert "updates" not in page.ids()
        assert "Updates" not in [text_of(head) for head in page.root.iter("th")]


def test_a_notice_says_when_they_may_have_changed(world: World, reader: Reader) -> None:
    world.milestone(is_current=True)
    world.synced()
    world.updates_synced(at=ago(hours=3))
    world.nominated(7)
    for path in (BETA, BUG):
        assert "Stale updates." in reader.page(path).warnings
        assert "(last complete sync of the updates 3 h ago)" in reader.page(path).warnings
    world.updates_synced()
    for path in (BETA, BUG):
        assert "updates" not in reader.page(path).warnings


def test_where_bodhi_is_left_alone_no_page_of_bugs_tells_of_it(known: World, database: Database) -> None:
    known.bodhi_update(update(bug_ids=frozenset({7})))
    client = Client(create_app(Settings.of(bodhi_enabled=False), database, clock=lambda: NOW))
    for path in (BETA, BUG, "/status"):
        shown = Page(client.get(PREFIX + path).text)
        assert "FEDORA-2026-1" not in shown.text
        assert "bodhi" not in shown.text, path


def test_the_number_of_selects_does_not_depend_on_the_number_of_updates(
    known: World, database: Database, reader: Reader
) -> None:
    counts: list[Any] = []
    for number in (1, 9):
        for bug_id in range(100 * number, 100 * number + number):
            known.add(bug_row(bug_id), nomination_row(bug_id))
            known.bodhi_update(update(alias=f"FEDORA-2026-{bug_id}", bug_ids=frozenset({bug_id})))
        with selects(database) as statements:
            reader.page(BETA)
        counts.append(len(statements))
    assert counts[0] == counts[1]
