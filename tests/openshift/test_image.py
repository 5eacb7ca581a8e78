"""What the Dockerfile promises to the manifests and to whoever runs the image."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.openshift.image import Stage, read_stages, read_steps


@pytest.fixture(scope="module")
def shipped() -> Stage:
    return read_stages()[-1]


def test_the_shipped_stage_is_not_the_one_that_builds() -> None:
    steps = read_steps()
    assert [argument for instruction, argument in steps if instruction == "FROM"] == [
        "${BASE_IMAGE} AS build",
        "${RUNTIME_IMAGE}",
    ]
    arguments = dict(argument.split("=", 1) for instruction, argument in steps if instruction == "ARG")
    assert arguments == {
        "BASE_IMAGE": "registry.access.redhat.com/ubi9/python-312",
        "RUNTIME_IMAGE": "registry.access.redhat.com/ubi9/python-312-minimal",
    }


def test_the_shipped_stage_installs_nothing(shipped: Stage) -> None:
    """All it takes from the build is the virtual environment."""
    assert shipped.shell_commands() == []
    copied = [argument for instruction, argument in shipped.steps if instruction in {"COPY", "ADD"}]
    assert copied == ["--from=build /opt/app-root/bbconsumer /opt/app-root/bbconsumer"]


def test_everything_from_a_registry_is_checked_by_its_hash() -> None:
    commands = " && ".join(read_stages()[0].shell_commands()).split(" && ")
    fetching = [command for command in commands if re.search(r"pip (install|wheel|download)", command)]
    assert len(fetching) == 3
    for command in fetching:
        assert "--require-hashes --no-deps" in command or command.endswith(" .")
    (own,) = [command for command in fetching if command.endswith(" .")]
    assert "--no-deps --no-build-isolation" in own


def test_the_image_runs_as_a_user_without_rights_on_the_services_port(shipped: Stage) -> None:
    assert shipped.last("USER") == "1001"
    assert shipped.last("EXPOSE") == "8080"
    assert "/healthz/live" in shipped.health_check()[-1]


def test_the_image_serves_the_web_by_default(shipped: Stage) -> None:
    command = shipped.command()
    assert command[:7] == [
        "uvicorn", "--factory", "web.app:create_app_from_environment", "--host", "0.0.0.0", "--port", "8080",
    ]  # fmt: skip
    assert {"--no-server-header", "--no-proxy-headers"} <= set(command)


def test_a_source_build_serves_the_same_after_upgrading_the_schema(shipped: Stage, root: Path) -> None:
    script = re.sub(r"\\\n\s*", " ", (root / "openshift" / "serve.sh").read_text())
    commands = [shlex.split(line) for line in script.splitlines() if line and not line.startswith("#")]
    served = ["8080" if word == "${PORT:-8080}" else word for word in commands[-1]]
    assert commands[:-1] == [["set", "-euo", "pipefail"], ["bbconsumer", "upgrade_db"]]
    assert served == ["exec", *shipped.command()]


def test_a_web_pod_that_is_asked_to_stop_is_done_before_it_is_killed(shipped: Stage, web: Any) -> None:
    command = shipped.command()
    waits_last_s = int(command[command.index("--timeout-graceful-shutdown") + 1])
    waits_first_s = int(web.container("web")["lifecycle"]["preStop"]["exec"]["command"][-1])
    assert waits_first_s + waits_last_s + 10 <= web.pod["terminationGracePeriodSeconds"]


def test_the_image_needs_no_writable_place_but_tmp(shipped: Stage) -> None:
    environment = shipped.environment()
    assert environment["HOME"] == "/tmp"
    assert environment["PYTHONDONTWRITEBYTECODE"] == "1"
    assert environment["PYTHONUNBUFFERED"] == "1"
