"""One storm: people act while things fail, then everything is healed, and what is stored must be the truth."""

from __future__ import annotations

import re
import shutil
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from sqlalchemy import text

from bbconsumer.consumer import RETRY_S
from bbconsumer.wiring import build_syncs
from tests.convergence.service import let_time_pass
from tests.convergence.story import Edit, Filing, Happening, Vanish, happening
from tests.end_to_end.deployment import eventually
from tests.faults.courier import Courier
from tests.faults.plan import ACTS, Plan
from tests.faults.reader import Reader
from tests.faults.stage import Stage
from tests.lives.people import People

# Seconds between two acts, and that a service may take to come back, to have a sync done, to work on what waits.
_PAUSES_S = (0.02, 0.1, 0.2, 0.3)
_BACK_S, _SYNC_S, _IDLE_S = 90.0, 150.0, 90.0
# A consumer whose database is away holds messages in its hands, and looks again after this time.
_CALM_S = RETRY_S + 1.0
# The library and Twisted have tracebacks of their own to tell when a connection is lost. That a source fails at one key
# is no fault of ours.
_FAULT_OF_OURS = re.compile(
    r"fault of ours|cannot be worked on; it is tried again later\n|has failed; the process ends|"
    r"Exception in ASGI application"
)


@dataclass
class Result:
    """How a storm went; it converged when there are no problems. `seconds`: from the healing until all was stored."""

    seed: int
    plan: str = ""
    messages: int = 0
    lost: int = 0
    nonsense: int = 0
    kills: int = 0
    looks: int = 0
    way: str = "sync"
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)

    def line(self) -> str:
        """One line for people."""
        end = f"{self.seconds:.1f} s by {self.way}" if not self.problems else f"FAILED: {len(self.problems)} problems"
        told = f"{self.messages} messages ({self.lost} lost, {self.nonsense} malformed)"
        return f"seed {self.seed}: {end}; {told}, {self.kills} kills, {self.looks} looks; {self.plan}"


class Storm:
    """One storm. `live` lets it happen, `end` heals and compares."""

    def __init__(self, stage: Stage, plan: Plan, result: Result) -> None:
        self._stage = stage
        self._plan = plan
        self._chance = Random(f"storm {plan.seed}")
        self._people = People(stage.sources, self._chance)
        self._courier = Courier(stage.bus, plan.care, Random(f"courier {plan.seed}"))
        self._reader = Reader(stage, Random(f"reader {plan.seed}"))
        self.result = result
        result.way = "the queue alone" if plan.is_queue_alone else "sync"

    def run(self, fresh: Path) -> None:
        """From the first bug to the last comparison; `fresh` is an empty database's file."""
        self._begin()
        with self._stage.keeper:
            self._stage.keeper.wait_until_running(_BACK_S)
            with self._reader:
                with ExitStack() as weather:
                    self._live(weather)
                self._end(fresh)
        self._sum_up()

    def _begin(self) -> None:
        self._people.begin()
        self._stage.reference.look()
        self._stage.reference.watch()
        outcomes = [sync.run() for sync in build_syncs(self._stage.settings, self._stage.database)]
        assert not any(outcome.problem for outcome in outcomes), outcomes

    def _live(self, weather: ExitStack) -> None:
        """Let people act; each fault begins with its act and ends with another."""
        stage = self._stage
        ends: dict[int, list[ExitStack]] = defaultdict(list)
        for act in range(ACTS):
            for fault in ends.pop(act, ()):
                fault.close()
            for window in self._plan.windows:
                if window.begin == act:
                    fault = weather.enter_context(ExitStack())
                    ends[window.end].append(fault)
                    fault.enter_context(window.fault(stage, Random(f"{self._plan.seed} {window.name} {act}")))
            self._act()
            stage.reference.look(is_blind=stage.is_blind)
            self._courier.take(stage.sources.take_messages())
            self._courier.bring()
            time.sleep(self._chance.choice(_PAUSES_S))

    def _act(self) -> None:
        if self._plan.is_queue_alone:
            if self._chance.random() < 0.6:
                self._stage.sources.bugs.let(self._told_happening())
            else:
                self._people.discuss()
        elif self._chance.random() < 0.4:
            self._let(happening(self._chance.choice))
        elif self._stage.is_blind:
            # People who act at random may hide a bug, and would show one that is only out of sight now.
            self._people.discuss()
        else:
            self._people.act()

    def _let(self, what: Happening) -> None:
        if not (self._stage.is_blind and isinstance(what, Vanish)):
            self._stage.sources.bugs.let(what)

    def _told_happening(self) -> Happening:
        """Something of which a message tells, whatever the bug becomes by it."""
        while True:
            what = happening(self._chance.choice)
            match what:
                case Edit(changes=fields) | Filing(fields=fields) if not {"groups", "product"} & fields.keys():
                    return what
                case Vanish() | Edit() | Filing():
                    continue
                case _:
                    return what

    def _end(self, fresh: Path) -> None:
        stage = self._stage
        stage.postgres.start()
        stage.rabbitmq.start()
        self._courier.bring_rest()
        stage.bus.publisher.flush()
        stage.keeper.wait_until_running(_BACK_S)
        for sync in stage.syncs:
            sync.wait(_SYNC_S)
        began = time.monotonic()
        _bury(stage)
        if self._plan.is_queue_alone:
            let_time_pass(stage.database)
            _wait_until_idle(stage)
            began += _CALM_S
        else:
            self._sync()
        self.result.seconds = time.monotonic() - began
        self._compare(fresh, "after the sync")
        if self._courier.bring_late():
            stage.bus.publisher.flush()
            _wait_until_idle(stage)
            self._compare(fresh, "after late messages")
        self._reader.look_at_all()

    def _sync(self) -> None:
        """One sync, as an operator begins it who has seen that the removal gate is closed, if it is."""
        with self._stage.database.reading() as session:
            reason = session.scalar(text("SELECT reason FROM removal_gate WHERE tripped_at IS NOT NULL"))
        if reason is not None:
            self.result.way = "sync --accept-removals"
            if not self._stage.lies:
                self.result.problems.append(f"the gate closed though no source lied: {reason}")
        # In this process: the others that a storm starts are enough.
        for sync in build_syncs(self._stage.settings, self._stage.database):
            if problem := sync.run(accepted_by="alice" if reason else "").problem:
                self.result.problems.append(f"the sync of {sync.plan.noun} was not complete: {problem}")

    def _compare(self, fresh: Path, when: str) -> None:
        copy = Path(shutil.copy(fresh, self._stage.deployment.folder / f"{when}.sqlite"))
        with_updates, ahead = not self._plan.is_queue_alone, self._stage.clock.ahead
        found = self._stage.reference.differences(self._stage.settings, copy, with_updates=with_updates, ahead=ahead)
        self.result.problems += [f"{when}: {difference}" for difference in found]

    def _sum_up(self) -> None:
        result, stage = self.result, self._stage
        result.messages, result.lost, result.nonsense = self._courier.sent, self._courier.lost, self._courier.nonsense
        result.kills, result.looks = stage.keeper.kills, self._reader.looks.total()
        result.problems += stage.reference.wrong_removals()
        result.problems += stage.keeper.problems
        result.problems += [f"{text} ({count} times)" for text, count in self._reader.problems.items()]
        output = stage.deployment.output()
        result.problems += [
            output[max(0, found.start() - 300) : found.end() + 3000] for found in _FAULT_OF_OURS.finditer(output)
        ]


def _bury(stage: Stage) -> None:
    """So much time passes that a sync which was killed counts as dead."""
    with stage.database.writing() as session:
        session.execute(
            text("UPDATE sync_run SET heartbeat_at = heartbeat_at - interval '1 h' WHERE state = 'running'")
        )


def _wait_until_idle(stage: Stage) -> None:
    """Wait until for a while nothing was waiting, neither at the broker nor in the work queue."""
    busy_at = time.monotonic()

    def is_calm() -> bool:
        nonlocal busy_at
        if not _is_idle(stage):
            busy_at = time.monotonic()
        return time.monotonic() - busy_at > _CALM_S

    eventually(is_calm, _IDLE_S)


def _is_idle(stage: Stage) -> bool:
    with stage.database.reading() as session:
        return stage.bus.depth() == 0 and not session.scalar(text("SELECT count(*) FROM work_item"))
