"""On a machine that lacks something, make says what to install, in one sentence."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

TOO_OLD = """#!/bin/sh
[ "$1" = --version ] && echo Python 3.9.2 && exit
exit 1
"""
WITHOUT_ENSUREPIP = """#!/bin/sh
[ "$1" = --version ] && echo Python 3.12.3 && exit
case "$2" in *ensurepip*) exit 1;; esac
"""

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="no make")


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    # A make around the tests would tell this one to be a part of it.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, text=True, capture_output=True, check=False)


@pytest.mark.parametrize(
    ("interpreter", "advice"),
    [
        (TOO_OLD, "Python 3.11 or newer is needed and Python 3.9.2 was found: install one"),
        (WITHOUT_ENSUREPIP, "Python 3.12.3 cannot create virtual environments here: install python3-venv"),
        (None, "Python 3.11 or newer is needed and none was found: install one"),
    ],
)
def test_an_unsuitable_python_is_explained(tmp_path: Path, interpreter: str | None, advice: str) -> None:
    python = tmp_path / "python"
    if interpreter:
        python.write_text(interpreter)
        python.chmod(0o755)
    run = make("demo", f"PYTHON={python}", f"VENV={tmp_path / 'venv'}")
    assert run.returncode != 0
    assert advice in run.stderr
    assert len([line for line in run.stderr.splitlines() if not line.startswith("make")]) == 1
    assert not (tmp_path / "venv").exists()


def test_make_alone_lists_what_it_can_do() -> None:
    listed = [line.split()[1] for line in make().stdout.splitlines()]
    assert {"demo", "test", "check", "contract", "clean"} <= set(listed)


@pytest.mark.parametrize("goal", ["contract", "fidelity"])
def test_a_goal_that_needs_an_argument_asks_for_it(tmp_path: Path, goal: str) -> None:
    for kind in ("run", "test"):
        # As if the environment were up to date.
        (tmp_path / f".installed-{kind}").touch()
    run = make(goal, f"VENV={tmp_path}", "BUGZILLA_URL=", "PAGURE_URL=", "BODHI_URL=", "PEERS=")
    assert run.returncode != 0
    assert f"make {goal}: say wh" in run.stderr
