"""What goes on at Bodhi during a freeze: an endless, seeded run of single operations on updates of listed bugs."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random

from bbconsumer.simulator.bodhi import Bodhi
from bbconsumer.simulator.bodhi_records import PENDING, STABLE, TESTING, Update
from bbconsumer.simulator.bugzilla import Bugzilla
from bbconsumer.simulator.cast import REPORTERS
from bbconsumer.simulator.plots import BETA, BETA_FE, FINAL, FINAL_FE
from bbconsumer.simulator.records import Bug

_RELEASE = "F45"
_TESTERS = tuple(address.partition("@")[0] for address in REPORTERS)
_ACCEPTED = ("acceptedblocker", "accepted0day", "acceptedpreviousrelease", "acceptedfreezeexception")
# Most who test find that it works.
_KARMA = (1, 1, 1, -1)


@dataclass(frozen=True, slots=True)
class UpdateStep:
    """One operation that was carried out.

    `visible` is what a reader of the bug's page must see now: `FEDORA-2026-5e50d5a7b8 testing, karma 1`, and between
    the two `stable requested` while the update asks for that.
    """

    alias: str
    bug_id: int
    description: str
    visible: str


def steps(
    bodhi: Bodhi, bugzilla: Bugzilla, tracker_ids: Mapping[str, int], chance: Random
) -> Iterator[UpdateStep | None]:
    """Do one thing each time the next step is asked for; None when there is nothing to do.

    Only what the bus tells of: an older update that a new one makes obsolete would be none of that.
    """
    crowd = _Crowd(bodhi, bugzilla, tracker_ids, chance)
    while True:
        yield crowd.act()


class _Crowd:
    """Everybody who has to do with updates. Each action gives None if no update is in the state that it needs."""

    def __init__(self, bodhi: Bodhi, bugzilla: Bugzilla, tracker_ids: Mapping[str, int], chance: Random) -> None:
        self._bodhi = bodhi
        self._bugzilla = bugzilla
        self._tracker_ids = tracker_ids
        self._chance = chance
        self._weight_by_action: Mapping[Callable[[], UpdateStep | None], int] = {
            self._submit: 2,
            self._push_to_testing: 2,
            self._give_karma: 4,
            self._request_stable: 1,
            self._push_to_stable: 2,
        }

    def act(self) -> UpdateStep | None:
        """One operation; None if there is none that could be done."""
        waiting = dict(self._weight_by_action)
        while waiting:
            (action,) = self._chance.choices(list(waiting), list(waiting.values()))
            del waiting[action]
            if step := action():
                return step
        return None

    def _submit(self) -> UpdateStep | None:
        named = {bug_id for update in self._bodhi.updates.all() for bug_id in update.bugs}
        bugs = [
            bug
            for bug in self._listed()
            if bug.is_open
            and bug.id not in named
            and any(word in bug.whiteboard.lower() for word in _ACCEPTED)
            # Not to make the component's last update obsolete, of which nothing tells.
            and not self._bodhi.has_package(bug.component)
        ]
        if not bugs:
            return None
        bug = self._chance.choice(bugs)
        submitter = bug.assigned_to.partition("@")[0]
        nvr = f"{bug.component}-{self._chance.randrange(1, 50)}-1.fc{_RELEASE[1:]}"
        alias = self._bodhi.create_update(_RELEASE, [nvr], submitter, bugs=[bug.id])
        return self._step(alias, f"{submitter} submitted {nvr}")

    def _push_to_testing(self) -> UpdateStep | None:
        if update := self._pick(lambda update: (update.status, update.request) == (PENDING, TESTING)):
            self._bodhi.push_to_testing(update.alias)
            return self._step(update.alias, "pushed to testing")
        return None

    def _give_karma(self) -> UpdateStep | None:
        def testers(update: Update) -> list[str]:
            said = {remark.user for remark in update.comments if remark.karma}
            return [name for name in _TESTERS if name != update.submitter and name not in said]

        update = self._pick(lambda update: update.status == TESTING and not update.request and bool(testers(update)))
        if update is None:
            return None
        who, karma = self._chance.choice(testers(update)), self._chance.choice(_KARMA)
        self._bodhi.comment(update.alias, who, "Works for me" if karma > 0 else "It is worse than before", karma)
        return self._step(update.alias, f"{who} gave karma {karma:+}")

    def _request_stable(self) -> UpdateStep | None:
        release = self._bodhi.release
        update = self._pick(
            lambda update: (
                update.status == TESTING
                and not update.request
                and update.karma > 0
                and update.is_ready(release(update.release), self._bodhi.now())
            )
        )
        if update is None:
            return None
        self._bodhi.request_stable(update.alias, update.submitter)
        return self._step(update.alias, f"{update.submitter} asked for stable")

    def _push_to_stable(self) -> UpdateStep | None:
        if update := self._pick(lambda update: (update.status, update.request) == (TESTING, STABLE)):
            self._bodhi.push_to_stable(update.alias)
            return self._step(update.alias, "pushed to stable")
        return None

    def _pick(self, is_wanted: Callable[[Update], bool]) -> Update | None:
        """An update of a listed bug."""
        listed = {bug.id for bug in self._listed()}
        updates = [u for u in self._bodhi.updates.all() if listed.intersection(u.bugs) and is_wanted(u)]
        return self._chance.choice(updates) if updates else None

    def _listed(self) -> list[Bug]:
        """The public bugs on the current trackers, in order."""
        with self._bugzilla.lock:
            trackers = [self._bugzilla.bug(self._tracker_ids[alias]) for alias in (BETA, BETA_FE, FINAL, FINAL_FE)]
            ids = {bug_id for tracker in trackers for bug_id in tracker.depends_on}
            return [bug for bug in map(self._bugzilla.bug, sorted(ids)) if not bug.is_private]

    def _step(self, alias: str, description: str) -> UpdateStep:
        update = self._bodhi.update(alias)
        listed = {bug.id for bug in self._listed()}
        asked = f", {update.request} requested" if update.request else ""
        visible = f"{alias} {update.status}{asked}, karma {update.karma}"
        return UpdateStep(alias, min(listed.intersection(update.bugs)), f"{alias}: {description}", visible)
