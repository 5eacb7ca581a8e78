"""What happens to Fedora 45 Beta, from branch to Go/No-Go. Whatever is remarkable is looked at under a label."""

from __future__ import annotations

from datetime import UTC, datetime

from bbconsumer import commands
from bbconsumer.simulator.cast import PRIVATE_GROUP
from tests.release.stage import BETA, Stage

BLOCKER, FREEZE_EXCEPTION = "F45BetaBlocker", "F45BetaFreezeException"
BEGINS = "2026-08-10 08:00"
_DATES = {
    "freeze_at": datetime(2026, 8, 25, 14, tzinfo=UTC),
    "go_no_go_at": datetime(2026, 9, 10, 17, tzinfo=UTC),
    "target_at": datetime(2026, 9, 15, 14, tzinfo=UTC),
}


def play(stage: Stage) -> None:
    """The whole story."""
    branch(stage)
    first_decisions(stage)
    second_meeting(stage)
    fixes(stage)
    freeze(stage)
    a_late_blocker(stage)
    its_fix(stage)
    go_no_go(stage)


def branch(stage: Stage) -> None:
    """The first blocker is there before anybody looks."""
    stage.at("2026-08-10 09:00")
    stage.bugzilla.switches.update({"lose_messages": True})
    stage.file("boot", "anaconda", "The installer does not start on UEFI", BLOCKER)
    stage.bugzilla.switches.reset()
    stage.look("before anything was read")
    stage.at("2026-08-11 09:00")
    stage.sync()
    commands.set_dates(stage.database, BETA, _DATES, actor="alice")
    stage.look("after the first sync")
    stage.at("2026-08-11 13:00")
    stage.sync()


def first_decisions(stage: Stage) -> None:
    """What is decided in a ticket is recorded in Bugzilla by the service."""
    stage.at("2026-08-12 10:00")
    stage.vote("boot", "BetaBlocker +1", "alice", "bob", "carol")
    stage.look("voted on")
    stage.at("2026-08-12 18:00")
    stage.agree("boot", "AcceptedBetaBlocker")
    stage.look("accepted")
    stage.at("2026-08-13 10:00")
    stage.file("panel", "gnome-shell", "The panel flickers | once", BLOCKER)
    stage.file("zero", "dnf5", "Upgrades from Fedora 44 are offered too late", BLOCKER)
    stage.at("2026-08-14 10:00")
    stage.edit("boot", status="ASSIGNED")
    stage.file("theme", "kde-settings", "The wallpaper is that of Fedora 44", FREEZE_EXCEPTION)
    stage.vote("panel", "BetaBlocker -1", "alice", "bob")
    stage.vote("zero", "BetaBlocker +1", "erin")
    stage.vote("theme", "BetaFE +1", "alice", "bob", "dave")


def second_meeting(stage: Stage) -> None:
    """One is rejected, one must only be fixed on release day, one is the same as another."""
    stage.at("2026-08-17 08:00")
    stage.sync()
    stage.look("before the meeting")
    stage.read("before the meeting")
    stage.at("2026-08-17 17:00")
    stage.agree("panel", "RejectedBetaBlocker")
    stage.agree("zero", "Accepted0Day")
    stage.agree("theme", "AcceptedBetaFE")
    stage.look("after the meeting")
    stage.at("2026-08-18 10:00")
    stage.file("again", "lorax", "No boot menu on UEFI", BLOCKER)
    stage.agree("again", "AcceptedBetaBlocker")
    stage.at("2026-08-19 10:00")
    stage.edit("again", dupe_of=stage.bugs["boot"])
    stage.look("a duplicate")


def fixes(stage: Stage) -> None:
    """Each step towards a verified fix is the next thing that is missing; the duplicate follows."""
    stage.at("2026-08-20 10:00")
    stage.edit("boot", status="POST")
    stage.look("a fix without an update")
    stage.at("2026-08-20 15:00")
    boot = stage.submit("boot", "anaconda-45.9-1.fc45")
    stage.edit("boot", status="MODIFIED")
    stage.file("secret", "systemd", "Everybody is root", BLOCKER)
    stage.look("an update that nobody can test")
    stage.at("2026-08-21 10:00")
    stage.test(boot, "bob", "carol")
    stage.edit("boot", status="ON_QA")
    stage.look("an update that was tested")
    stage.at("2026-08-24 08:00")
    stage.sync()
    stage.at("2026-08-24 10:00")
    stage.edit("boot", status="VERIFIED")
    stage.look("verified")


def freeze(stage: Stage) -> None:
    """Only what was accepted may be pushed. A bug that becomes private does so without a word."""
    stage.at("2026-08-26 10:00")
    theme, zero = stage.submit("theme", "kde-settings-45.1-1.fc45"), stage.submit("zero", "dnf5-5.9-1.fc45")
    stage.edit("theme", status="ON_QA")
    stage.edit("zero", status="MODIFIED")
    stage.test(theme, "alice", "dave")
    stage.test(zero, "erin")
    stage.edit("secret", groups={"add": [PRIVATE_GROUP]})
    stage.look("hidden, and not known to be")
    stage.at("2026-08-27 08:00")
    stage.sync()
    stage.look("in the freeze")
    stage.read("in the freeze")
    stage.at("2026-08-27 16:00")
    (boot,) = (update.alias for update in stage.bodhi.state.updates_with(["anaconda"]))
    stage.push(boot)
    stage.edit("boot", status="CLOSED", resolution="ERRATA")
    stage.edit("theme", status="VERIFIED")
    stage.push(theme)
    stage.edit("theme", status="CLOSED", resolution="ERRATA")
    stage.look("only one left")
    stage.at("2026-08-28 10:00")
    stage.bodhi.state.comment(zero, "dave", "No regression here", 1)
    stage.push(zero)
    stage.look("all is done for now")
    stage.at("2026-08-31 08:00")
    stage.sync()


def a_late_blocker(stage: Stage) -> None:
    """Three days before Go/No-Go somebody finds another one."""
    stage.at("2026-09-04 08:00")
    stage.sync()
    stage.at("2026-09-07 20:00")
    stage.file("late", "kernel", "No network after suspend", BLOCKER)
    stage.look("proposed late")
    stage.at("2026-09-08 08:00")
    stage.sync()
    stage.vote("late", "BetaBlocker +1", "alice", "bob", "dave")
    stage.agree("late", "AcceptedBetaBlocker")
    stage.edit("late", flags=[{"name": "needinfo", "status": "?", "requestee": "alice@example.test"}])
    stage.look("a question")
    stage.edit("late", flags=[{"name": "needinfo", "status": "X"}])
    stage.look("an answer")


def its_fix(stage: Stage) -> None:
    """What takes weeks otherwise is done in a day."""
    stage.at("2026-09-08 20:00")
    stage.edit("late", status="MODIFIED")
    late = stage.submit("late", "kernel-6.99-1.fc45")
    stage.edit("zero", status="CLOSED", resolution="CURRENTRELEASE")
    stage.at("2026-09-09 10:00")
    stage.test(late)
    stage.look("an update without karma")
    stage.bodhi.state.comment(late, "alice", "Suspended ten times", 1)
    stage.bodhi.state.comment(late, "erin", "Works", 1)
    stage.edit("late", status="VERIFIED")
    stage.look("the last is verified")


def go_no_go(stage: Stage) -> None:
    """On the day itself one source is away for a while: nobody says GO before it is back."""
    stage.at("2026-09-10 10:00")
    stage.bodhi.switches.update({"fail": {"kind": "status", "status": 503}})
    stage.sync()
    stage.look("bodhi is away")
    stage.bodhi.switches.reset()
    stage.at("2026-09-10 12:00")
    stage.sync()
    stage.look("bodhi is back")
    stage.at("2026-09-10 13:00")
    (late,) = (update.alias for update in stage.bodhi.state.updates_with(["kernel"]))
    stage.push(late)
    stage.edit("late", status="CLOSED", resolution="ERRATA")
    stage.at("2026-09-10 16:30")
    stage.sync()
    stage.look("at the meeting")
    stage.read("at the meeting")
