"""Ends a program of ours at its n-th step as by SIGKILL: `python -m tests.crashes.mortal FILE MODULE [ARGUMENT …]`.

A step is just before a statement, just after one, or when a connection is given back, which is just after a commit.
Between two steps lies all else that the program does, such as a request to a source. FILE holds n, and after it may
hold a part of the statement from which on steps are counted; without the file nothing is counted.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Pool, event


def arm(file: Path, step: int, beginning: str = "") -> None:
    """Have the process that looks at the file end at this step, the first being 1. The file is gone when it has."""
    draft = file.with_suffix(".draft")
    draft.write_text(f"{step} {beginning}")
    draft.rename(file)


class Death:
    """Counts the steps of all threads."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._left: int | None = None
        self._beginning = ""

    def before_statement(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self._step(statement)

    def after_anything(self, *_: Any) -> None:
        self._step("")

    def _step(self, statement: str) -> None:
        with self._lock:
            if self._left is None and self._file.exists():
                step, self._beginning = self._file.read_text().split(" ", 1)
                self._left = int(step)
            if self._left is None or self._beginning not in statement:
                return
            self._beginning = ""
            self._left -= 1
            if self._left == 0:
                self._file.unlink()
                os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    file, module, *arguments = sys.argv[1:]
    death = Death(Path(file))
    event.listen(Engine, "before_cursor_execute", death.before_statement)
    event.listen(Engine, "after_cursor_execute", death.after_anything)
    event.listen(Pool, "checkin", death.after_anything)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
