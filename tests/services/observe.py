"""What the operating system says about processes: for the tests of the servers themselves."""

import contextlib
import ipaddress
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.services.server import Server

_LISTENING = "0A"

_SERVE = """
from {module} import {name}
with {name}() as server:
    print(server.folder, *server.pids(), flush=True)
    input()
"""


@dataclass(frozen=True)
class Elsewhere:
    """A server that another process started."""

    starter: subprocess.Popen[str]
    folder: Path
    pids: set[int]

    def is_gone(self) -> bool:
        """Neither a process nor a file is left."""
        return not any(is_alive(pid) for pid in self.pids) and not self.folder.exists()


@contextlib.contextmanager
def started_elsewhere(kind: type[Server]) -> Iterator[Elsewhere]:
    """Start a server in a Python process of its own, for tests that end that process."""
    with subprocess.Popen(
        [sys.executable, "-c", _SERVE.format(module=kind.__module__, name=kind.__name__)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as starter:
        assert starter.stdout is not None
        folder, *pids = starter.stdout.readline().split()
        yield Elsewhere(starter, Path(folder), {int(pid) for pid in pids})


def is_alive(pid: int) -> bool:
    """Whether the process exists and is more than a zombie."""
    try:
        return Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(condition: Callable[[], bool], timeout_s: float = 30.0) -> bool:
    """Whether the condition came true in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def list_listening_addresses(pids: Iterable[int]) -> set[tuple[str, int]]:
    """Address and port of every TCP socket on which one of the processes listens."""
    sockets = {link for pid in pids for link in _open_files(pid)}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTENING and f"socket:[{fields[9]}]" in sockets:
                address, _, port = fields[1].partition(":")
                found.add((_parse_address(address), int(port, 16)))
    return found


def _open_files(pid: int) -> list[str]:
    links = []
    for link in Path("/proc", str(pid), "fd").iterdir():
        # A file may be closed while the list is read.
        with contextlib.suppress(FileNotFoundError):
            links.append(str(link.readlink()))
    return links


def _parse_address(text: str) -> str:
    # Written word by word, each in the byte order of the machine.
    words = [int(text[i : i + 8], 16).to_bytes(4, sys.byteorder) for i in range(0, len(text), 8)]
    return str(ipaddress.ip_address(b"".join(words)))
