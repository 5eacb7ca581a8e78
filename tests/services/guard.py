"""Stands between a test process and one server, so that the server never outlives the tests.

Runs as a program of its own. Its standard input is a pipe that the test process holds open: end of file means "end the
server", whether the test process asked for that or was killed. Being the reaper of its descendants, it also catches
those that turned themselves into daemons, and it ends no other process.

Usage: guard.py LOG FOLDER SIGNAL USER COMMAND…   (USER may be empty: no change of user)
"""

import contextlib
import ctypes
import os
import pwd
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

GRACE_S = 20.0
"""How long a server may take to end by itself before it is killed."""

KEEP = b"keep\n"
"""Said before the end of file: the folder is wanted again. Without it, nobody is left who would remove the folder."""

_PR_SET_CHILD_SUBREAPER = 36


def descendants(ancestor: int) -> set[int]:
    """Process ids of all children, grandchildren and so on that are alive (zombies are not)."""
    children_by_pid: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            # The command's name, in parentheses, may itself hold spaces and parentheses.
            state, parent = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state != "Z":
            children_by_pid.setdefault(int(parent), []).append(int(entry.name))
    found: set[int] = set()
    waiting = [ancestor]
    while waiting:
        new = children_by_pid.get(waiting.pop(), [])
        found.update(new)
        waiting.extend(new)
    return found


def _end(server: subprocess.Popen[bytes], stop_signal: signal.Signals) -> None:
    """Ask the server to end, then kill whatever is left of it."""
    if server.poll() is None:
        server.send_signal(stop_signal)
        try:
            server.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            print(f"guard: no end within {GRACE_S} s of {stop_signal.name}", file=sys.stderr, flush=True)
    # More than one pass, since a process may fork while the list is made; until all are not only dead but reaped.
    while True:
        for pid in descendants(os.getpid()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            reaped, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not reaped:
            time.sleep(0.01)


def _wait(server: subprocess.Popen[bytes]) -> bytes:
    """Until the server is gone or nobody holds the pipe; returns what was said last."""
    said = b""
    server_pidfd = os.pidfd_open(server.pid)
    while True:
        ready, _, _ = select.select([sys.stdin.fileno(), server_pidfd], [], [])
        if server_pidfd in ready:
            return KEEP
        received = os.read(sys.stdin.fileno(), 1024)
        if not received:
            return said
        said = received


def main(log: str, folder: str, stop_signal: str, user: str, *command: str) -> None:
    """Run the command until the pipe closes or the command ends by itself."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with Path(log).open("ab") as output:
        os.dup2(output.fileno(), sys.stderr.fileno())
        server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd=folder,
            user=user or None,
            group=pwd.getpwnam(user).pw_gid if user else None,
            extra_groups=[] if user else None,
        )
        # A polite end of the guard itself is the end of the server too.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        said = b""
        try:
            said = _wait(server)
        finally:
            _end(server, signal.Signals[stop_signal])
            if said != KEEP:
                shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
