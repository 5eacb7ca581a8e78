"""Thousands of bugs for benchmarks, quickly, with histories as long as they would be."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from bbconsumer.simulator.bugzilla import Bugzilla, utc_now
from bbconsumer.simulator.cast import COMPONENTS, REPORTERS, SECRETARY, add_people, invented_title, maintainer_of
from bbconsumer.simulator.plots import BETA, BETA_FE, FINAL, FINAL_FE
from bbconsumer.simulator.scenario import FIRST_BUG_ID, Scenario, StoryClock, create_trackers

_SECONDS_BETWEEN_BUGS = 60
_ALIASES = (BETA, BETA_FE, FINAL, FINAL_FE)


def build_many(
    tracked: int,
    unrelated: int = 0,
    seed: int = 1,
    clock: Callable[[], datetime] = utc_now,
) -> Scenario:
    """So many bugs on the current trackers, evenly, half of them decided; and others beside them."""
    now, chance = clock(), Random(seed)
    total = tracked + unrelated
    story_clock = StoryClock(now - timedelta(seconds=(total + 2) * _SECONDS_BETWEEN_BUGS))
    state = Bugzilla(clock=story_clock, first_bug_id=FIRST_BUG_ID)
    add_people(state)
    tracker_ids = create_trackers(state)
    reporters = list(REPORTERS)
    unrelated_ids = []
    for number in range(total):
        story_clock.now += timedelta(seconds=_SECONDS_BETWEEN_BUGS)
        component = chance.choice(COMPONENTS)
        bug_id = state.create_bug(
            {
                "product": "Fedora",
                "component": component,
                "version": "45",
                "summary": invented_title(component, chance),
                "assigned_to": maintainer_of(component),
            },
            reporters[number % len(reporters)],
        )
        if number < tracked:
            _track(state, bug_id, number, tracker_ids[_ALIASES[number % len(_ALIASES)]])
        else:
            unrelated_ids.append(bug_id)
    state.clock = clock
    return Scenario(state, seed, tracker_ids, {}, tuple(unrelated_ids))


def _track(state: Bugzilla, bug_id: int, number: int, tracker_id: int) -> None:
    state.update_bug([bug_id], {"blocks": {"add": [tracker_id]}}, SECRETARY)
    if number // len(_ALIASES) % 2:
        kind = "FreezeException" if number % 2 else "Blocker"
        state.update_bug([bug_id], {"whiteboard": f"Accepted{kind}", "status": "ASSIGNED"}, SECRETARY)
