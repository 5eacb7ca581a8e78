"""What Bodhi does within one transaction: requests, karma, thresholds, and what follows from them.

Nothing is stored or told before the operation is over; one that is refused leaves no trace.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any, Protocol

from bbconsumer.simulator import bodhi_json
from bbconsumer.simulator.bodhi_bridge import Letter, comment_letter, letter, ready_letter
from bbconsumer.simulator.bodhi_errors import no_update, refused
from bbconsumer.simulator.bodhi_records import (
    OBSOLETE,
    PENDING,
    STABLE,
    SYSTEM,
    TESTING,
    UNPUSHED,
    Release,
    Remark,
    Update,
)

_NOT_READY = "This update has not yet met the minimum testing requirements"
_NO_AUTOPUSH = "Bodhi is disabling automatic push to stable due to negative karma."


class Books(bodhi_json.Directory, Protocol):
    """What is stored."""

    @property
    def is_listened_to(self) -> bool:
        """Whether anybody gets the messages: else they need not be written."""

    def stored(self, alias: str) -> Update | None: ...

    def updates_with(self, packages: Collection[str]) -> Iterable[Update]:
        """The updates that have, or once had, a build of any of the packages; oldest first."""

    def issue_comment_id(self) -> int: ...


class Work:
    """One operation: its updates as they will be, and what will be told of them."""

    def __init__(self, books: Books) -> None:
        self.changed: dict[str, Update] = {}
        self.letters: list[Letter] = []
        self._books = books

    def update(self, alias: str) -> Update:
        update = self.changed.get(alias) or self._books.stored(alias)
        if update is None:
            raise no_update()
        return update

    def put(self, update: Update) -> None:
        self.changed[update.alias] = update

    def set(self, alias: str, **values: Any) -> None:
        self.put(replace(self.update(alias), **values))

    def tell(self, kind: str, alias: str, **more: object) -> None:
        if self._books.is_listened_to:
            self.letters.append(letter(self._books, kind, self.update(alias), **more))

    def tell_ready(self, alias: str, agent: str) -> None:
        if self._books.is_listened_to:
            self.letters.append(ready_letter(self._books, self.update(alias), agent))

    def remark(self, alias: str, text: str, user: str = SYSTEM, karma: int = 0) -> Remark:
        """Write a comment and do nothing else."""
        update = self.update(alias)
        remark = Remark(self._books.issue_comment_id(), self._books.person(user).name, text, karma, self._books.now())
        self.put(replace(update, comments=(*update.comments, remark)))
        return remark

    def comment(self, alias: str, user: str, text: str, karma: int) -> Remark:
        """Write a comment; its karma counts, and then it is told."""
        if not text and not karma:
            raise refused("You must provide either some text or feedback", "comment")
        # Nobody may give karma to an update of their own; Bodhi says so and takes the comment.
        counted = 0 if user == self.update(alias).submitter else karma
        remark = self.remark(alias, text, user, counted)
        if user == SYSTEM:
            return remark
        if counted:
            self._check_thresholds(alias)
        if self._books.is_listened_to:
            self.letters.append(comment_letter(self._books, self.update(alias), remark))
        return remark

    def request(self, alias: str, action: str, user: str) -> None:
        """Ask for `testing` or `stable`; what is asked for already, or so already, stays without a word."""
        update, release = self._asked(alias)
        if action in (update.status, update.request):
            return
        if update.is_locked:
            raise refused("Can't change the request on a locked update")
        if action == STABLE:
            action = self._allowed(update, release)
        status = PENDING if update.status in (OBSOLETE, UNPUSHED) else update.status
        self.set(alias, request=action, status=status)
        self.remark(alias, f"This update has been submitted for {action} by {user}. ")
        self.tell(f"request.{action}", alias, agent=user)
        if action == STABLE:
            self.obsolete_older(alias)

    def revoke(self, alias: str) -> None:
        """Take a request back; without it a pending update is nothing any more."""
        update = self.update(alias)
        if not update.request:
            raise refused("Can only revoke an update with an existing request")
        is_new = (update.status, update.request) == (PENDING, TESTING)
        self.set(alias, status=UNPUSHED if is_new else update.status, request="")

    def unpush(self, alias: str) -> None:
        """Take it out of testing."""
        update = self.update(alias)
        if update.status == UNPUSHED:
            return
        if update.status != TESTING:
            raise refused(f"Can't unpush a {update.status} update")
        self.set(alias, status=UNPUSHED, request="", is_pushed=False)

    def obsolete(self, alias: str, newer: str = "") -> None:
        self.set(alias, status=OBSOLETE, request="", is_pushed=False)
        by = f" by [{newer}]({self._books.web_url}/updates/{newer})" if newer else ""
        self.remark(alias, f"This update has been obsoleted{by}.")

    def obsolete_older(self, alias: str) -> None:
        """Let an update replace the older ones of its packages, whose bugs it takes over. Nothing tells of it."""
        packages = {build.package for build in self.update(alias).builds}
        for stored in self._books.updates_with(packages):
            old, new = self.update(stored.alias), self.update(alias)
            if _is_replaced(old, new) and packages >= {build.package for build in old.builds}:
                notes = f"{new.notes}\n\n----\n\n{old.notes}"
                self.set(alias, bugs=tuple(sorted({*new.bugs, *old.bugs})), notes=notes)
                self.obsolete(old.alias, alias)
                self.remark(alias, f"This update has obsoleted {old.title}, and has inherited its bugs and notes.")

    def approve(self, alias: str) -> None:
        """Note that it may become stable. Raises: BodhiRefusal when it may not."""
        update, release = self._asked(alias)
        if update.status != TESTING or not update.is_ready(release, self._books.now()):
            raise refused(_NOT_READY)
        self.set(alias, approved_at=update.approved_at or self._books.now())

    def unlock(self, alias: str) -> None:
        """Let a compose be over; what it stood in the way of comes about now."""
        if not self.update(alias).is_locked:
            raise refused("Only an update that a compose left locked is unlocked")
        self.set(alias, request="", is_locked=False)
        if self.update(alias).status == TESTING:
            self._check_thresholds(alias)
        self.obsolete_older(alias)

    def note_edit(self, alias: str, user: str, new: Collection[str], removed: Collection[str]) -> None:
        """Comment on an edit. Bodhi resets the karma by the words of this comment."""
        parts = [f"{user} edited this update."]
        for title, nvrs in (("New build(s):", new), ("Removed build(s):", removed)):
            if nvrs:
                parts += [title, "\n".join(f"- {nvr}" for nvr in nvrs)]
        self.remark(alias, "\n\n".join([*parts, "Karma has been reset."] if new or removed else parts))

    def send_back(self, before: Update, user: str) -> None:
        """What other builds than before mean: testing begins anew."""
        if before.is_locked:
            raise refused("Can't add builds to or remove them from a locked update", "builds")
        if not self._books.release(before.release).composed_by_bodhi:
            raise refused("The simulated Bodhi lets nobody change the builds of an update that it does not compose")
        self.set(before.alias, testing_at=None)
        if before.status != PENDING:
            self.unpush(before.alias)
        self.request(before.alias, TESTING, user)

    def _asked(self, alias: str) -> tuple[Update, Release]:
        update = self.update(alias)
        return update, self._books.release(update.release)

    def _allowed(self, update: Update, release: Release) -> str:
        """What becomes of a request for stable; an update that is not ready is at best sent to testing."""
        if not release.composed_by_bodhi:
            raise refused("Setting a request on an Update for a Release not composed by Bodhi is not allowed")
        if update.status == PENDING and release.state == "frozen":
            raise refused("The release of this update is frozen and the update has not yet been pushed to testing.")
        if update.is_ready(release, self._books.now()):
            return STABLE
        if update.status == TESTING or update.request == TESTING:
            raise refused(_NOT_READY)
        return TESTING

    def _check_thresholds(self, alias: str) -> None:
        update, release = self._asked(alias)
        is_frozen_out = update.status != TESTING and release.state == "frozen"
        if update.is_locked or update.status not in (TESTING, PENDING) or is_frozen_out:
            return
        if update.unstable_karma and update.karma <= update.unstable_karma:
            self.obsolete(alias)
            self.tell("karma.threshold.reach", alias, status="unstable")
            update = self.update(alias)
        if not release.composed_by_bodhi:
            return
        has_negative = any(karma < 0 for karma in update.counted_karma())
        if has_negative and update.request != STABLE and (update.autokarma or update.autotime):
            self.set(alias, autokarma=False, autotime=False)
            self.remark(alias, _NO_AUTOPUSH)
        elif update.autokarma and update.karma >= update.stable_karma:
            self._push_by_karma(alias)

    def _push_by_karma(self, alias: str) -> None:
        update = self.update(alias)
        if update.gating not in ("", "ignored", "passed"):
            return
        self.set(alias, approved_at=update.approved_at or self._books.now())
        self.request(alias, STABLE, SYSTEM)
        self.tell("karma.threshold.reach", alias, status="stable")


def _is_replaced(old: Update, new: Update) -> bool:
    is_on_its_way = old.request == STABLE and new.request != STABLE
    is_open = old.status in (PENDING, TESTING) and not old.is_locked
    return old.release == new.release and old.id < new.id and is_open and not is_on_its_way
