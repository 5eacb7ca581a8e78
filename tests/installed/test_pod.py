"""What the Dockerfile and the source build install runs as the cluster runs it.

The commands are those of the files themselves; only their paths and the port are others.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import requests
from sqlalchemy import make_url

from tests.end_to_end.deployment import eventually
from tests.installed.container import Container, find_interpreter, require_containers
from tests.openshift.image import ROOT, Stage, read_stages
from tests.openshift.test_lock import locked
from tests.services.postgres import PostgreSQL
from tests.services.server import find_free_port

# uvicorn ends in order, and then sends itself the signal that it was sent; a container's first process never gets it.
ENDED = {0, -signal.SIGTERM}

# One installation takes most of a minute: all tests share it.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("installed")]

PLACE = "/opt/app-root/"
# How this machine reaches a registry.
KEPT_OF_PIP = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "HTTP", "http"))}
NOT_COPIED = shutil.ignore_patterns(".*", "tests", "build", "*.egg-info", "__pycache__", "*.sqlite*")


@dataclass(frozen=True)
class Installed:
    """What both stages would leave behind, below a folder that stands for /opt/app-root."""

    folder: Path
    shipped: Stage

    @property
    def environment(self) -> dict[str, str]:
        """What the image sets; the PATH of the base image is that of this machine."""
        path = self.shipped.environment()["PATH"].replace("$PATH", os.environ["PATH"])
        return self.shipped.environment() | {"PATH": self.here(path)}

    def here(self, text: str) -> str:
        return text.replace(PLACE, f"{self.folder}/")


@pytest.fixture(scope="session")
def installed() -> Iterator[Installed]:
    """Made by the commands of the Dockerfile, from a copy of the source."""
    require_containers()
    interpreter = find_interpreter()
    build, shipped = read_stages()
    # Not pytest's folder, which no other user may enter, nor /tmp, in whose place a container has its own.
    folder = Path(tempfile.mkdtemp(prefix="bbconsumer-image-", dir="/var/tmp"))
    folder.chmod(0o755)
    done = Installed(folder, shipped)
    try:
        shutil.copytree(ROOT, folder / "src", ignore=NOT_COPIED)
        for command in build.shell_commands():
            here = done.here(command).replace("python3.12 ", f"{interpreter} ")
            run = subprocess.run(
                # Nothing of the tests' own environment, above all no PYTHONPATH, where pip would find us installed.
                ["sh", "-c", here],
                env={"PATH": os.environ["PATH"], "HOME": str(folder), **KEPT_OF_PIP},
                cwd=folder / "src",
                capture_output=True,
                text=True,
                check=False,
            )
            assert run.returncode == 0, run.stdout + run.stderr
        (folder / "empty").mkdir()
        yield done
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def pod(installed: Installed, postgres: PostgreSQL) -> Iterator[Container]:
    """A container of the image with the variables of a pod, on an empty database."""
    url = postgres.create_database()
    parts = make_url(url)
    database = {
        "KUBERNETES_SERVICE_HOST": "10.0.0.1",
        "POSTGRESQL_USER": parts.username or "",
        "POSTGRESQL_PASSWORD": str(parts.password),
        "POSTGRESQL_DATABASE": parts.database or "",
        "POSTGRESQL_SERVICE_HOST": parts.host or "",
        "POSTGRESQL_SERVICE_PORT": str(parts.port),
    }
    yield Container(installed.folder / "empty", installed.environment | database)
    postgres.drop_database(url)


@contextmanager
def answering(pod: Container, command: list[str], port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A web that has become ready."""
    with log.open("wb") as output, pod.running(*command, log=output) as process:
        eventually(lambda: process.poll() is not None or requests.get(f"http://127.0.0.1:{port}/healthz/ready").ok)
        assert process.poll() is None, log.read_text()
        yield process


def test_the_lock_is_what_is_installed_and_no_tool_that_builds(installed: Installed) -> None:
    found = {path.stem for path in installed.folder.glob("bbconsumer/lib/*/site-packages/*.dist-info")}
    names = {re.sub(r"[-_.]+", "-", name.rsplit("-", 1)[0]).lower() for name in found}
    assert names == {*locked(ROOT / "requirements.txt"), "bbconsumer"}


def test_everybody_may_read_what_is_installed_and_nobody_but_its_owner_write(installed: Installed) -> None:
    for path in (installed.folder / "bbconsumer").rglob("*"):
        mode = path.lstat().st_mode
        if not stat.S_ISLNK(mode):
            assert mode & stat.S_IROTH, path
            assert not mode & stat.S_IWOTH, path


def test_a_pod_upgrades_its_schema_and_then_answers(pod: Container, installed: Installed, tmp_path: Path) -> None:
    upgrade = pod.run("bbconsumer", "upgrade_db")
    assert (upgrade.returncode, upgrade.stdout.startswith("The schema is now ")) == (0, True), upgrade.stdout
    port = find_free_port()
    command = [word.replace("8080", str(port)) for word in installed.shipped.command()]
    check = [word.replace("8080", str(port)) for word in installed.shipped.health_check()]
    with answering(pod, command, port, tmp_path / "web.log") as web:
        assert requests.get(f"http://127.0.0.1:{port}/blockerbugs/status").status_code == 200
        assert pod.run(*check).returncode == 0
        web.send_signal(signal.SIGTERM)
        assert web.wait(25) in ENDED, (tmp_path / "web.log").read_text()
    assert pod.run(*check).returncode != 0


def test_the_consumer_starts_as_far_as_it_needs_no_broker(pod: Container) -> None:
    run = pod.run("bbconsumer", "consume", "--conf", "/nowhere.toml")
    assert run.returncode == 1
    assert run.stdout.startswith("Error: "), run.stdout
    assert "/nowhere.toml" in run.stdout


def test_a_pod_can_write_nothing_but_tmp(pod: Container, installed: Installed) -> None:
    tried = 'touch /tmp/fine && ! touch "$0/bbconsumer/lib/not" && ! touch /var/tmp/not && ! touch not'
    assert pod.run("sh", "-c", tried, str(installed.folder)).returncode == 0


# The source build: `assemble` installs requirements.txt and setup.cfg, `run` starts APP_SCRIPT in the source's folder.


def test_a_source_builds_pod_upgrades_its_schema_and_then_answers(
    pod: Container, installed: Installed, tmp_path: Path
) -> None:
    lines = (ROOT / ".s2i" / "environment").read_text().splitlines()
    set_by_build = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    assert set_by_build.keys() == {"APP_SCRIPT", "DISABLE_PYPROJECT_TOML_PROCESSING"}
    port = find_free_port()
    source = replace(
        pod, folder=installed.folder / "src", environment={**pod.environment, **set_by_build, "PORT": str(port)}
    )
    with answering(source, [f"./{set_by_build['APP_SCRIPT']}"], port, tmp_path / "web.log") as web:
        assert "The schema is now" in (tmp_path / "web.log").read_text()
        web.send_signal(signal.SIGTERM)
        assert web.wait(25) in ENDED


def test_a_source_builds_pod_without_a_database_ends(pod: Container, installed: Installed) -> None:
    """So that the cluster keeps the pods of the previous build."""
    away = replace(
        pod,
        folder=installed.folder / "src",
        environment={**pod.environment, "POSTGRESQL_SERVICE_PORT": str(find_free_port())},
    )
    run = away.run("./openshift/serve.sh")
    assert run.returncode == 1
    assert "Error: " in run.stdout
    assert "Traceback" not in run.stdout
