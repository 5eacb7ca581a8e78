"""What the Dockerfile promises to the manifests and to whoever runs the image."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def steps(root: Path) -> list[tuple[str, str]]:
    """Instruction and argument of every step, comments and line breaks taken out."""
    lines = [line for line in (root / "Dockerfile").read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(step.split(maxsplit=1)[0], step.split(maxsplit=1)[1]) for step in joined.splitlines() if step.strip()]


@pytest.fixture(scope="module")
def result(steps: list[tuple[str, str]]) -> dict[str, str]:
    """The last value of each instruction in the stage that is shipped."""
    last_from = max(index for index, (instruction, _) in enumerate(steps) if instruction == "FROM")
    return dict(steps[last_from:])


def test_the_shipped_stage_is_not_the_one_that_builds(steps: list[tuple[str, str]]) -> None:
    assert [argument for instruction, argument in steps if instruction == "FROM"] == [
        "${BASE_IMAGE} AS build",
        "${RUNTIME_IMAGE}",
    ]
    arguments = dict(argument.split("=", 1) for instruction, argument in steps if instruction == "ARG")
    assert arguments == {
        "BASE_IMAGE": "registry.access.redhat.com/ubi9/python-312",
        "RUNTIME_IMAGE": "registry.access.redhat.com/ubi9/python-312-minimal",
    }


def test_the_image_runs_as_a_user_without_rights_on_the_services_port(result: dict[str, str]) -> None:
    assert result["USER"] == "1001"
    assert result["EXPOSE"] == "8080"
    assert "/healthz/live" in result["HEALTHCHECK"]


def test_the_image_serves_the_web_by_default(result: dict[str, str]) -> None:
    command = shlex.split(result["CMD"].strip("[]").replace(",", " "))
    assert command[:7] == [
        "uvicorn", "--factory", "web.app:create_app_from_environment", "--host", "0.0.0.0", "--port", "8080",
    ]  # fmt: skip
    assert {"--no-server-header", "--proxy-headers"} <= set(command)


def test_a_web_pod_that_is_asked_to_stop_is_done_before_it_is_killed(result: dict[str, str], web: Any) -> None:
    option = re.search(r'"--timeout-graceful-shutdown", "(\d+)"', result["CMD"])
    assert option
    waits_first_s = int(web.container("web")["lifecycle"]["preStop"]["exec"]["command"][-1])
    assert waits_first_s + int(option[1]) + 10 <= web.pod["terminationGracePeriodSeconds"]


def test_the_image_needs_no_writable_place_but_tmp(result: dict[str, str]) -> None:
    environment = dict(part.split("=", 1) for part in shlex.split(result["ENV"]))
    assert environment["HOME"] == "/tmp"
    assert environment["PYTHONDONTWRITEBYTECODE"] == "1"
    assert environment["PYTHONUNBUFFERED"] == "1"
