"""Row 2: from a message on the bus to what it tells of being in the database, one message at a time.

The ceiling is what no implementation can save: the message's way to a consumer that only notes its coming, and one
answer of Bugzilla about the bug. Both are measured right before each message.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from statistics import median, quantiles

import psycopg
import requests

from bbconsumer.sources.bugzilla_answers import BUG_FIELDS
from bbconsumer.sources.http import build_session
from tests.bench import bus, processes
from tests.bench.sizes import Sizes
from tests.bench.table import Row, at_most, compared, counted
from tests.bench.world import BugzillaProcess, World, environment_of

ECHO = "bench.echo"
OURS = "org.fedoraproject.#"

# Tells when a bug's row became visible to others, which is when its transaction was committed.
_NOTIFY = """
CREATE FUNCTION bench_notify() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_notify('bench', NEW.summary); RETURN NULL; END $$;
CREATE TRIGGER bench AFTER INSERT OR UPDATE ON bug FOR EACH ROW EXECUTE FUNCTION bench_notify();
"""


@dataclass(slots=True)
class Times:
    """Milliseconds of each message of a round. `arrived`: until what it tells of is where it is waited for."""

    bus: list[float] = field(default_factory=list)
    answer: list[float] = field(default_factory=list)
    history: list[float] = field(default_factory=list)
    arrived: list[float] = field(default_factory=list)

    def ceiling(self) -> float:
        """The median of what cannot be saved."""
        return median(self.bus) + median(self.answer)


class Probe:
    """Sends messages and measures. `await_arrival` takes the number of a bug and waits for its new summary."""

    def __init__(
        self,
        bugzilla: BugzillaProcess,
        sender: bus.Queue,
        echo: subprocess.Popen[str],
        await_arrival: Callable[[int, str], None],
    ) -> None:
        self._bugzilla = bugzilla
        self._bus = sender
        self._echo = echo
        self._await_arrival = await_arrival
        self._http = build_session("bugzilla", 60)
        self._count = 0

    def measure(self, times: Times) -> None:
        """Change one bug, and add what its message takes."""
        self._count += 1
        bug_id = self._bugzilla.bug_ids[self._count % len(self._bugzilla.bug_ids)]
        summary = f"It does not start, attempt {self._count}"
        changed_at = self._bugzilla.edit([bug_id], summary=summary)
        ((topic, body),) = bus.updates([bug_id], 1, changed_at)
        self._bus.publish([(ECHO, {**body, "published_at": time.time()})])
        times.bus.append(1000 * processes.read_json(self._echo))
        times.answer.append(self._ask("bug", {"id": f"{bug_id}", "include_fields": BUG_FIELDS}))
        times.history.append(self._ask(f"bug/{bug_id}/history", {}))
        started = time.perf_counter()
        self._bus.publish([(topic, body)])
        self._await_arrival(bug_id, summary)
        times.arrived.append(1000 * (time.perf_counter() - started))

    def _ask(self, path: str, params: dict[str, str]) -> float:
        started = time.perf_counter()
        answer: requests.Response = self._http.get(f"{self._bugzilla.url}/rest/{path}", params=params)
        assert answer.json()["bugs"]
        # The service, too, keeps no connection from one message to the next.
        self._http.close()
        return 1000 * (time.perf_counter() - started)


def _await_stored(listener: psycopg.Connection, _bug_id: int, summary: str) -> None:
    for notification in listener.notifies(timeout=60):
        if notification.payload == summary:
            return
    raise processes.BenchFailed(f"{summary!r} is not stored after 60 s")


def measure(world: World, sizes: Sizes) -> list[Row]:
    """The tail with a Bugzilla that takes its time, and with one that answers at once."""
    times = {slow_s: [Times() for _ in range(sizes.rounds)] for slow_s in sizes.slow_s}
    with _probe(world, sizes) as (probe, bugzilla):
        # The first message finds everything cold.
        probe.measure(Times())
        for number in range(sizes.rounds):
            for slow_s in sizes.slow_s:
                bugzilla.be_slow(slow_s)
                for _ in range(sizes.tail_messages):
                    probe.measure(times[slow_s][number])
                    time.sleep(sizes.pause_s)
                bugzilla.be_slow(0)
    return [row for slow_s in sizes.slow_s for row in _rows(slow_s, times[slow_s])]


@contextmanager
def _probe(world: World, sizes: Sizes) -> Iterator[tuple[Probe, BugzillaProcess]]:
    with (
        world.bugzilla(sizes.known_bugs) as bugzilla,
        world.database(bugzilla, synced=True) as database_url,
        bus.open_queue(world.rabbitmq, OURS) as ours,
        bus.open_queue(world.rabbitmq, ECHO) as echoed,
        psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as listener,
    ):
        listener.execute(_NOTIFY)
        listener.execute("LISTEN bench")
        environment = environment_of(database_url, bugzilla.url)
        configuration = [str(bus.write_configuration(world.rabbitmq, queue, world.folder)) for queue in (ours, echoed)]
        with (
            processes.running(
                "bbconsumer.cli", "consume", "--conf", configuration[0], environment=environment,
                log=world.folder / "tail-service.log",
            ),
            processes.running(
                "tests.bench.callback", "echo", configuration[1], environment=environment,
                log=world.folder / "tail-echo.log",
            ) as echo,
        ):  # fmt: skip
            yield Probe(bugzilla, ours, echo, partial(_await_stored, listener)), bugzilla


def _rows(slow_s: float, rounds: list[Times]) -> list[Row]:
    label = f"tail, Bugzilla {1000 * slow_s:g} ms slow"
    every = [value for times in rounds for value in times.arrived]
    ceilings = [times.ceiling() for times in rounds]
    p99 = quantiles(every, n=100)[98] if len(every) > 1 else every[0]
    medians = [median(times.arrived) for times in rounds]
    with_history = [times.ceiling() + median(times.history) for times in rounds]
    return [
        compared(f"{label}: median ÷ (bus + one answer)", "ms", medians, ceilings, at_most(2) if slow_s else None),
        compared(f"{label}: median ÷ (bus + bug + history)", "ms", medians, with_history),
        compared(f"{label}: p99 ÷ (bus + one answer)", "ms", [p99], [median(ceilings)]),
        counted(f"{label}: bus alone, median", "ms", median(value for times in rounds for value in times.bus)),
    ]
