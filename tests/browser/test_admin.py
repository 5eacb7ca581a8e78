"""Administration in a browser: by keyboard, without scripts, and nothing stands in anybody's way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from bbconsumer import commands
from bbconsumer.db import audit
from bbconsumer.db.audit import Act
from bbconsumer.db.models import RemovalGate
from tests.browser.observed import DARK, LIGHT, NARROW, Look
from tests.browser.people import PersonalSite, serving
from tests.flow.world import BETA, World, build_world
from tests.hostile.corpus import TEXTS_BY_KIND
from tests.web.signed_in import ADMINS
from tests.web.world import bug_row, dead_letter_row, work_row

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LONG = "x" * 300
# What would execute opens a dialog, or asks another host for something, which the policy of our pages reports.
NASTY = " ".join((*TEXTS_BY_KIND["markup"][:20], *TEXTS_BY_KIND["attributes"]))
AdminSite: TypeAlias = PersonalSite[World]


@pytest.fixture(scope="module")
def admin_site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdminSite]:
    """One site for all tests here, in which everything needs an operator."""
    path: Path = tmp_path_factory.mktemp("admin") / "world.sqlite"
    with (
        build_world(f"sqlite:///{path}") as world,
        serving(world, world, "/admin", (ADMINS,), bodhi_enabled=False) as site,
    ):
        later = datetime.now(UTC) + timedelta(minutes=20)
        with world.database.writing() as session:
            session.add(bug_row(7, summary=LONG, removal_held=LONG))
            session.add(work_row(7, attempts=3, due_at=later, last_error=LONG))
            session.add(dead_letter_row(1, topic=LONG, reason=LONG, body=LONG * 20))
            session.execute(update(RemovalGate).values(tripped_at=datetime.now(UTC), reason=LONG + NASTY))
            session.add(bug_row(8, summary=NASTY, removal_held=NASTY))
            session.add(work_row(8, attempts=3, due_at=later, last_error=NASTY))
            session.add(dead_letter_row(2, topic=NASTY, reason=NASTY, body=NASTY))
            audit.note(session, "alice", Act.DROP_DEAD_LETTER, NASTY, NASTY)
        commands.ask_for_sync(world.database, site.settings, actor="alice")
        yield site


def _tab_to(page: Page, role: str, name: str) -> None:
    """Go on by keyboard until something has the focus."""
    wanted = page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"the {role} {name!r} cannot be reached by keyboard")


def test_a_milestone_is_added_dated_and_ended_by_keyboard_and_without_scripts(
    browser: Browser, admin_site: AdminSite
) -> None:
    with admin_site.visit(browser, with_scripts=False) as observed:
        page, notice = observed.page, observed.page.get_by_role("status")
        page.goto(f"{admin_site.url}/milestones")
        _tab_to(page, "link", "Add a milestone")
        page.keyboard.press("Enter")
        _tab_to(page, "textbox", "Release")
        page.keyboard.type("45")
        page.keyboard.press("Enter")
        # The milestone is not chosen yet: what is wrong has the focus, and leads to the field.
        expect(page.get_by_role("alert")).to_be_focused()
        _tab_to(page, "radio", "Beta")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_be_focused()
        expect(page.get_by_role("main")).to_contain_text("F45FinalBlocker")
        _tab_to(page, "button", "Add it")
        page.keyboard.press("Enter")
        expect(notice).to_be_focused()
        expect(notice).to_contain_text("The milestone is stored")
        _tab_to(page, "textbox", "Freeze (may be left empty)")
        page.keyboard.type("2026-10-06 14:00")
        page.keyboard.press("Enter")
        expect(notice).to_have_text("The dates are stored.")
        expect(page.get_by_label("Freeze")).to_have_value("2026-10-06 14:00")
        page.goto(f"{admin_site.url}/milestones/45/beta/rollover")
        _tab_to(page, "button", "Do exactly this")
        page.keyboard.press("Enter")
        expect(notice).to_contain_text("The roll-over is done.")
        page.goto(f"{admin_site.url}/audit")
        expect(page.get_by_role("row")).to_have_count(1 + 6)
    commands.set_milestone(admin_site.world.database, BETA, is_active=True, make_current=True, actor="alice")


@pytest.mark.parametrize("look", [LIGHT, DARK, NARROW], ids=lambda look: look.name)
def test_no_page_of_administrators_has_a_barrier_or_a_sideways_scrollbar(
    browser: Browser, admin_site: AdminSite, look: Look
) -> None:
    beta = "/milestones/45/beta"
    paths = ["", "/milestones", "/add_milestone", beta, f"{beta}/rollover"]
    paths += [
        "/queue",
        "/dead_letters",
        "/dead_letters/1",
        "/dead_letters/2",
        "/removals",
        "/audit",
        "/milestones?notice=dates",
    ]
    wrong: list[str] = []
    with admin_site.visit(browser, look) as observed:
        observed.page.on("dialog", lambda dialog: wrong.append(f"a dialog: {dialog.message}"))
        for path in paths:
            found = observed.open(admin_site.url + path) + observed.examine()
            wrong.extend(f"{path}: {each}" for each in found)
        observed.open(f"{admin_site.url}/add_milestone")
        observed.page.get_by_label("Blocker tracker").fill(LONG + NASTY)
        observed.page.get_by_role("button", name="Look the trackers up").click()
        expect(observed.page.get_by_role("alert")).to_be_visible()
        found = [each for each in observed.problems if "status of 422" not in each]
        wrong.extend(f"errors: {each}" for each in found + observed.overflowing() + observed.examine())
    assert "\n".join(wrong) == ""
