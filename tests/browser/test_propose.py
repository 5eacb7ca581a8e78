"""Proposing a bug in a browser: by keyboard, with and without scripts, and nothing stands in anybody's way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from playwright.sync_api import Browser, Page, expect

from bbconsumer.simulator.cast import PRIVATE_GROUP
from bbconsumer.wiring import build_worker
from tests.browser.observed import DARK, LIGHT, NARROW, Look
from tests.browser.people import PersonalSite, serving
from tests.flow.world import in_background
from tests.proposals.world import ProposalWorld, build_proposal_world

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LONG = "x" * 300
ProposeSite: TypeAlias = PersonalSite[ProposalWorld]


@pytest.fixture(scope="module")
def propose_site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProposeSite]:
    """One site for all tests here, behind which a worker works."""
    path: Path = tmp_path_factory.mktemp("propose") / "world.sqlite"
    with build_proposal_world(f"sqlite:///{path}") as world:
        worker = build_worker(world.bugs.settings, world.bugs.database)
        thread = in_background(worker.run)
        with serving(world, world.bugs, "/propose_bug", proposals_enabled=True) as site:
            yield site
        worker.stop()
        thread.join()


def _fill_in(page: Page, bug_id: int) -> None:
    page.get_by_label("Bug", exact=True).fill(str(bug_id))
    page.get_by_label("Fedora 45 Beta").check()
    page.get_by_label("Blocker", exact=True).check()
    page.get_by_label("Release criterion").fill("Must boot")
    page.get_by_label("Justification").fill("It does not boot.\nAnywhere.")


def test_a_bug_is_proposed_by_keyboard_and_is_looked_up_while_its_number_is_typed(
    browser: Browser, propose_site: ProposeSite
) -> None:
    world = propose_site.world
    bug_id, private = world.bugs.create("Black screen"), world.bugs.create("Secret", groups=[PRIVATE_GROUP])
    with propose_site.visit(browser) as observed:
        page, heading = observed.page, observed.page.get_by_role("heading", level=1)
        assert observed.open(f"{propose_site.url}?milestone=45-beta") == []
        _type_a_number(page, private, f"Bugzilla has no bug {private} that everybody may read")
        _type_a_number(page, bug_id, f"Bug {bug_id}: Black screen")
        # Past the button and the link of what was found to the milestones, of which one is chosen.
        _press(page, "Tab", 3)
        expect(page.get_by_label("Fedora 45 Beta")).to_be_focused()
        expect(page.get_by_label("Fedora 45 Beta")).to_be_checked()
        _press(page, "Tab")
        _press(page, "Space")
        for text in ("", "Must boot", "It does not boot."):
            _press(page, "Tab")
            page.keyboard.type(text)
        _press(page, "Tab", 2)
        expect(page.get_by_role("button", name="Show what will be written")).to_be_focused()
        _press(page, "Enter")
        expect(heading).to_be_focused()
        expect(page.locator("pre")).to_contain_text("Proposed as a Blocker for 45-beta by alice")
        assert world.said(bug_id) == []
        page.get_by_role("button", name="Write it to Bugzilla").press("Enter")
        expect(heading).to_have_text(f"Bug {bug_id} is proposed as a Blocker for 45-beta")
        expect(heading).to_be_focused()
        page.get_by_role("link", name="list of bugs").click()
        expect(page.get_by_role("group", name="Proposed blockers")).to_contain_text("Black screen")
        assert observed.problems == []
    assert len(world.said(bug_id)) == 1


def _press(page: Page, key: str, times: int = 1) -> None:
    for _ in range(times):
        page.keyboard.press(key)


def _click(page: Page, button: str) -> None:
    page.get_by_role("button", name=button).click()


def _type_a_number(page: Page, bug_id: int, told: str) -> None:
    field = page.get_by_label("Bug", exact=True)
    field.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type(str(bug_id))
    expect(page.locator("#found")).to_contain_text(told)
    expect(field).to_be_focused()


def test_a_bug_is_proposed_without_scripts_and_what_is_wrong_is_told_first(
    browser: Browser, propose_site: ProposeSite
) -> None:
    bug_id = propose_site.world.bugs.create("Grey screen")
    with propose_site.visit(browser, NARROW, with_scripts=False) as observed:
        page = observed.page
        page.goto(propose_site.url)
        page.get_by_label("Justification").fill("It does not boot.")
        # The return key shows what would be written, or what is missing.
        page.get_by_label("Bug", exact=True).press("Enter")
        summary = page.get_by_role("alert")
        expect(summary).to_contain_text("4 things to change")
        expect(summary).to_be_focused()
        summary.get_by_role("link", name="Release criterion").click()
        expect(page.get_by_label("Release criterion")).to_be_in_viewport()
        expect(page.get_by_label("Release criterion")).to_have_accessible_description(
            page.locator("#criterion-problem").inner_text() + " " + page.locator("#criterion-hint").inner_text()
        )
        expect(page.get_by_label("Justification")).to_have_value("It does not boot.")
        _fill_in(page, bug_id)
        page.get_by_role("button", name="Look the bug up").click()
        expect(page.locator("#found")).to_contain_text("Grey screen")
        page.get_by_role("button", name="Show what will be written").click()
        page.get_by_role("button", name="Change something").click()
        expect(page.get_by_label("Justification")).to_have_value("It does not boot.\nAnywhere.")
        page.get_by_role("button", name="Show what will be written").click()
        page.get_by_role("button", name="Write it to Bugzilla").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(f"Bug {bug_id} is proposed")
    assert len(propose_site.world.said(bug_id)) == 1


def test_what_was_typed_outlives_the_session(browser: Browser, propose_site: ProposeSite) -> None:
    bug_id = propose_site.world.bugs.create("White screen")
    with propose_site.visit(browser) as observed:
        page, context = observed.page, observed.page.context
        page.goto(propose_site.url)
        _fill_in(page, bug_id)
        session = context.cookies()
        context.clear_cookies()
        _click(page, "Show what will be written")
        expect(page.get_by_role("heading", level=1)).to_have_text("You are not signed in")
        wrong = observed.overflowing() + observed.examine()
        assert "\n".join(wrong) == ""
        # As by signing in in another tab.
        context.add_cookies(session)  # type: ignore[arg-type]
        _click(page, "Send it once more")
        expect(page.get_by_role("heading", level=1)).to_have_text("What will be written to Bugzilla")
        expect(page.locator("pre")).to_contain_text("It does not boot.\nAnywhere.")


@pytest.mark.parametrize("look", [LIGHT, DARK, NARROW], ids=lambda look: look.name)
def test_no_page_on_the_way_has_a_barrier_or_a_sideways_scrollbar(
    browser: Browser, propose_site: ProposeSite, look: Look
) -> None:
    world = propose_site.world
    bug_id = world.bugs.create(LONG[:255])
    wrong: list[str] = []
    with propose_site.visit(browser, look) as observed:
        page, heading = observed.page, observed.page.get_by_role("heading", level=1)

        def examine(name: str, title: str) -> None:
            expect(heading).to_contain_text(title)
            # The browser reports the answer 422 that was expected.
            found = [each for each in observed.problems if "status of 422" not in each]
            wrong.extend(f"{name}: {each}" for each in found + observed.overflowing() + observed.examine())
            observed.problems.clear()

        observed.open(propose_site.url)
        examine("form", "Propose a bug")
        page.get_by_label("Bug", exact=True).fill(LONG)
        _click(page, "Show what will be written")
        expect(page.get_by_role("alert")).to_be_visible()
        examine("errors", "Propose a bug")
        _fill_in(page, bug_id)
        page.get_by_label("Justification").fill(LONG)
        expect(page.locator("#found")).to_contain_text(LONG[:255])
        _click(page, "Show what will be written")
        examine("preview", "What will be written to Bugzilla")
        world.fail("PUT", kind="html", status=403)
        _click(page, "Write it to Bugzilla")
        examine("kept", "your text is kept")
        world.bugs.bugzilla.switches.reset()
        _click(page, "Send it now")
        examine("result", f"Bug {bug_id} is proposed")
        page.get_by_role("link", name="All that you proposed").click()
        examine("list", "Your proposals")
    assert "\n".join(wrong) == ""
