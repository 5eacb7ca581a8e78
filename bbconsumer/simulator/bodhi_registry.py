"""Whom and what the updates of the simulated Bodhi are about: releases, people, bugs."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from threading import RLock
from typing import Any

from bbconsumer.simulator.bodhi_errors import no_person, no_release
from bbconsumer.simulator.bodhi_records import RELEASE_STATES, SYSTEM, Person, Release


class Registry:
    """Whoever acts has an account by that; a release has to be added."""

    def __init__(self) -> None:
        self.lock = RLock()
        self._releases: dict[str, Release] = {}
        self._people: dict[str, Person] = {}
        self._titles: dict[int, str] = {}
        self.person(SYSTEM)

    def add_release(self, name: str, **fields: Any) -> Release:
        """The name, such as `F45` or `EPEL-9`, is enough; `fields` are those of `Release`."""
        with self.lock:
            self._releases[name] = Release(**{"id": len(self._releases) + 1, **_told_by_name(name), **fields})
            return self._releases[name]

    def set_release_state(self, name: str, state: str) -> None:
        """In a `frozen` release no update goes to stable that is not in testing yet."""
        if state not in RELEASE_STATES:
            raise ValueError(f"no such state of a release: {state!r}")
        with self.lock:
            self._releases[name] = replace(self.release(name), state=state)

    def release(self, name: str) -> Release:
        if name not in self._releases:
            raise no_release()
        return self._releases[name]

    def releases(self) -> Collection[Release]:
        return self._releases.values()

    def add_person(self, name: str, email: str = "", groups: Iterable[str] = ()) -> Person:
        """Let Bodhi know more of somebody than the name."""
        with self.lock:
            self._people[name] = Person(self.person(name).id, name, email, tuple(groups))
            return self._people[name]

    def person(self, name: str) -> Person:
        with self.lock:
            return self._people.setdefault(name, Person(len(self._people) + 1, name))

    def known_person(self, name: str) -> Person:
        """Raises: BodhiRefusal when nobody of that name ever acted."""
        if name not in self._people:
            raise no_person()
        return self._people[name]

    def set_bug_title(self, bug_id: int, title: str) -> None:
        """What Bodhi learns from Bugzilla some time after it first heard of a bug."""
        self._titles[bug_id] = title

    def bug_title(self, bug_id: int) -> str | None:
        return self._titles.get(bug_id)


def _told_by_name(name: str) -> dict[str, str]:
    version = name.removeprefix("EPEL-").removeprefix("F")
    if name.startswith("EPEL"):
        long_name, branch, prefix = f"Fedora EPEL {version}", f"epel{version}", "FEDORA-EPEL"
    else:
        long_name, branch, prefix = f"Fedora {version}", f"f{version}", "FEDORA"
    return {"name": name, "long_name": long_name, "version": version, "branch": branch, "id_prefix": prefix}
