"""Many storms, one after the other: each with a deadline, a line for people, and a command that repeats it."""

from __future__ import annotations

import faulthandler
import json
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.convergence.service import prepare
from tests.faults.disks import Disks, small_disks
from tests.faults.plan import plan_of
from tests.faults.stage import Servers, Stage, served, staged
from tests.faults.storm import Result, Storm
from tests.services.postgres import PostgreSQL
from tests.services.rabbitmq import RabbitMQ

# Whatever happens in a storm, on a machine however busy.
DEADLINE_S = 600.0


class Hanging(Exception):
    """A storm did not end in time; where everything stood was written to stderr."""


def run_one(servers: Servers, seed: int, folder: Path, *, deadline_s: float = DEADLINE_S) -> Result:
    """One storm.

    Raises:
        Hanging: it goes on in a thread that nobody can end, with what it uses.
    """
    storm = _Running(servers, seed, folder)
    storm.start()
    try:
        # Not `join`, after which a thread counts as ended when a signal interrupted it.
        if not storm.is_over.wait(deadline_s):
            faulthandler.dump_traceback(sys.__stderr__ or sys.stderr)
            raise Hanging(f"seed {seed} did not end within {deadline_s:g} s")
    finally:
        # Also when this process is asked to end.
        if not storm.is_over.is_set():
            storm.abandon()
    if not storm.result.problems:
        storm.tidy_up()
    return storm.result


class _Running(threading.Thread):
    """One storm in a thread. What it raises is the last of its problems."""

    def __init__(self, servers: Servers, seed: int, folder: Path) -> None:
        super().__init__(name=f"storm {seed}", daemon=True)
        self.result = Result(seed)
        self.is_over = threading.Event()
        self._servers = servers
        self._fresh = folder / "fresh.sqlite"
        self._folder = folder / f"storm-{seed}"
        self._stage: Stage | None = None

    def run(self) -> None:
        self._folder.mkdir()
        plan = plan_of(self.result.seed, has_small_disks=self._servers.disks is not None)
        self.result.plan = str(plan)
        try:
            with staged(self._servers, plan.skew, self._folder) as self._stage:
                Storm(self._stage, plan, self.result).run(self._fresh)
        except Exception as error:  # noqa: BLE001 - whatever it is, the storm has not converged
            self.result.problems.append(f"{type(error).__name__}: {error}")
        finally:
            self.is_over.set()

    def tidy_up(self) -> None:
        """Remove the files of a storm that has converged."""
        shutil.rmtree(self._folder)

    def abandon(self) -> None:
        """Leave everything as it is, but no process of the service."""
        if self._stage:
            self._stage.keeper.give_up()
            for process in self._stage.deployment.processes:
                process.kill()


@contextmanager
def ready(postgres: PostgreSQL, rabbitmq: RabbitMQ, folder: Path, disks: Disks | None = None) -> Iterator[Servers]:
    """What `run_one` needs, the folder included."""
    fresh = folder / "fresh.sqlite"
    prepare(f"sqlite:///{fresh}")
    try:
        with served(postgres, rabbitmq, disks) as servers:
            yield servers
    finally:
        fresh.unlink()


class Record:
    """The results so far, a line of JSON each, in a file that may be there already."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        lines = file.read_text().splitlines() if file and file.exists() else []
        self.results: dict[int, Mapping[str, Any]] = {(row := json.loads(line))["seed"]: row for line in lines}

    def add(self, result: Result) -> None:
        """Note a result at once: the run may be interrupted."""
        row = asdict(result)
        self.results[result.seed] = row
        if self._file:
            with self._file.open("a") as file:
                file.write(json.dumps(row) + "\n")


def run_many(seeds: Iterable[int], record: Record) -> bool:
    """Every storm that is not recorded yet, and the line of figures; whether all have converged."""
    wanted = list(seeds)
    if left := [seed for seed in wanted if seed not in record.results]:
        folder = Path(tempfile.mkdtemp(prefix="bbconsumer-faults-"))
        try:
            _run(left, record, folder)
        finally:
            # What is left is of storms that did not converge: it tells why. Otherwise nothing is.
            with suppress(OSError):
                folder.rmdir()
    rows = [record.results[seed] for seed in wanted]
    print(figures(rows), flush=True)
    return not any(row["problems"] for row in rows)


def _run(seeds: Iterable[int], record: Record, folder: Path) -> None:
    # The database's server has a user of its own.
    folder.chmod(0o755)
    with ExitStack() as stack:
        # Left last: as long as PostgreSQL runs, they are in use.
        disks = stack.enter_context(small_disks(folder / "disks"))
        rabbitmq = stack.enter_context(RabbitMQ())
        postgres = stack.enter_context(PostgreSQL(log_disk=disks.log if disks else None))
        servers = stack.enter_context(ready(postgres, rabbitmq, folder, disks))
        for seed in seeds:
            began = time.monotonic()
            result = run_one(servers, seed, folder)
            print(f"{result.line()} [{time.monotonic() - began:.0f} s]", flush=True)
            record.add(result)
            if result.problems:
                _explain(result, folder)


def _explain(result: Result, folder: Path) -> None:
    for problem in result.problems:
        print(f"    {problem[:2000]}")
    print(f"    its files: {folder / f'storm-{result.seed}'}")
    print(f"    once more: make faults FAULTS_ARGS='--seed {result.seed} --storms 1'", flush=True)


def figures(rows: Iterable[Mapping[str, Any]]) -> str:
    """The line with which a run ends."""
    rows = list(rows)
    converged = [row for row in rows if not row["problems"]]
    seconds = sorted(row["seconds"] for row in converged) or [0.0]
    totals = {name: sum(row[name] for row in rows) for name in ("messages", "lost", "nonsense", "kills", "looks")}
    ways = sum(row["way"] == "the queue alone" for row in converged)
    failed = [str(row["seed"]) for row in rows if row["problems"]]
    return (
        f"{len(converged)} of {len(rows)} storms converged ({ways} by the queue alone), in the median after "
        f"{seconds[len(seconds) // 2]:.1f} s, at worst {seconds[-1]:.1f} s; {totals['messages']} messages "
        f"({totals['lost']} lost, {totals['nonsense']} malformed), {totals['kills']} kills, {totals['looks']} looks"
        + (f"; FAILED: seeds {', '.join(failed)}" if failed else "")
    )
