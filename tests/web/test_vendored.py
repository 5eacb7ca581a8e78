"""What others made is served exactly as they made it, with its licence, and nothing comes along that nobody listed."""

from __future__ import annotations

import hashlib
import shutil
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from web.assets import FOLDER

VENDOR = FOLDER / "vendor"
LICENCE = "LICENSE"


def problems(folder: Path) -> Iterator[str]:
    """What is wrong with a folder of vendored files: one sentence each."""
    listed: dict[str, str] = {}
    for name, package in tomllib.loads((folder / "VENDOR.toml").read_text(encoding="utf-8")).items():
        yield from (f"{name} has no {key}" for key in ("version", "licence", "source") if not package.get(key))
        if LICENCE not in package["sha256"]:
            yield f"{name} lists no {LICENCE}"
        listed |= {f"{name}/{file}": digest for file, digest in package["sha256"].items()}
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    del found["VENDOR.toml"]
    yield from (f"{path} is not listed" for path in found.keys() - listed)
    yield from (f"{path} is missing" for path in listed.keys() - found)
    for path in found.keys() & listed:
        if hashlib.sha256(found[path].read_bytes()).hexdigest() != listed[path]:
            yield f"{path} is not what was listed"


def test_every_vendored_file_is_listed_with_its_licence_and_unchanged() -> None:
    assert list(problems(VENDOR)) == []


def _append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda folder: _append(folder / "htmx" / "htmx.min.js"), "htmx/htmx.min.js is not what was listed"),
        (lambda folder: (folder / "htmx" / "more.js").touch(), "htmx/more.js is not listed"),
        (lambda folder: (folder / "idiomorph" / LICENCE).unlink(), "idiomorph/LICENSE is missing"),
    ],
)
def test_a_file_that_changed_came_or_went_is_noticed(
    tmp_path: Path, change: Callable[[Path], object], problem: str
) -> None:
    copy = shutil.copytree(VENDOR, tmp_path / "vendor")
    change(copy)
    assert list(problems(copy)) == [problem]


@pytest.mark.parametrize(
    ("listed", "problem"),
    [
        ('version = "1"\nlicence = "MIT"\n[tool.sha256]\nLICENSE = "{sum}"', "tool has no source"),
        ('version = "1"\nlicence = "MIT"\nsource = "npm"\n[tool.sha256]', "tool lists no LICENSE"),
    ],
)
def test_a_package_without_its_origin_or_licence_is_noticed(tmp_path: Path, listed: str, problem: str) -> None:
    (tmp_path / "tool").mkdir()
    (tmp_path / "tool" / LICENCE).touch()
    text = "[tool]\n" + listed.format(sum=hashlib.sha256(b"").hexdigest())
    (tmp_path / "VENDOR.toml").write_text(text, encoding="utf-8")
    assert problem in list(problems(tmp_path))


def _declarations(css: str, rule: str) -> list[str]:
    """What a rule declares, in one spelling."""
    body = css.split(rule, 1)[1].partition("}")[0].removeprefix("{")
    return [":".join(part.strip() for part in line.split(":", 1)) for line in body.split(";") if line.strip()]


def test_dark_is_what_bootstrap_calls_dark() -> None:
    bootstrap = (VENDOR / "bootstrap" / "bootstrap.min.css").read_text(encoding="utf-8")
    ours = (FOLDER / "dark.css").read_text(encoding="utf-8")
    assert _declarations(ours, ":root ") == _declarations(bootstrap, "}[data-bs-theme=dark]")
