"""The certified OpenID provider for the tests, an npm package: where it is kept, and how it gets there.

Its versions are pinned by `openid/package-lock.json`, which names sums and no registry: npm asks the one that it is set
up for. It is kept outside of the repository, in a folder of its own for each state of that file.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

FOLDER = Path(__file__).parent / "openid"
_LOCK = FOLDER / "package-lock.json"
_DONE = "installed"


def cached_folder() -> Path:
    """Where the packages of this lock file are, or would be."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches / "bbconsumer-tests" / f"openid-{hashlib.sha256(_LOCK.read_bytes()).hexdigest()[:16]}"


def find_programs() -> Path | None:
    """Node, if npm is beside it."""
    found = shutil.which("node")
    return Path(found) if found and shutil.which("npm") else None


def find_packages() -> Path | None:
    """The folder with the packages, if they are there as a whole."""
    folder = cached_folder()
    return folder if (folder / _DONE).exists() else None


def install_packages() -> str:
    """Let npm install what the lock file names; what went wrong, or nothing."""
    folder = cached_folder()
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(FOLDER / name, folder)
    # No scripts: nothing of what is downloaded runs while it is installed.
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--omit-lockfile-registry-resolved"]
    done = subprocess.run(
        ["npm", "ci", *options],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        return f"npm ended with {done.returncode}:\n{done.stdout[-2000:]}"
    (folder / _DONE).touch()
    return ""
