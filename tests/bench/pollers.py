"""What people have today: programs that ask Bugzilla every so often. Each remembers what it would show of a bug."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import requests

from bbconsumer.simulator.cast import SERVICE_KEY
from bbconsumer.simulator.records import timestamp
from bbconsumer.simulator.scenario import StoryClock

# What a list of blockers shows of a bug, and by which the search of changes is told of it. Flags cannot be in that list
# at the original, which is why people there wait for news of them.
SHOWN = ("id", "status", "resolution", "whiteboard", "blocks", "flags", "assigned_to", "component", "summary")
_WATCHED = ("bug_status", "resolution", "status_whiteboard", "blocked", "assigned_to", "component", "short_desc")

Sight = tuple[object, ...]


def sight_of(bug: Mapping[str, Any], tracker_ids: Collection[int]) -> Sight | None:
    """What a list shows of a bug; None when it is on no list."""
    on = frozenset(bug["blocks"]) & frozenset(tracker_ids)
    needinfos = frozenset(flag["requestee"] for flag in bug["flags"] if flag["name"] == "needinfo")
    plain = tuple(bug[name] for name in ("status", "resolution", "whiteboard", "assigned_to", "component", "summary"))
    return (on, needinfos, *plain) if on else None


class Poller(Protocol):
    """A program that asks when it is told to."""

    seen: dict[int, Sight | None]

    def poll(self) -> None:
        """Ask, and remember."""


@dataclass
class _Asking:
    url: str
    tracker_ids: Sequence[int]
    clock: StoryClock
    seen: dict[int, Sight | None] = field(default_factory=dict)
    session: requests.Session = field(default_factory=requests.Session)

    def _find(self, **parameters: str | int) -> list[dict[str, Any]]:
        asked: dict[str, str | int] = {
            "Bugzilla_api_key": SERVICE_KEY,
            "limit": 0,
            "include_fields": ",".join(SHOWN),
            **parameters,
        }
        answer = self.session.get(f"{self.url}/rest/bug", params=asked, timeout=60)
        answer.raise_for_status()
        bugs: list[dict[str, Any]] = answer.json()["bugs"]
        return bugs

    def _sights(self, bugs: Sequence[Mapping[str, Any]]) -> dict[int, Sight | None]:
        return {bug["id"]: sight_of({**bug, "component": bug["component"][0]}, self.tracker_ids) for bug in bugs}


class Everything(_Asking):
    """Asks for all bugs of each tracker, every time: one request a tracker."""

    def poll(self) -> None:
        """Ask, and forget what is on no tracker any more."""
        self.seen = {}
        for tracker_id in self.tracker_ids:
            self.seen |= self._sights(self._find(blocks=tracker_id))


@dataclass
class Changes(_Asking):
    """Asks, as the original does, for each tracker what changed since; a search that does not watch flags.

    Better than that it reads the trackers' own lists before, so that it learns which bugs are new and which left.
    """

    asked_at: str = ""

    def poll(self) -> None:
        """Ask, and keep what did not change."""
        asked_at = timestamp(self.clock())
        trackers = self._find(id=",".join(map(str, self.tracker_ids)), include_fields="id,depends_on")
        found: dict[int, Sight | None] = {}
        for tracker in trackers:
            ids = set(tracker["depends_on"])
            if new := ids - self.seen.keys() - found.keys():
                found |= self._sights(self._find(id=",".join(map(str, new))))
            if old := ids & self.seen.keys():
                found |= self._sights(self._find(id=",".join(map(str, old)), j_top="OR", **self._changed()))
        listed = {bug_id for tracker in trackers for bug_id in tracker["depends_on"]}
        self.seen = {bug_id: sight for bug_id, sight in (self.seen | found).items() if bug_id in listed}
        self.asked_at = asked_at

    def _changed(self) -> dict[str, str]:
        charts: dict[str, str] = {}
        for number, name in enumerate(_WATCHED, start=1):
            charts |= {f"f{number}": name, f"o{number}": "changedafter", f"v{number}": self.asked_at}
        return charts
