"""Starts the program `stepping_worker.py` and talks to it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import update

from bbconsumer.db.models import WorkItem
from bbconsumer.db.session import Database, database_now
from bbconsumer.domain.keys import KeyKind
from bbconsumer.sources.pagure_client import WRITE_TIMEOUT_S
from tests.crashes.runs import KILLS, LEASE_S, LONG_LEASE_S
from tests.crashes.stepping_worker import STEPS_BY_KIND
from tests.end_to_end.deployment import PATIENCE_S, Deployment


@dataclass
class SteppingWorkers:
    """Some workers that stop at a step."""

    parent: subprocess.Popen[bytes]

    def wait_for_one(self) -> int:
        """The process id of the next worker that has come to its step."""
        assert self.parent.stdout
        return int(self.parent.stdout.readline())

    def wait_for_all(self) -> None:
        """Wait until all have worked on their batch."""
        assert self.parent.wait(PATIENCE_S) == 0

    def go_on(self) -> None:
        """Let one of those that wait go on."""
        assert self.parent.stdin
        self.parent.stdin.write(b"\n")
        self.parent.stdin.flush()


@contextmanager
def stepping_workers(
    deployment: Deployment,
    kind: KeyKind,
    steps: str,
    count: int,
    *,
    batch_size: int = 1,
    lease_s: int = LEASE_S,
    write_timeout_s: float = WRITE_TIMEOUT_S,
) -> Iterator[SteppingWorkers]:
    """So many workers for each step, each with keys of its own in hand when it has come to it.

    `steps` are separated by commas; without any they work on one batch and end.
    """
    settings = {"BUGZILLA_BATCH_SIZE": str(batch_size), "LEASE_S": str(lease_s)}
    environment = {**os.environ, **deployment.environment, **settings}
    options = ["--write-timeout-s", str(write_timeout_s)]
    with (
        (deployment.folder / f"{kind} {steps}.log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-m", "tests.crashes.stepping_worker", *options, kind, steps, str(count)],
            env=environment,
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        ) as parent,
    ):
        try:
            yield SteppingWorkers(parent)
        finally:
            # They may have ended by themselves.
            with suppress(ProcessLookupError):
                os.killpg(parent.pid, signal.SIGKILL)


def kill_at_every_step(deployment: Deployment, database: Database, kind: KeyKind) -> None:
    """Kill `KILLS` workers at each step, each with a key of its own in hand, and let their leases lapse."""
    steps = STEPS_BY_KIND[kind]
    with stepping_workers(deployment, kind, ",".join(steps), KILLS, lease_s=LONG_LEASE_S) as workers:
        for _ in range(len(steps) * KILLS):
            os.kill(workers.wait_for_one(), signal.SIGKILL)
    let_leases_lapse(database)


def let_leases_lapse(database: Database) -> None:
    """Whatever anybody holds is free from now on."""
    with database.writing() as session:
        leased = update(WorkItem).where(WorkItem.lease_token.is_not(None))
        session.execute(leased.values(leased_until=database_now(session)))
