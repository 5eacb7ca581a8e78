"""The lock that the image is built from: complete, checked by hashes, and within what setup.cfg asks for."""

import re
import tomllib
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = ("requirements.txt", "requirements-build.txt")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def locked(path: Path) -> dict[str, str]:
    """Version by name. Whatever is not a pinned requirement with hashes fails."""
    text = re.sub(r"^\s*#.*\n", "", path.read_text(), flags=re.MULTILINE)
    versions: dict[str, str] = {}
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        pinned, *hashes = line.split()[0], *HASH.findall(line)
        name, version = pinned.split("==")
        assert hashes, name
        assert line.replace(" ", "") == "".join([pinned, *hashes]), line
        versions[canonicalize_name(name)] = version
    return versions


def not_satisfied(wanted: list[str], versions: dict[str, str]) -> list[str]:
    requirements = map(Requirement, wanted)
    return [str(r) for r in requirements if not r.specifier.contains(versions.get(canonicalize_name(r.name), "0"))]


def test_the_lock_satisfies_setup_cfg(root: Path) -> None:
    setup = ConfigParser()
    setup.read(root / "setup.cfg")
    wanted = setup["options"]["install_requires"].strip().splitlines()
    assert wanted
    found = not_satisfied([line for line in wanted if not line.startswith("#")], locked(root / LOCKS[0]))
    assert found == [], "the lock is behind setup.cfg: make lock"


def test_the_lock_of_the_build_satisfies_pyproject_toml(root: Path) -> None:
    wanted = tomllib.loads((root / "pyproject.toml").read_text())["build-system"]["requires"]
    assert not_satisfied(wanted, locked(root / LOCKS[1])) == [], "the lock is behind pyproject.toml: make lock"


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_names_no_registry(root: Path, name: str) -> None:
    assert re.findall(r"https?:|--(?:extra-)?index-url|--find-links|--trusted-host", (root / name).read_text()) == []


def test_no_message_schema_is_locked(root: Path) -> None:
    """fedora-messaging would discard what an installed schema does not accept."""
    names = locked(root / LOCKS[0]).keys()
    assert [name for name in names if "schema" in name and not name.startswith("jsonschema")] == []
    assert "bodhi-messages" not in names


def test_a_pin_that_does_not_satisfy_is_found(root: Path) -> None:
    versions = locked(root / LOCKS[0])
    assert not_satisfied(["starlette < 1"], versions) == ["starlette<1"]
    assert not_satisfied(["never-heard-of ~= 1.0"], versions) == ["never-heard-of~=1.0"]
