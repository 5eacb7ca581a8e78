"""What a running process has taken of the machine, as Linux tells it."""

from __future__ import annotations

import os
from pathlib import Path


def memory_mib(process_id: int) -> float:
    """The memory that it holds now."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{process_id}/status").read_text().splitlines())
    return int(status["VmRSS"].split()[0]) / 1024


def cpu_s(process_id: int) -> float:
    """The seconds of processor time that it took so far, its own and the system's for it."""
    # The name, in parentheses, may hold blanks; user and system time are the 14th and 15th field.
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
