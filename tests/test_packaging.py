"""What `pip install` puts on a server is the whole program, and a checkout runs without being installed."""

import fnmatch
import os
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = [name for name in ("bbconsumer", "web", "migrations") if (ROOT / name).exists()]
BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"


# What is built and installed is shared.
pytestmark = pytest.mark.xdist_group("packaging")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    """Built from a copy, since building leaves files beside the source."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, source)
    subprocess.run([sys.executable, "-c", BUILD, target], cwd=source, check=True, capture_output=True)
    (built,) = target.glob("*.whl")
    return ZipFile(built)


def test_every_file_of_the_packages_is_installed(wheel: ZipFile) -> None:
    files = {
        str(path.relative_to(ROOT))
        for name in PACKAGES
        for path in (ROOT / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert files - set(wheel.namelist()) == set()


def test_nothing_else_is_installed(wheel: ZipFile) -> None:
    top_level = {name.partition("/")[0] for name in wheel.namelist()}
    assert {name for name in top_level if not name.endswith(".dist-info")} == set(PACKAGES)


@pytest.mark.parametrize(
    ("pattern", "what_for"),
    [
        ("bbconsumer/py.typed", "types for those who embed it"),
        ("bbconsumer/messaging/*.toml", "how to reach the bus"),
        ("migrations/env.py", "upgrade_db"),
        ("migrations/script.py.mako", "the next revision"),
        ("migrations/versions/0001_*.py", "upgrade_db"),
        ("web/templates/*.html", "pages"),
        ("web/static/*.css", "pages"),
        ("web/static/vendor/*/LICENSE", "the licences of what others made"),
        ("web/static/vendor/bootstrap/*.css", "pages"),
    ],
)
def test_what_is_no_module_and_yet_needed_is_installed(wheel: ZipFile, pattern: str, what_for: str) -> None:
    """Named one by one, since a file that is missing from the source is missed by no comparison with it."""
    assert fnmatch.filter(wheel.namelist(), pattern), what_for


def test_no_test_and_no_cache_is_installed(wheel: ZipFile) -> None:
    unwanted = ("tests/*", "*/tests/*", "*.pyc", "*/__pycache__/*", "*.sqlite")
    assert [name for name in wheel.namelist() if any(fnmatch.fnmatch(name, pattern) for pattern in unwanted)] == []


def test_the_command_is_called_as_the_documentation_says(wheel: ZipFile) -> None:
    (entry_points,) = (name for name in wheel.namelist() if name.endswith("/entry_points.txt"))
    assert "[console_scripts]\nbbconsumer = bbconsumer.cli:main\n" in wheel.read(entry_points).decode()


def test_what_is_installed_upgrades_a_database_without_the_checkout(wheel: ZipFile, tmp_path: Path) -> None:
    wheel.extractall(tmp_path / "installed")
    database = tmp_path / "new.sqlite"
    code = "from bbconsumer.cli import main; main()"
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path / "installed"), "SQLITE_PATH": str(database)}
    run([sys.executable, "-c", code, "upgrade_db"], tmp_path, environ)
    assert database.exists()


@pytest.mark.parametrize("folder", ["checkout", "elsewhere"])
def test_a_checkout_runs_as_a_file_from_any_folder(tmp_path: Path, folder: str) -> None:
    """The cluster's job runs it so: python bbconsumer/cli.py sync."""
    here = ROOT if folder == "checkout" else tmp_path
    path = os.path.relpath(ROOT / "bbconsumer" / "cli.py", here)
    output = run([sys.executable, path, "--help"], here, {"PATH": os.environ["PATH"]})
    commands = {line.split()[0] for line in output.partition("Commands:")[2].splitlines() if line.strip()}
    assert {"sync", "upgrade_db", "init_db", "add_release", "add_milestone", "check_config", "demo"} <= commands


def run(command: list[str], folder: Path, environ: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=folder, env=environ, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_licence_is_stated_and_included(wheel: ZipFile) -> None:
    (metadata,) = (name for name in wheel.namelist() if name.endswith("/METADATA"))
    assert "License-Expression: GPL-3.0-or-later" in wheel.read(metadata).decode()
    assert any(name.endswith("/licenses/LICENSE") for name in wheel.namelist())
