"""Thousands of updates for benchmarks, quickly, in all the states that updates are in."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from random import Random

from bbconsumer.simulator.bodhi import Bodhi
from bbconsumer.simulator.bugzilla import utc_now
from bbconsumer.simulator.cast import REPORTERS
from bbconsumer.simulator.scenario import StoryClock

_SECONDS_BETWEEN_UPDATES = 60
_COMMENTS_PER_UPDATE = 3
_RELEASES = ("F44", "F45")
_PEOPLE = tuple(address.partition("@")[0] for address in REPORTERS)


def build_updates(
    bug_ids: Collection[int],
    unrelated: int = 0,
    seed: int = 1,
    clock: Callable[[], datetime] = utc_now,
) -> Bodhi:
    """An update for each of the bugs, and so many that name bugs beside them; from then on it goes by `clock`."""
    chance, total = Random(seed), len(bug_ids) + unrelated
    story_clock = StoryClock(clock() - timedelta(seconds=(total + 1) * _SECONDS_BETWEEN_UPDATES))
    state = Bodhi(clock=story_clock)
    for name in _RELEASES:
        state.add_release(name, mandatory_days=0)
    others = range(max(bug_ids, default=0) + 1, max(bug_ids, default=0) + 1 + unrelated)
    for number, bug_id in enumerate([*bug_ids, *others]):
        story_clock.now += timedelta(seconds=_SECONDS_BETWEEN_UPDATES)
        release, submitter = chance.choice(_RELEASES), chance.choice(_PEOPLE)
        # Of a package each, so that none makes another obsolete.
        nvr = f"package{number}-1.{chance.randrange(100)}-1.{release.lower()}"
        _live(state, state.create_update(release, [nvr], submitter, bugs=[bug_id]), submitter, chance)
    state.clock = clock
    return state


def _live(state: Bodhi, alias: str, submitter: str, chance: Random) -> None:
    """Take an update some way: half of them stay in testing."""
    fate = chance.choice(("pending", "testing", "testing", "stable"))
    if fate == "pending":
        return
    state.push_to_testing(alias)
    for name in chance.sample(_PEOPLE, _COMMENTS_PER_UPDATE):
        state.comment(alias, name, f"Works for {name}", chance.choice((0, 0, 1)))
    if fate == "stable":
        state.request_stable(alias, submitter)
        state.push_to_stable(alias)
