"""What people go on doing to a release: an endless, seeded run of single edits."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from bbconsumer.simulator.bugzilla import Bugzilla
from bbconsumer.simulator.cast import COMPONENTS, MAINTAINERS, REPORTERS, SECRETARY, invented_title, maintainer_of
from bbconsumer.simulator.plots import BETA, BETA_FE, FINAL, FINAL_FE, PROGRESS, Beat, changes_of
from bbconsumer.simulator.records import Bug

# Some twice: in a Beta freeze, most of what happens is about Beta.
_CURRENT_TRACKERS = (BETA, BETA, BETA_FE, BETA_FE, FINAL, FINAL_FE)
_NEXT_STATUS = dict(pairwise(PROGRESS))
_DECIDING_WORDS = {
    "Blocker": ("acceptedblocker", "rejectedblocker", "accepted0day", "acceptedpreviousrelease"),
    "FreezeException": ("acceptedfreezeexception", "rejectedfreezeexception"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One edit that has been made.

    `visible` is what a reader of the bug's page, or of the list of the tracker's
    milestone, must see now: a decision (`proposed`, `accepted`, `rejected`, `withdrawn`),
    a state (`ON_QA`, `CLOSED ERRATA`), `needinfo`, or a new bug's title. Empty: nothing
    that such a page shows has changed. `tracker` is the alias concerned, if one is.
    """

    bug_id: int
    description: str
    visible: str
    tracker: str = ""


def steps(
    state: Bugzilla, tracker_ids: Mapping[str, int], unrelated_ids: Sequence[int], chance: Random
) -> Iterator[Step]:
    """Make one edit each time the next step is asked for."""
    crowd = _Crowd(state, tracker_ids, unrelated_ids, chance)
    actions = list(crowd.weight_by_action)
    weights = list(crowd.weight_by_action.values())
    while True:
        step = chance.choices(actions, weights)[0]()
        if step is not None:
            yield step


class _Crowd:
    """Everybody who edits. Each action gives None if no bug is in the state that it needs."""

    def __init__(
        self, state: Bugzilla, tracker_ids: Mapping[str, int], unrelated_ids: Sequence[int], chance: Random
    ) -> None:
        self._state = state
        self._tracker_ids = tracker_ids
        self._unrelated_ids = unrelated_ids
        self._chance = chance
        self.weight_by_action: Mapping[Callable[[], Step | None], int] = {
            self._propose: 3,
            self._file_and_propose: 2,
            self._accept: 3,
            self._reject: 2,
            self._withdraw: 1,
            self._move: 6,
            self._close: 2,
            self._reopen: 1,
            self._ask: 2,
            self._answer: 1,
            self._comment_on_tracked: 3,
            self._comment_on_unrelated: 4,
            self._edit_unrelated: 3,
        }

    def _propose(self) -> Step | None:
        alias = self._chance.choice(_CURRENT_TRACKERS)
        bug = self._pick(
            bug
            for bug in map(self._state.bug, self._unrelated_ids)
            if bug.product == "Fedora" and bug.is_open and not bug.blocks and not bug.whiteboard
        )
        return self._play(bug, Beat(0, track=(alias,)), "proposed", alias)

    def _file_and_propose(self) -> Step:
        alias, component = self._chance.choice(_CURRENT_TRACKERS), self._chance.choice(COMPONENTS)
        title = invented_title(component, self._chance)
        fields = {"product": "Fedora", "component": component, "version": "45", "summary": title, "blocks": [alias]}
        fields["assigned_to"] = maintainer_of(component)
        bug_id = self._state.create_bug(fields, self._chance.choice(list(REPORTERS)))
        return Step(bug_id, f"new bug, proposed for {alias}", title, alias)

    def _accept(self) -> Step | None:
        bug, alias = self._proposed()
        return self._play(bug, Beat(0, words=(f"Accepted{_kind(alias)}",)), "accepted", alias)

    def _reject(self) -> Step | None:
        bug, alias = self._proposed()
        beat = Beat(0, untrack=(alias,), words=(f"Rejected{_kind(alias)}",))
        return self._play(bug, beat, "rejected", alias)

    def _withdraw(self) -> Step | None:
        bug, alias = self._proposed()
        return self._play(bug, Beat(0, untrack=(alias,)), "withdrawn", alias)

    def _move(self) -> Step | None:
        bug = self._pick(bug for bug in self._tracked() if bug.status in _NEXT_STATUS)
        status = _NEXT_STATUS[bug.status] if bug else ""
        return self._play(bug, Beat(0, fields={"status": status}), status)

    def _close(self) -> Step | None:
        bug = self._pick(bug for bug in self._tracked() if bug.status in {"ON_QA", "VERIFIED"})
        fields = {"status": "CLOSED", "resolution": "ERRATA"}
        return self._play(bug, Beat(0, fields=fields), "CLOSED ERRATA")

    def _reopen(self) -> Step | None:
        bug = self._pick(bug for bug in self._tracked() if not bug.is_open)
        return self._play(bug, Beat(0, fields={"status": "ASSIGNED"}), "ASSIGNED")

    def _ask(self) -> Step | None:
        bug = self._pick(bug for bug in self._tracked() if bug.is_open and not bug.flags)
        flag = {"name": "needinfo", "status": "?", "requestee": self._chance.choice(list(MAINTAINERS))}
        return self._play(bug, Beat(0, fields={"flags": [flag], "comment": "What is missing here?"}), "needinfo")

    def _answer(self) -> Step | None:
        bug = self._pick(bug for bug in self._tracked() if any(flag.name == "needinfo" for flag in bug.flags))
        fields = {"flags": [{"name": "needinfo", "status": "X"}], "comment": "Here is the log."}
        return self._play(bug, Beat(0, fields=fields), "")

    def _comment_on_tracked(self) -> Step | None:
        bug = self._pick(self._tracked())
        return self._play(bug, Beat(0, fields={"comment": "It happens to me, too."}), "")

    def _comment_on_unrelated(self) -> Step | None:
        bug = self._untouched()
        return self._play(bug, Beat(0, fields={"comment": "Any news?"}), "")

    def _edit_unrelated(self) -> Step | None:
        bug = self._untouched()
        severity = self._chance.choice(["low", "medium", "high"])
        return self._play(bug, Beat(0, fields={"severity": severity}), "")

    def _play(self, bug: Bug | None, beat: Beat, visible: str, alias: str = "") -> Step | None:
        if bug is None:
            return None
        who = SECRETARY if beat.words else self._chance.choice(list(REPORTERS))
        changes = changes_of(beat, bug, self._tracker_ids)
        self._state.update_bug([bug.id], changes, who)
        about = f" for {alias}" if alias else ""
        return Step(bug.id, f"{visible or 'edited'}{about}: {', '.join(changes)}", visible, alias)

    def _tracked(self) -> list[Bug]:
        """Every public bug on a current tracker, in a fixed order."""
        ids = {bug_id for alias in _CURRENT_TRACKERS for bug_id in self._state.bug(alias).depends_on}
        return [bug for bug in map(self._state.bug, sorted(ids)) if not bug.is_private]

    def _proposed(self) -> tuple[Bug | None, str]:
        alias = self._chance.choice(_CURRENT_TRACKERS)
        words = _DECIDING_WORDS[_kind(alias)]
        bug = self._pick(
            bug
            for bug in self._tracked()
            if bug.is_open
            and self._tracker_ids[alias] in bug.blocks
            and not any(word in bug.whiteboard.lower() for word in words)
        )
        return bug, alias

    def _untouched(self) -> Bug | None:
        return self._pick(bug for bug in map(self._state.bug, self._unrelated_ids) if not bug.blocks)

    def _pick(self, bugs: Iterator[Bug] | Sequence[Bug]) -> Bug | None:
        candidates = list(bugs)
        return self._chance.choice(candidates) if candidates else None


def _kind(alias: str) -> str:
    return "FreezeException" if alias.endswith("FreezeException") else "Blocker"
