"""A release in the middle of its Beta freeze, the same for the same seed and clock.

The bugs get where they are by edits at plausible past times, so that every history,
the trackers' included, is what the real server would tell.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from bbconsumer.simulator.bridge import Publish
from bbconsumer.simulator.bugzilla import Bugzilla, utc_now
from bbconsumer.simulator.cast import (
    ADMIN,
    COMPONENTS,
    REPORTERS,
    SECRETARY,
    add_people,
    invented_title,
    maintainer_of,
)
from bbconsumer.simulator.plots import PLOTS, PROGRESS, TRACKERS, Beat, Plot, changes_of
from bbconsumer.simulator.records import Json
from bbconsumer.simulator.steps import Step, steps

FIRST_BUG_ID = 2_400_001
_TRACKERS_CREATED_DAYS_AGO = 250.0
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Scenario:
    """What was built. `notable` names one bug of each plot; `unrelated_ids` were never tracked."""

    state: Bugzilla
    seed: int
    tracker_ids: Mapping[str, int]
    notable: Mapping[str, int]
    unrelated_ids: tuple[int, ...]

    def steps(self) -> Iterator[Step]:
        """Endless human edits, made when the iterator is asked for the next one."""
        return steps(self.state, self.tracker_ids, self.unrelated_ids, Random(f"steps {self.seed}"))


class StoryClock:
    """A clock that stands where the story is."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass
class _Story:
    """The events of all bugs, to be played in the order of their times."""

    state: Bugzilla
    clock: StoryClock
    chance: Random
    tracker_ids: Mapping[str, int]
    events: list[tuple[datetime, int, Callable[[], object]]] = field(default_factory=list)
    told: dict[str, list[Callable[[], int]]] = field(default_factory=dict)

    def at(self, moment: datetime, act: Callable[[], object]) -> None:
        self.events.append((moment, len(self.events), act))

    def play(self) -> None:
        for moment, _, act in sorted(self.events, key=lambda event: event[:2]):
            self.clock.now = moment
            act()


def build_release(
    seed: int = 1,
    clock: Callable[[], datetime] = utc_now,
    *,
    unrelated: int = 300,
    publish: Publish | None = None,
) -> Scenario:
    """Build the release as of `clock()`; from then on the state goes by that clock.

    `publish` also gets the messages of the past that is being built.
    """
    now, chance = clock(), Random(seed)
    story_clock = StoryClock(now - timedelta(days=_TRACKERS_CREATED_DAYS_AGO))
    state = Bugzilla(clock=story_clock, first_bug_id=FIRST_BUG_ID)
    if publish:
        state.on_message(publish)
    add_people(state)
    tracker_ids = create_trackers(state)
    story = _Story(state, story_clock, chance, tracker_ids)
    for plot in PLOTS:
        story.told[plot.name] = [_tell(story, plot, now) for _ in range(plot.copies)]
    others = [_tell_unrelated(story, now) for _ in range(unrelated)]
    story.play()
    state.clock = clock
    notable = {name: bug_ids[0]() for name, bug_ids in story.told.items()}
    return Scenario(state, seed, tracker_ids, notable, tuple(sorted(bug_id() for bug_id in others)))


def create_trackers(state: Bugzilla) -> dict[str, int]:
    """The trackers of two releases, by alias."""
    tracker = {"product": "Fedora", "component": "distribution", "keywords": ["Tracking"]}
    return {
        alias: state.create_bug({**tracker, "version": alias[1:3], "summary": summary, "alias": [alias]}, ADMIN)
        for alias, summary in TRACKERS.items()
    }


def _tell(story: _Story, plot: Plot, now: datetime) -> Callable[[], int]:
    """Plan one bug; its id is known after the story has been played."""
    chance, ids = story.chance, list[int]()
    component, reporter = chance.choice(COMPONENTS), chance.choice(list(REPORTERS))
    # Copies of a plot differ by hours, the beats of a bug keep their order.
    shift_s = chance.randrange(_DAY_S // 2)

    def moment(days_ago: float) -> datetime:
        return now - timedelta(days=days_ago, seconds=shift_s)

    fields: Json = {
        **_new_bug(component, plot.title or invented_title(component, chance), chance),
        **plot.created_with,
    }
    story.at(moment(plot.created_days_ago), lambda: ids.append(story.state.create_bug(fields, reporter)))
    people = {"reporter": reporter, "secretary": SECRETARY, "maintainer": maintainer_of(component)}
    for beat in plot.beats:

        def act(beat: Beat = beat) -> None:
            bug = story.state.bug(ids[0])
            changes = changes_of(beat, bug, story.tracker_ids)
            if beat.duplicate_of:
                changes["dupe_of"] = story.told[beat.duplicate_of][0]()
            story.state.update_bug([bug.id], changes, people[beat.who])

        story.at(moment(beat.days_ago), act)
    return lambda: ids[0]


def _tell_unrelated(story: _Story, now: datetime) -> Callable[[], int]:
    """Plan a bug that is on no tracker, with perhaps a few edits."""
    chance, ids = story.chance, list[int]()
    component, reporter = chance.choice(COMPONENTS), chance.choice(list(REPORTERS))
    fields = _new_bug(component, invented_title(component, chance), chance)
    if chance.random() < 0.1:
        fields["product"] = chance.choice(["Fedora EPEL", "Another Product"])
    age_s = chance.randrange(_DAY_S, 90 * _DAY_S)
    story.at(now - timedelta(seconds=age_s), lambda: ids.append(story.state.create_bug(fields, reporter)))
    for _ in range(chance.randrange(3)):
        later = now - timedelta(seconds=chance.randrange(age_s))
        status = chance.choice(PROGRESS)
        story.at(later, lambda status=status: story.state.update_bug([ids[0]], {"status": status}, reporter))  # type: ignore[misc]
    return lambda: ids[0]


def _new_bug(component: str, title: str, chance: Random) -> Json:
    return {
        "product": "Fedora",
        "component": component,
        "version": chance.choice(["45", "45", "44", "rawhide"]),
        "summary": title,
        "description": f"{title}\n\nIt happens every time.",
        "assigned_to": maintainer_of(component),
        "severity": chance.choice(["unspecified", "medium", "high", "urgent"]),
    }
