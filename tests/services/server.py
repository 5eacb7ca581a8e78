"""What the private servers have in common: a folder, free ports, a guard, an unprivileged user."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from tests.services import guard
from tests.services.room import find_room

START_TIMEOUT_S = 60.0

_UNPRIVILEGED_USER = "nobody"


class ServiceMissing(Exception):
    """This machine lacks the server; the text says what to install. See required.leave_out."""


class ServiceFailed(Exception):
    """The server is there and did not do what it should; the text ends with its log."""


def reserve_port() -> socket.socket:
    """A socket that holds a port of 127.0.0.1 until it is closed: `getsockname()[1]`.

    Only a server that asks for it by number, with SO_REUSEADDR, can listen there. Nobody gets it by chance, neither
    while that server starts (a broker takes seconds until it binds) nor while it is stopped.
    """
    holder = socket.socket()
    holder.bind(("127.0.0.1", 0))
    # Not before bind: among sockets that allow reuse the kernel might hand out a port that another one holds.
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return holder


def find_free_port() -> int:
    """A port of 127.0.0.1 for a server that this process starts; held, as above, for as long as this process lives."""
    holder = reserve_port()
    port = int(holder.getsockname()[1])
    # The descriptor stays open.
    holder.detach()
    return port


class Server(ABC):
    """A context manager: entering prepares and starts the server, leaving ends it and removes its folder."""

    stop_signal = signal.SIGTERM

    def __init__(self, kind: str) -> None:
        # Not pytest's temporary folder: that one is closed to the unprivileged user.
        self.folder = Path(tempfile.mkdtemp(prefix=f"bbconsumer-{kind}-", dir=find_room()))
        self.log = self.folder / "server.log"
        self.log.touch()
        self._user = _UNPRIVILEGED_USER if os.geteuid() == 0 else ""
        self._guard: subprocess.Popen[bytes] | None = None
        self._ports: list[socket.socket] = []

    def _reserve_port(self) -> int:
        """A port that is this server's, running or not, until it is closed."""
        self._ports.append(reserve_port())
        return int(self._ports[-1].getsockname()[1])

    @abstractmethod
    def _command(self) -> Sequence[str | Path]:
        """What to run, in the foreground."""

    @abstractmethod
    def _environment(self) -> Mapping[str, str]:
        """Added to the environment of the server and its tools."""

    @abstractmethod
    def _is_ready(self) -> bool:
        """Whether a client can work with it now."""

    @abstractmethod
    def _prepare(self) -> None:
        """Once, before the first start."""

    def __enter__(self) -> Self:
        try:
            self.give_folder_away()
            self._prepare()
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the server, on the same ports and data as before, and wait until it can be used."""
        if self.is_running:
            return
        # It may have ended by itself: what is left of it goes first.
        self.stop()
        guarded = [self.log, self.folder, self.stop_signal.name, self._user, *self._command()]
        self._guard = subprocess.Popen(
            [sys.executable, "-I", guard.__file__, *map(str, guarded)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env=self._full_environment(),
            # Ctrl-C is for the tests; the guard notices when they end.
            start_new_session=True,
        )
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._is_ready():
            if self._guard.poll() is not None or time.monotonic() > deadline:
                log = self.log.read_text(errors="replace")[-4000:]
                self.stop()
                raise ServiceFailed(f"{type(self).__name__} did not start:\n{log}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End the server as its own service would; connections break, data stays."""
        if self._guard is None:
            return
        assert self._guard.stdin is not None
        try:
            self._guard.stdin.write(guard.KEEP)
            self._guard.stdin.close()
        except BrokenPipeError:
            # The server ended before, and the guard with it.
            pass
        self._guard.wait(guard.GRACE_S + 10)
        self._guard = None

    def crash(self) -> None:
        """Kill the server without a warning; what it had accepted as durable stays."""
        for pid in self.pids():
            # One that is killed may take others along.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.stop()

    def restart(self) -> None:
        """Stop and start."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Stop for good."""
        self.stop()
        for port in self._ports:
            port.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def is_running(self) -> bool:
        """Whether the process is there, ready or not."""
        return self._guard is not None and self._guard.poll() is None

    def pids(self) -> set[int]:
        """Every process of this server."""
        return guard.descendants(self._guard.pid) if self._guard else set()

    def run(self, command: Sequence[str | Path], timeout_s: float = 60.0) -> str:
        """Run one of the server's tools as the server's user; returns its output."""
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=timeout_s,
            cwd=self.folder,
            env=self._full_environment(),
            user=self._user or None,
            group=pwd.getpwnam(self._user).pw_gid if self._user else None,
            extra_groups=[] if self._user else None,
        )
        if done.returncode != 0:
            raise ServiceFailed(f"{command[0]} ended with {done.returncode}:\n{done.stdout[-4000:]}")
        return done.stdout

    def give_folder_away(self) -> None:
        """Let the server's user own all files in the server's folder."""
        self.give_away(self.folder)

    def give_away(self, folder: Path) -> None:
        """Let the server's user own a folder and all files in it; nothing to do unless we are root."""
        if self._user:
            account = pwd.getpwnam(self._user)
            for path in (folder, *folder.rglob("*")):
                os.chown(path, account.pw_uid, account.pw_gid)

    def _full_environment(self) -> dict[str, str]:
        # Only what is needed: a developer's PGPORT or RABBITMQ_NODENAME must not decide what the tests talk to.
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", **self._environment()}
