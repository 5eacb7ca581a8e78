"""Where the large folders of the tests are: in memory where there is room, since that is what disks are slowest at."""

from __future__ import annotations

import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

_IN_MEMORY = Path("/dev/shm")
# Much more than all servers of a run together need.
_ROOM_BYTES = 4 * 2**30


@cache
def find_room() -> str | None:
    """For `tempfile`'s `dir`: a folder in memory in which programs may run, or None for the usual one."""
    if not os.access(_IN_MEMORY, os.W_OK) or shutil.disk_usage(_IN_MEMORY).free < _ROOM_BYTES:
        return None
    with tempfile.TemporaryDirectory(dir=_IN_MEMORY) as folder:
        program = Path(folder) / "program"
        program.touch(0o755)
        # Never, where the file system was mounted without leave to execute.
        return str(_IN_MEMORY) if os.access(program, os.X_OK) else None
