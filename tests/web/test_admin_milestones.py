"""Administrators set releases and milestones up: nothing is stored unseen, and what is refused changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from bbconsumer.db.models import MilestoneRow, TrackerRow
from bbconsumer.simulator.cast import PRIVATE_GROUP
from tests.flow.world import FINAL, add_milestone
from tests.web.admin_site import BETA, AdminSite, build_admin_site, noticed, problem
from tests.web.reading import text_of

ADD = "/admin/add_milestone"
HOSTILE = "<script>alert(1)</script>\"'{{ 7*7 }}"


@pytest.fixture
def site(sqlite_url: str) -> Iterator[AdminSite]:
    """A site with 45 Beta, whose Bugzilla has the trackers of 45 Final too."""
    with build_admin_site(sqlite_url) as site:
        yield site


def _trackers(site: AdminSite, release: str) -> dict[str, int]:
    of_release = (
        select(MilestoneRow.name, TrackerRow.kind, TrackerRow.id)
        .join(TrackerRow, TrackerRow.milestone_id == MilestoneRow.id)
        .where(MilestoneRow.release == release)
    )
    with site.world.database.reading() as session:
        return {f"{name} {kind}": number for name, kind, number in session.execute(of_release)}


def test_a_milestone_is_added_with_trackers_that_were_shown(site: AdminSite) -> None:
    number = site.world.create("Blockers of Final, the real ones")
    preview = site.send(ADD, action="preview", release=" 45", name="final", blocker=str(number), current="1")
    assert preview.status_code == 200
    assert f"Bug {number}</a>: <bdi>Blockers of Final, the real ones</bdi>" in preview.text
    assert "It has not the usual alias F45FinalBlocker." in preview.text
    assert "<bdi>F45FinalFreezeException</bdi>" in preview.text
    assert _trackers(site, "45").keys() == {"beta blocker", "beta freeze_exception"}
    page = site.refused(ADD, status=200, action="preview", release="45", name="final", blocker=str(number), current="1")
    added = site.done(ADD, action="store", **site.inputs(page, ADD))
    assert noticed(added).startswith("The milestone is stored")
    assert "It is active, current." in added.text
    assert _trackers(site, "45")["final blocker"] == number
    ((actor, act, subject, detail),) = site.noted()
    assert (actor, act, subject) == ("alice", "add_milestone", "45-final")
    assert detail.startswith(f"added; made current; Blocker tracker {number}; Freeze Exception tracker")


def test_what_cannot_be_a_tracker_is_refused_beside_its_field_and_everything_typed_stays(site: AdminSite) -> None:
    private = site.world.create("Secret", groups=[PRIVATE_GROUP], alias=["SecretBlocker"])
    trackers = site.world
    for typed, said in (
        (str(private), f"Bugzilla has no bug {private} that everybody may read"),
        ("SecretBlocker", "Bugzilla has no bug SecretBlocker that everybody may read"),
        ("99999999", "Bugzilla has no bug 99999999 that everybody may read"),
        ("NoSuchAlias", "Bugzilla has no bug NoSuchAlias that everybody may read"),
        (HOSTILE, f"Bugzilla has no bug {HOSTILE} that everybody may read"),
    ):
        for action in ("preview", "store"):
            page = site.refused(ADD, action=action, release="45", name="final", blocker=typed)
            assert said in problem(page)
            assert page.by_id("blocker").get("value") == typed
            assert page.by_id("blocker").get("aria-invalid") == "true"
            assert said in "".join(page.by_id("blocker-problem").itertext())
            assert page.by_id("name-2").get("checked") is not None
    nasty = trackers.create(HOSTILE)
    shown = site.refused(ADD, status=200, action="preview", release="45", name="final", blocker=str(nasty))
    assert HOSTILE in shown.text
    same = str(trackers.create())
    page = site.refused(ADD, action="preview", release="45", name="final", blocker=same, freeze_exception=same)
    assert "cannot be both trackers" in problem(page)
    for action in ("preview", "store"):
        taken = site.refused(ADD, action=action, release="45", name="final", blocker=str(trackers.blocker))
        assert "is the Blocker tracker of Fedora 45 Beta already" in text_of(taken.by_id("blocker-problem"))
        other = site.refused(ADD, action=action, release="45", name="beta", blocker=same)
        assert f"{trackers.blocker} is the Blocker tracker of Fedora 45 Beta" in text_of(other.by_id("blocker-problem"))
    unmade = site.refused(ADD, action="preview", release="46", name="beta")
    assert "no bug F46BetaBlocker that everybody may read: create it there" in text_of(unmade.by_id("blocker-problem"))
    page = site.refused(ADD, action="preview", release="forty", name="gamma")
    assert "2 things to change" in problem(page)
    assert site.noted() == []
    assert _trackers(site, "45").keys() == {"beta blocker", "beta freeze_exception"}


def test_while_bugzilla_is_away_it_says_so_and_keeps_what_was_typed(site: AdminSite) -> None:
    site.world.bugzilla.switches.update({"paths": "", "fail": {"kind": "html", "status": 503}})
    page = site.refused(ADD, action="preview", release="45", name="final", blocker="7")
    assert "Bugzilla cannot be reached at the moment" in problem(page)
    assert page.by_id("blocker").get("value") == "7"
    plan = site.reader.page(f"{BETA}/rollover")
    assert "Bugzilla cannot be reached at the moment" in problem(plan)
    assert site.noted() == []


def test_a_release_is_added_by_its_number(site: AdminSite) -> None:
    assert noticed(site.done("/admin/releases", release="47")) == "The release is stored."
    assert noticed(site.done("/admin/releases", release="47")) == "Nothing was changed: it was so already."
    page = site.refused("/admin/releases", release=HOSTILE)
    assert page.by_id("release").get("value") == HOSTILE
    assert "is not a release" in problem(page)
    assert "Without a milestone: 47." in site.reader.page("/admin/milestones").text
    assert site.noted() == [("alice", "add_release", "47", "added")]


def test_dates_are_stored_as_they_are_typed_and_only_those(site: AdminSite) -> None:
    shown = site.inputs(site.reader.page(BETA), BETA)
    page = site.done(BETA, action="dates", **{**shown, "freeze_at": "2026-09-08 14:00", "target_at": "2026-09-29"})
    assert noticed(page) == "The dates are stored."
    assert [page.by_id(name).get("value") for name in ("freeze_at", "go_no_go_at", "target_at")] == [
        "2026-09-08 14:00", "", "2026-09-29 00:00"
    ]  # fmt: skip
    assert noticed(site.done(BETA, action="dates", **site.inputs(page, BETA))).startswith("Nothing was changed")
    typed = {**site.inputs(page, BETA), "freeze_at": "soon", "target_at": "2027-09-29"}
    wrong = site.refused(BETA, action="dates", **typed)
    assert "1 thing to change Freeze: This is no date" in problem(wrong)
    assert [wrong.by_id(name).get("value") for name in ("freeze_at", "target_at")] == ["soon", "2027-09-29"]
    late = site.refused(BETA, action="dates", **{**site.inputs(page, BETA), "freeze_at": "2026-10-01"})
    assert "Target date (2026-09-29 00:00 UTC) would be before Freeze (2026-10-01 00:00 UTC)" in problem(late)
    assert late.by_id("freeze_at").get("value") == "2026-10-01"
    assert "would be before Freeze" in text_of(late.by_id("freeze_at-problem"))
    mistyped = site.refused(BETA, action="dates", **{**site.inputs(page, BETA), "freeze_at": "0206-09-08"})
    assert "look at the year again" in text_of(mistyped.by_id("freeze_at-problem"))
    assert [(act, detail) for _, act, _, detail in site.noted()] == [
        (
            "set_dates",
            "Freeze: 2026-09-08 14:00 UTC (was: not known); Target date: 2026-09-29 00:00 UTC (was: not known)",
        )
    ]


def test_of_two_who_change_dates_neither_overwrites_what_the_other_did(site: AdminSite) -> None:
    shown = site.inputs(site.reader.page(BETA), BETA)
    site.sign_in("bob")
    site.done(BETA, action="dates", **{**shown, "freeze_at": "2026-09-08"})
    site.sign_in("alice")
    page = site.refused(BETA, action="dates", **{**shown, "freeze_at": "2026-09-01", "target_at": "2026-09-29"})
    assert "Freeze was changed by somebody else meanwhile: it is now 2026-09-08 00:00 UTC" in problem(page)
    assert "by somebody else" in text_of(page.by_id("freeze_at-problem"))
    assert [page.by_id(name).get("value") for name in ("freeze_at", "target_at")] == ["2026-09-01", "2026-09-29"]
    # Another date is no quarrel, and does not bring the old one back.
    page = site.done(BETA, action="dates", **{**shown, "target_at": "2026-09-29"})
    assert [page.by_id(name).get("value") for name in ("freeze_at", "target_at")] == [
        "2026-09-08 00:00", "2026-09-29 00:00"
    ]  # fmt: skip
    assert [actor for actor, *_ in site.noted()] == ["bob", "alice"]


def test_a_milestone_is_made_inactive_active_and_current(site: AdminSite) -> None:
    assert "It has ended." in site.done(BETA, action="end").text
    assert "is inactive, and so it cannot be current" in problem(site.refused(BETA, action="current"))
    assert "It is active." in site.done(BETA, action="activate").text
    assert "It is active, current." in site.done(BETA, action="current").text
    assert [detail for *_, detail in site.noted()] == [
        "made inactive; not current any more", "made active", "made current"
    ]  # fmt: skip
    assert site.send(BETA, action="burn").status_code == 400
    assert site.send("/admin/milestones/99/beta", action="end").status_code == 404


def test_a_roll_over_is_done_exactly_as_it_was_shown_and_once(site: AdminSite) -> None:
    address = f"{BETA}/rollover"
    shown = site.inputs(site.reader.page(address), address)
    assert "Make Fedora 45 Beta inactive. What is stored of it stays." in shown["step"]
    assert site.noted() == []
    # Somebody else adds what the plan would have added.
    add_milestone(site.world, FINAL)
    page = site.refused(address, status=409, **shown)
    assert "It is not the plan any more that was shown to you" in problem(page)
    assert "It is not the plan any more" in problem(site.refused(address, status=409, step="Make it so."))
    again = site.inputs(page, address)
    assert again != shown
    assert noticed(site.done(address, **again)).startswith("The roll-over is done.")
    site.sign_in("bob")
    assert "It is not the plan any more" in problem(site.refused(address, status=409, **again))
    assert "Nothing is left to do" in site.reader.page(address).text
    assert [(actor, subject) for actor, act, subject, _ in site.noted() if act == "rollover"] == [("alice", "45-beta")]


def test_a_roll_over_that_cannot_be_planned_says_what_is_missing(site: AdminSite) -> None:
    add_milestone(site.world, FINAL)
    page = site.reader.page("/admin/milestones/45/final/rollover")
    assert "Bugzilla knows no bugs with the aliases F46BetaBlocker" in problem(page)
    refused = site.refused("/admin/milestones/45/final/rollover", status=409, step="Make it so.")
    assert "Bugzilla knows no bugs with the aliases" in problem(refused)
    assert [act for _, act, *_ in site.noted()] == ["add_milestone"]
