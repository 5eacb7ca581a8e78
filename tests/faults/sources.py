"""What the sources do wrong. Each fault lasts as long as its block, and leaves alone what is so at the source."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from random import Random
from typing import Any

from bbconsumer.simulator.switches import Failure, Switches, Throttle
from tests.convergence.story import ANCHOR, TRACKERS
from tests.faults.stage import Stage

# The ways in which an answer can be none, and those in which a service is told that it may not ask.
_FAILURES: Mapping[str, Failure] = {
    "500": Failure("status", 500),
    "503": Failure("html", 503),
    "502 page": Failure("html", 502),
    "100500": Failure("100500", code=100500),
    "page instead of data": Failure("html", 200),
    "empty answer": Failure("empty"),
    "truncated": Failure("truncated"),
    "closed": Failure("closed"),
}
_REFUSALS: Mapping[str, Mapping[str, Failure]] = {
    "bugzilla": {
        "401": Failure("status", 401, code=410, message="You must log in before using this part of Bugzilla."),
        "bad key": Failure("status", 400, code=306, message="The API key you specified is invalid."),
        "403": Failure("status", 403, code=102, message="You are not authorized to access that bug."),
    },
    "pagure": {"401": Failure("status", 401), "403": Failure("status", 403)},
    "bodhi": {"403": Failure("status", 403)},
}


@contextmanager
def _switched(switches: Switches, **values: Any) -> Iterator[None]:
    before = {name: getattr(switches, name) for name in values}
    switches.update(values)
    try:
        yield
    finally:
        switches.update(before)


def _failing(stage: Stage, name: str, chance: Random) -> AbstractContextManager[None]:
    kinds = {**_FAILURES, **_REFUSALS[name]}
    plain = kinds[chance.choice(sorted(kinds))]
    # A part of the requests, or all of them.
    failure = Failure(plain.kind, plain.status, plain.code, plain.message, share=chance.choice((0.3, 1.0, 1.0)))
    return _switched(stage.switches[name], fail=failure)


def _throttling(stage: Stage, name: str, chance: Random) -> AbstractContextManager[None]:
    return _switched(stage.switches[name], throttle=Throttle(retry_after_s=chance.choice((1, 2, 3))))


def _slow(stage: Stage, name: str, chance: Random) -> AbstractContextManager[None]:
    # The longest is longer than the service waits for an answer.
    return _switched(stage.switches[name], slow_s=chance.choice((0.2, 1.0, stage.timeout_s + 0.5)))


def _lagging(stage: Stage, name: str, chance: Random) -> AbstractContextManager[None]:
    return _switched(stage.switches[name], lag_edits=chance.choice((1, 2, 5)))


def _silent(stage: Stage, name: str, _chance: Random) -> AbstractContextManager[None]:
    return _switched(stage.switches[name], lose_messages=True)


def _empty(stage: Stage, name: str, _chance: Random) -> AbstractContextManager[None]:
    stage.lies.add("empty")
    return _switched(stage.switches[name], empty=True)


def _cutting(stage: Stage, name: str, chance: Random) -> AbstractContextManager[None]:
    stage.lies.add("cut")
    return _switched(stage.switches[name], row_limit=chance.choice((1, 2, 3)))


def _cutting_tickets(stage: Stage, name: str, chance: Random) -> AbstractContextManager[None]:
    # No lie that excuses anything: what is known of tickets does not depend on a list.
    return _switched(stage.switches[name], row_limit=chance.choice((1, 2, 3)))


@contextmanager
def _blind(stage: Stage, name: str, _chance: Random) -> Iterator[None]:
    """The key may suddenly see nothing at all: answers are there, and every bug is left out of them."""
    everything = frozenset({*TRACKERS, ANCHOR, *range(ANCHOR, ANCHOR + 200)})
    # Whoever hides a bug meanwhile would show it.
    stage.is_blind = True
    try:
        with _switched(stage.switches[name], hide=everything):
            yield
    finally:
        stage.is_blind = False


Fault = Callable[[Stage, str, Random], AbstractContextManager[None]]
OF_ALL: Mapping[str, Fault] = {
    "failing": _failing,
    "throttling": _throttling,
    "slow": _slow,
    "lagging": _lagging,
    "silent": _silent,
}
OF_BUGZILLA: Mapping[str, Fault] = {**OF_ALL, "empty": _empty, "cutting": _cutting, "blind": _blind}
OF_PAGURE: Mapping[str, Fault] = {**OF_ALL, "empty": _empty, "cutting": _cutting_tickets}
OF_BODHI: Mapping[str, Fault] = {**OF_ALL, "empty": _empty, "cutting": _cutting}
