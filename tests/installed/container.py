"""Runs commands as the cluster runs a container: an unknown user of group 0, a read-only root, a /tmp of its own.

No container engine: Linux' own namespaces do it, for root. The program takes the place of the shell that prepares it,
so that a signal to the process is a signal to the program.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.services.required import leave_out

# As OpenShift chooses them: from a range that belongs to the project, and in no passwd file.
USER = 1_000_870_000
_PREPARE = """
mount -o remount,bind,ro / && mount -t tmpfs -o mode=1777,size="$1" tmpfs /tmp || exit 125
shift
exec setpriv --reuid "$0" --regid 0 --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all "$@"
"""


@dataclass(frozen=True)
class Container:
    """Where commands run, with which environment, and how much fits into /tmp."""

    folder: Path
    environment: Mapping[str, str]
    tmp_size: str = "64m"

    def run(self, *command: str, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; standard output and errors together."""
        return subprocess.run(
            self._command(command),
            env=dict(self.environment),
            cwd=self.folder,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout_s,
            check=False,
        )

    @contextmanager
    def running(self, *command: str, log: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
        """Run a command that goes on, as long as the block lasts."""
        process = subprocess.Popen(
            self._command(command), env=dict(self.environment), cwd=self.folder, stdout=log, stderr=log
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def _command(self, command: Sequence[str]) -> list[str]:
        prepared = ["unshare", "--mount", "--propagation", "private", "sh", "-c", _PREPARE, str(USER), self.tmp_size]
        return [*prepared, *command]


def require_containers() -> None:
    """Leave the test out where such a container cannot be made."""
    if os.geteuid() != 0 or not (shutil.which("unshare") and shutil.which("setpriv")):
        leave_out("a container's user and read-only root take root, unshare and setpriv (util-linux)")
    probe = Container(Path("/"), {"PATH": os.environ["PATH"]}).run("true")
    if probe.returncode:
        leave_out(f"this machine lets nobody mount: {probe.stdout.strip()}")


def find_interpreter() -> str:
    """The path of a Python that the container's user may run, with what `venv` needs; the image's version first."""
    anybody = Container(Path("/"), {"PATH": os.environ["PATH"]})
    # By a shell: what setpriv itself starts may still be found in folders that are closed to the user.
    probe = '"$0" -c "import ensurepip, venv"'
    for name in ("python3.12", "python3.13", "python3.11", "python3"):
        for folder in os.get_exec_path():
            path = shutil.which(name, path=folder)
            if path and anybody.run("sh", "-c", probe, path).returncode == 0:
                return path
    return leave_out("no Python with ensurepip that another user may run (Debian: python3-venv)")
