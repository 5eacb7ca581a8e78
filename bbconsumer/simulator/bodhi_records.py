"""What the simulated Bodhi stores. Values only: nothing here changes in place."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

PENDING, TESTING, STABLE, OBSOLETE, UNPUSHED = STATUSES = ("pending", "testing", "stable", "obsolete", "unpushed")
REQUESTS = ("testing", "obsolete", "unpush", "revoke", "stable")
RELEASE_STATES = ("disabled", "pending", "frozen", "current", "archived")
GATING = ("waiting", "ignored", "queued", "running", "passed", "failed", "greenwave_failed")

# Bodhi itself, as who it comments; it never gives karma, and none of its comments reaches the bus.
SYSTEM = "bodhi"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account. Bodhi knows the address only of those who logged in."""

    id: int
    name: str
    email: str = ""
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Release:
    """A release that updates are made for.

    `min_karma` or `mandatory_days` have to be reached before anybody may push an update to stable; an update of the
    critical path has limits of its own. Where Bodhi does not compose (Rawhide), updates are pushed by themselves.
    """

    id: int
    name: str
    long_name: str
    version: str
    branch: str
    id_prefix: str = "FEDORA"
    state: str = "current"
    composed_by_bodhi: bool = True
    min_karma: int = 2
    critpath_min_karma: int = 2
    mandatory_days: int = 7
    critpath_mandatory_days: int = 14


@dataclass(frozen=True, slots=True)
class Build:
    """A build by its name-version-release; in one update at most."""

    nvr: str

    @property
    def package(self) -> str:
        return self.nvr.rsplit("-", 2)[0]


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment on an update; `id` is unique in the whole server."""

    id: int
    user: str
    text: str
    karma: int
    at: datetime

    @property
    def resets_karma(self) -> bool:
        """Bodhi has no other memory of it than the words of its own comment."""
        return self.user == SYSTEM and ("New build" in self.text or "Removed build" in self.text)


@dataclass(frozen=True, slots=True)
class Update:
    """An update as it stands after one edit. Builds and bugs are sorted; times are None for what has not happened.

    `gating` is empty where Bodhi was never told to gate. While a compose works on the update it `is_locked`.
    """

    id: int
    alias: str
    release: str
    submitter: str
    submitted_at: datetime
    builds: tuple[Build, ...]
    bugs: tuple[int, ...] = ()
    notes: str = "Fixes things"
    display_name: str = ""
    type: str = "bugfix"
    severity: str = "unspecified"
    status: str = PENDING
    request: str = ""
    autokarma: bool = True
    autotime: bool = True
    stable_karma: int = 3
    unstable_karma: int = -3
    stable_days: int = 0
    critpath_groups: str = ""
    gating: str = ""
    is_locked: bool = False
    is_pushed: bool = False
    modified_at: datetime | None = None
    approved_at: datetime | None = None
    testing_at: datetime | None = None
    stable_at: datetime | None = None
    comments: tuple[Remark, ...] = ()

    @property
    def is_critical(self) -> bool:
        return bool(self.critpath_groups)

    @property
    def title(self) -> str:
        return " ".join(build.nvr for build in self.builds) or self.alias

    @property
    def version_hash(self) -> str:
        return hashlib.sha1(
            " ".join(build.nvr for build in self.builds).encode("utf-8", "backslashreplace")
        ).hexdigest()

    @property
    def pushed_at(self) -> datetime | None:
        """When it last came into a repository: the stable one counts, although it went to testing again."""
        return self.stable_at or self.testing_at

    @property
    def karma(self) -> int:
        return sum(self.counted_karma())

    def counted_karma(self) -> Iterator[int]:
        """Everybody's last karma since the builds last changed."""
        counted = set()
        for remark in reversed(self.comments):
            if remark.resets_karma:
                return
            if remark.karma and remark.user not in counted:
                counted.add(remark.user)
                yield remark.karma

    def is_ready(self, release: Release, now: datetime) -> bool:
        """Whether somebody may push it to stable: its tests passed, and karma or time suffice."""
        if self.gating not in ("", "ignored", "passed"):
            return False
        if self.karma >= (release.critpath_min_karma if self.is_critical else release.min_karma):
            return True
        days = release.critpath_mandatory_days if self.is_critical else release.mandatory_days
        return not days or self.days_in_testing(now) >= days

    def days_in_testing(self, now: datetime) -> int:
        return (now - self.testing_at).days if self.testing_at else 0
