"""Starts the measured processes and ends them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

PATIENCE_S = 300.0
_ROOT = Path(__file__).parents[2]


class BenchFailed(Exception):
    """Something did not run as it must for its figure to mean anything."""


def run(module: str, *arguments: str, environment: Mapping[str, str], patience_s: float = PATIENCE_S) -> Any:
    """Run a module to its end; gives back the JSON value in the last line that it printed."""
    done = subprocess.run(
        _command(module, arguments),
        env=_environment(environment),
        capture_output=True,
        text=True,
        timeout=patience_s,
        check=False,
    )
    if done.returncode:
        raise BenchFailed(f"{module} {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr[-4000:]}")
    return json.loads(done.stdout.splitlines()[-1])


@contextmanager
def running(module: str, *arguments: str, environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a module as long as the block lasts. What it logs goes to a file, what it prints to the caller."""
    with (
        log.open("w") as log_file,
        subprocess.Popen(
            _command(module, arguments),
            env=_environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log_file,
            text=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


def read_json(process: subprocess.Popen[str]) -> Any:
    """The JSON value in the next line that a process prints."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise BenchFailed(f"{process.args!r} ended with {process.wait()} (see its log)")
    return json.loads(line)


def wait_for(condition: Callable[[], T], what: str, every_s: float = 0.01, patience_s: float = PATIENCE_S) -> T:
    """Ask until the answer is true, and give it back."""
    deadline = time.monotonic() + patience_s
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise BenchFailed(f"{what}: not within {patience_s:g} s")
        time.sleep(every_s)
    return answer


def _command(module: str, arguments: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def _environment(own: Mapping[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "PYTHONPATH": str(_ROOT), "LOG_LEVEL": "WARNING", "METRICS_PORT": "0", "LOG_FORMAT": "text", **own}
