"""The code from before the newest migration, out of the history, runs on the schema that the newest one leaves behind.

That is what a cluster does when a roll-out fails: the image goes back, the schema does not.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from sqlalchemy import make_url

from bbconsumer.db.schema import code_head, upgrade
from bbconsumer.db.session import Database
from tests.db.images import ROOT
from tests.end_to_end.deployment import eventually
from tests.services.required import leave_out
from tests.services.server import find_free_port

PACKAGES = ("bbconsumer", "web", "migrations")
MILESTONE = ("45", "beta", "--blocker", "1", "--freeze-exception", "2", "--current")


def git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True).stdout


def commit_before_the_newest_migration() -> str:
    """The first parent of the commit that added it, or HEAD while it is not committed yet."""
    newest = max((ROOT / "migrations" / "versions").glob("[0-9]*.py"))
    added = git("log", "--diff-filter=A", "--format=%H", "--", str(newest.relative_to(ROOT))).decode().split()
    return f"{added[-1]}^" if added else "HEAD"


@pytest.fixture(scope="module")
def previous(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the previous code, and nothing of the present one."""
    folder = tmp_path_factory.mktemp("previous")
    try:
        archive = git("archive", commit_before_the_newest_migration(), *PACKAGES)
    except (OSError, subprocess.CalledProcessError) as error:
        leave_out(f"the history before the newest migration is not here (git fetch --unshallow): {error}")
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
    return folder


def run_previous(folder: Path, url: str, *arguments: str) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "bbconsumer.cli", *arguments],
        env=environment(folder, url), cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@contextmanager
def previous_web(folder: Path, url: str) -> Iterator[str]:
    """The web of the previous code, ready; the address of its pages."""
    port = find_free_port()
    command = [sys.executable, "-m", "uvicorn", "--factory", "web.app:create_app_from_environment", "--port", str(port)]
    with (folder / "web.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment(folder, url), cwd=folder, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        eventually(lambda: process.poll() is not None or requests.get(f"{address}/healthz/ready", timeout=10).ok)
        assert process.poll() is None, (folder / "web.log").read_text()
        yield f"{address}/blockerbugs"
    finally:
        process.kill()
        process.wait()


def environment(folder: Path, url: str) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(folder), "DATABASE_URL": url}


def test_the_previous_code_starts_on_the_new_schema_and_serves_pages(previous: Path, postgresql_url: str) -> None:
    database = Database(make_url(postgresql_url))
    upgrade(database)
    database.dispose()
    said = run_previous(previous, postgresql_url, "upgrade_db")
    assert said.startswith(f"The schema ({code_head()}) is newer than this code ("), said
    assert "45 Beta" in run_previous(previous, postgresql_url, "add_milestone", *MILESTONE)
    with previous_web(previous, postgresql_url) as pages:
        for page, holds in (("status", "Bugzilla"), ("milestone/45/beta", "45 Beta"), ("bug/1", "")):
            answer = requests.get(f"{pages}/{page}", timeout=60)
            assert answer.status_code == (200 if holds else 404), (previous / "web.log").read_text()
            assert holds in answer.text
