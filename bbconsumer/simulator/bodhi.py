"""The state of the simulated Bodhi and the operations that change it.

Thread-safe: one may read over HTTP while another edits from Python. Of an update's times only an edit moves
`modified_at`, and only a push `testing_at` or `stable_at`; karma, requests, gating and the end of an update move none.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bbconsumer.simulator import bodhi_json
from bbconsumer.simulator.bodhi_bridge import BodhiBridge
from bbconsumer.simulator.bodhi_errors import no_update, refused
from bbconsumer.simulator.bodhi_records import GATING, STABLE, SYSTEM, TESTING, Build, Release, Update
from bbconsumer.simulator.bodhi_registry import Registry
from bbconsumer.simulator.bodhi_work import Work
from bbconsumer.simulator.bridge import Publish
from bbconsumer.simulator.bugzilla import utc_now
from bbconsumer.simulator.versions import Edits, Versions

_READY = "This update can be pushed to stable now if the maintainer wishes"
_COMPOSER = "composer"


class Bodhi(Registry):
    """Releases and updates. Operations raise `BodhiRefusal` and then store nothing.

    `user` is always the name of whoever acts; nobody's rights are checked.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = utc_now,
        web_url: str = "https://bodhi.example.test",
        topic_prefix: str = "org.fedoraproject.prod",
    ) -> None:
        super().__init__()
        self.clock = clock
        self.web_url = web_url
        self.edits = Edits()
        self.updates: Versions[str, Update] = Versions()
        self.bridge = BodhiBridge(topic_prefix)
        self._alias_by_build: dict[str, str] = {}
        self._aliases_by_package: dict[str, set[str]] = {}
        self._comment_count = 0

    def on_message(self, publish: Publish) -> None:
        """Have `publish(topic, body)` called for each message from now on.

        It is called while the state is locked, so that messages keep the order of the edits: it must be quick and
        must not wait for another thread that edits.
        """
        self.bridge.subscribe(publish)

    def now(self) -> datetime:
        return self.clock().astimezone(UTC)

    def update(self, alias: str) -> Update:
        """The update as it stands."""
        update = self.stored(alias)
        if update is None:
            raise no_update()
        return update

    # What work is done with

    @property
    def is_listened_to(self) -> bool:
        return self.bridge.is_listened_to

    def stored(self, alias: str) -> Update | None:
        with self.lock:
            return self.updates.newest(alias)

    def updates_with(self, packages: Collection[str]) -> list[Update]:
        aliases = set().union(*(self._aliases_by_package.get(package, ()) for package in packages))
        return sorted(map(self.update, aliases), key=lambda update: update.id)

    def has_package(self, name: str) -> bool:
        return name in self._aliases_by_package

    def issue_comment_id(self) -> int:
        self._comment_count += 1
        return self._comment_count

    # What people do

    def create_update(
        self, release: str, builds: Iterable[str], user: str, *, bugs: Iterable[int] = (), **settings: Any
    ) -> str:
        """Submit an update, which asks for testing; `settings` are fields of `Update`. Gives its alias.

        Older updates of the same packages become obsolete, and their bugs are the new one's.
        """
        with self._working() as work:
            on, number = self.release(release), len(self.updates.known_keys()) + 1
            alias = _alias(on, number, self.now())
            update = Update(number, alias, on.name, self.person(user).name, self.now(), self._free(builds, alias))
            work.put(_within_policy(replace(update, bugs=_in_order(bugs), **settings), on))
            work.tell_ready(alias, SYSTEM)
            if on.composed_by_bodhi:
                work.request(alias, TESTING, user)
            else:
                work.remark(alias, "This update was automatically created")
            work.obsolete_older(alias)
            return alias

    def edit_update(
        self,
        alias: str,
        user: str,
        *,
        add_bugs: Iterable[int] = (),
        remove_bugs: Iterable[int] = (),
        add_builds: Iterable[str] = (),
        remove_builds: Iterable[str] = (),
        **settings: Any,
    ) -> None:
        """Change bugs, builds, and `settings`, which are fields of `Update`.

        New or removed builds reset the karma and send the update back to testing.
        """
        with self._working() as work:
            before = work.update(alias)
            nvrs = ({build.nvr for build in before.builds} | set(add_builds)) - set(remove_builds)
            bugs = (set(before.bugs) | set(add_bugs)) - set(remove_bugs)
            after = replace(before, bugs=_in_order(bugs), builds=self._free(nvrs, alias), **settings)
            work.put(_within_policy(after, self.release(before.release)))
            new, removed = _missing_in(before.builds, after.builds), _missing_in(after.builds, before.builds)
            work.note_edit(alias, user, new, removed)
            if new or removed:
                work.send_back(before, user)
            work.set(alias, modified_at=self.now())
            new_bugs = [bug_id for bug_id in after.bugs if bug_id not in before.bugs]
            work.tell("edit", alias, agent=user, new_bugs=new_bugs, new_builds=new, removed_builds=removed)
            if new or removed:
                work.tell_ready(alias, user)
            work.obsolete_older(alias)

    def comment(self, alias: str, user: str, text: str = "", karma: int = 0) -> int:
        """Gives the comment's id. Karma may reach a threshold: the update then asks for stable, or is obsolete."""
        with self._working() as work:
            return work.comment(alias, user, text, karma).id

    def request_testing(self, alias: str, user: str) -> None:
        """Also brings back what is obsolete or unpushed."""
        with self._working() as work:
            work.request(alias, TESTING, user)

    def request_stable(self, alias: str, user: str) -> None:
        with self._working() as work:
            work.request(alias, STABLE, user)

    def revoke(self, alias: str, user: str) -> None:
        """Take back what was asked for."""
        with self._working() as work:
            work.revoke(alias)
            work.tell("request.revoke", alias, agent=user)

    def unpush(self, alias: str, user: str) -> None:
        with self._working() as work:
            work.unpush(alias)
            work.comment(alias, user, "This update has been unpushed.", 0)
            work.tell("request.unpush", alias, agent=user)

    def obsolete(self, alias: str, user: str) -> None:
        with self._working() as work:
            work.obsolete(alias)
            work.tell("request.obsolete", alias, agent=user)

    # What Bodhi does

    def set_gating(self, alias: str, state: str) -> None:
        """What has become of the update's tests. Nothing tells of it."""
        if state not in GATING:
            raise ValueError(f"no such state of gating: {state!r}")
        with self._working() as work:
            if work.update(alias).gating != state:
                work.set(alias, gating=state)
                work.remark(alias, f"This update's test gating status has been changed to '{state}'.")

    def approve(self, alias: str) -> None:
        """Say that an update in testing is ready for stable."""
        with self._working() as work:
            work.approve(alias)
            work.remark(alias, _READY)
            work.tell("requirements_met.stable", alias)

    def push_to_testing(self, alias: str, *, unlock: bool = True) -> None:
        """Let a compose put the update into the testing repository, for which it must ask.

        Without `unlock` the compose is not over: the request still stands, and the update is locked.
        """
        with self._working() as work:
            if self.release(work.update(alias).release).composed_by_bodhi:
                self._compose(work, alias, TESTING, unlock, testing_at=self.now())
            else:
                # It is enough that its builds are signed. Nothing tells of it.
                work.set(alias, status=TESTING, request="", is_pushed=True, testing_at=self.now())

    def push_to_stable(self, alias: str, *, unlock: bool = True) -> None:
        """Let a compose put the update into the stable repository, for which it must ask. `unlock`: as above."""
        with self._working() as work:
            if self.release(work.update(alias).release).composed_by_bodhi:
                self._compose(work, alias, STABLE, unlock, stable_at=self.now())
            else:
                # Told is only that it may become stable, which is what it then does.
                work.approve(alias)
                work.tell("requirements_met.stable", alias)
                work.set(alias, status=STABLE, request="", is_pushed=True, stable_at=self.now())

    def unlock(self, alias: str) -> None:
        """End the compose that left an update locked. Nothing tells of it."""
        with self._working() as work:
            work.unlock(alias)

    def eject(self, alias: str, reason: str) -> None:
        """Throw an update out of a compose; what it asked for is forgotten."""
        with self._working() as work:
            asked, on = work.update(alias).request, self.release(work.update(alias).release)
            if not asked:
                raise refused("Only an update that asks for something is in a compose")
            work.remark(alias, f"{alias} ejected from the push because {reason!r}")
            work.set(alias, request="", is_locked=False)
            more = {"repo": f"{on.branch}-updates", "request": asked, "release": bodhi_json.release(on)}
            work.tell("eject", alias, reason=reason, agent=_COMPOSER, **more)

    def _compose(self, work: Work, alias: str, status: str, unlock: bool, **times: datetime) -> None:
        if work.update(alias).request != status:
            raise refused(f"Only an update that asks for {status} is pushed to {status}")
        work.set(alias, status=status, is_pushed=True, is_locked=True, **times)
        work.tell(f"complete.{status}", alias, agent=_COMPOSER)
        work.remark(alias, f"This update has been pushed to {status}.")
        if unlock:
            work.unlock(alias)

    def _free(self, nvrs: Iterable[str], alias: str) -> tuple[Build, ...]:
        """The builds, in order. Raises: BodhiRefusal when another update has one of them, or there are none."""
        names = sorted(set(nvrs))
        if not names:
            raise refused("You may not specify an empty list of builds.", "builds")
        for nvr in names:
            if self._alias_by_build.get(nvr, alias) != alias:
                raise refused(f"Update for {nvr} already exists", "builds")
        return tuple(map(Build, names))

    @contextmanager
    def _working(self) -> Iterator[Work]:
        """One operation, which is one edit; when it is refused, nothing of it is stored or told."""
        with self.lock:
            work = Work(self)
            yield work
            edit = self.edits.begin(self.now())
            for update in work.changed.values():
                before = self.stored(update.alias)
                for build in before.builds if before else ():
                    del self._alias_by_build[build.nvr]
                for build in update.builds:
                    self._alias_by_build[build.nvr] = update.alias
                    self._aliases_by_package.setdefault(build.package, set()).add(update.alias)
                self.updates.put(update.alias, update, edit)
            self.bridge.send(work.letters)


def _alias(release: Release, number: int, now: datetime) -> str:
    digest = hashlib.sha1(f"{release.name} {number}".encode()).hexdigest()
    return f"{release.id_prefix}-{now.year}-{digest[:10]}"


def _in_order(bugs: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(set(bugs)))


def _within_policy(update: Update, on: Release) -> Update:
    """Nobody may ask for less than the release does."""
    karma = on.critpath_min_karma if update.is_critical else on.min_karma
    days = on.critpath_mandatory_days if update.is_critical else on.mandatory_days
    return replace(update, stable_karma=max(update.stable_karma, karma), stable_days=max(update.stable_days, days))


def _missing_in(some: tuple[Build, ...], others: tuple[Build, ...]) -> list[str]:
    return [build.nvr for build in others if build not in some]
