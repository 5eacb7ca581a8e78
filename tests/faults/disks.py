"""Small file systems, which storms fill to the last byte."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Disks:
    """One for databases, one for the server's write-ahead log."""

    data: Path
    log: Path


@contextmanager
def small_disks(folder: Path) -> Iterator[Disks | None]:
    """Both, in a new folder; None where nobody lets us mount any."""
    folder.mkdir()
    with ExitStack() as stack:
        stack.callback(folder.rmdir)
        data, log = (stack.enter_context(_small_disk(folder / name)) for name in ("data", "log"))
        yield Disks(data, log) if data and log else None


@contextmanager
def _small_disk(folder: Path) -> Iterator[Path | None]:
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=160m,mode=777", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        folder.rmdir()
        yield None
        return
    try:
        yield folder
    finally:
        # Whoever still has files open keeps them until it closes them.
        subprocess.run(["umount", "--lazy", str(folder)], capture_output=True, check=True)
        folder.rmdir()


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Not a byte is left meanwhile."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            # That is what it was written for.
            pass
    try:
        yield
    finally:
        filler.unlink()
