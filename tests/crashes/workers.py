"""Starts the program `stepping_worker.py` and talks to it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.end_to_end.deployment import Deployment


@dataclass
class SteppingWorkers:
    """Some workers that stop at a step."""

    parent: subprocess.Popen[bytes]

    def wait_for_one(self) -> int:
        """The process id of the next worker that has come to its step."""
        assert self.parent.stdout
        return int(self.parent.stdout.readline())

    def go_on(self) -> None:
        """Let one of those that wait go on."""
        assert self.parent.stdin
        self.parent.stdin.write(b"\n")
        self.parent.stdin.flush()


@contextmanager
def stepping_workers(deployment: Deployment, step: str, count: int, *, batch_size: int) -> Iterator[SteppingWorkers]:
    """Workers of a deployment, each with keys of its own in hand when it has come to its step."""
    environment = {**os.environ, **deployment.environment, "BUGZILLA_BATCH_SIZE": str(batch_size)}
    with (
        (deployment.folder / f"{step}.log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-m", "tests.crashes.stepping_worker", step, str(count)],
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
