"""Starts the service's processes for a test and ends them after it."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import requests

from bbconsumer.config import Secret, Settings
from tests.services.server import find_free_port

T = TypeVar("T")

PATIENCE_S = 60.0
_ROOT = Path(__file__).parents[2]
# As in a pod, nothing loads pytest.
_PATHS = (_ROOT / "tests" / "services" / "as_in_a_pod", _ROOT)
CONFIGURATION = """
amqp_url = "{url}"
passive_declares = false
[client_properties]
app = "bbconsumer test"
[queues.{queue}]
durable = true
auto_delete = false
exclusive = false
arguments = {{}}
[[bindings]]
queue = "{queue}"
exchange = "amq.topic"
routing_keys = ["org.fedoraproject.*.bugzilla.bug.#", "org.fedoraproject.*.pagure.issue.#"]
[qos]
prefetch_size = 0
prefetch_count = 25
"""


@dataclass
class Deployment:
    """The environment that all processes of one deployment share, and the processes that run."""

    environment: Mapping[str, str]
    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def run(self, *arguments: str, timeout: float = PATIENCE_S) -> subprocess.CompletedProcess[str]:
        """Run a command of ours to its end."""
        command = [sys.executable, "-m", "bbconsumer.cli", *arguments]
        return subprocess.run(
            command,
            env=self._environment(),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def start(self, *arguments: str, program: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        """Start a command of ours, or of a module that stands for us, that goes on; its output goes to a file."""
        module = program or ["bbconsumer.cli"]
        return self._popen([sys.executable, "-m", *module, *arguments], arguments[0])

    def start_consumer(self, amqp_url: str, queue: str) -> subprocess.Popen[bytes]:
        """Start consumer and worker on a queue of this name."""
        configuration = self.folder / "fedora-messaging.toml"
        configuration.write_text(CONFIGURATION.format(url=amqp_url, queue=queue))
        return self.start("consume", "--conf", str(configuration))

    def start_web(self, *options: str) -> str:
        """Start the web, with options for uvicorn, and wait until it answers; gives the address of the port's root."""
        port = find_free_port()
        self.launch_web(port, *options)
        url = f"http://127.0.0.1:{port}"
        eventually(lambda: requests.get(f"{url}/healthz/ready", timeout=5).status_code == 200)
        return url

    def launch_web(self, port: int, *options: str, program: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        """Start the web on a port, with options for uvicorn, and wait for nothing.

        `program` is a module, with arguments, that runs uvicorn instead of Python itself.
        """
        command = [sys.executable, "-m", *program, "uvicorn", "--factory", "web.app:create_app_from_environment"]
        return self._popen([*command, "--host", "127.0.0.1", "--port", str(port), *options], "web")

    def output(self) -> str:
        """What the processes wrote so far: for the message of a failing test."""
        return "\n".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))

    def _popen(self, command: list[str], name: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}-{len(self.processes)}.log").open("wb") as log:
            process = subprocess.Popen(
                command, env=self._environment(), cwd=self.folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        self.processes.append(process)
        return process

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        # Many processes run at once: only those whose port is looked at have one.
        own = {"PYTHONPATH": os.pathsep.join(map(str, _PATHS)), "METRICS_PORT": "0", "LOG_FORMAT": "text"}
        return {**kept, **own, **self.environment}


def environment_of(settings: Settings, database_url: str) -> dict[str, str]:
    """What of the settings is not the default, as a process finds it, on this database."""
    usual, names = Settings.of(), [field.name for field in dataclasses.fields(settings)]
    values = {name: getattr(settings, name) for name in names if getattr(settings, name) != getattr(usual, name)}
    return {name.upper(): _as_text(value) for name, value in values.items()} | {"DATABASE_URL": database_url}


def _as_text(value: object) -> str:
    match value:
        case bool():
            return str(int(value))
        case Secret():
            return value.reveal()
        case tuple():
            return ",".join(value)
    return str(value)


@contextmanager
def deployed(environment: Mapping[str, str], folder: Path) -> Iterator[Deployment]:
    """A deployment whose processes are asked to end, and made to, when the block is left."""
    deployment = Deployment(environment, folder)
    try:
        yield deployment
    finally:
        for process in deployment.processes:
            process.send_signal(signal.SIGTERM)
        for process in deployment.processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def eventually(condition: Callable[[], T], patience_s: float = PATIENCE_S) -> T:
    """Ask until the answer is true, and give it back; refused connections count as not yet."""
    deadline = time.monotonic() + patience_s
    answer: T | None = None
    while True:
        try:
            answer = condition()
        except requests.ConnectionError:
            answer = None
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"still not so after {patience_s:g} s: {answer!r}")
        time.sleep(0.05)
