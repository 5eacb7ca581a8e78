"""`python -m tests.bench.measured sync` or `… download PLAN`: one pass, and what it took, as a JSON line.

`download` asks for what the file PLAN lists, with the service's own HTTP session, and reads the JSON: nothing else. The
seconds are those from the end of all imports on; memory and processor time are those of the process's whole life.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def sync() -> None:
    """The service's sync, as the command line runs it."""
    from bbconsumer.cli import main  # noqa: PLC0415 - neither pays for the other's imports

    started = time.perf_counter()
    main(["sync"], standalone_mode=False)
    _report(started)


def download(plan: str) -> None:
    """The same requests, bare."""
    from bbconsumer.sources.http import build_session  # noqa: PLC0415 - see above

    requests = json.loads(Path(plan).read_text())
    started = time.perf_counter()
    session = build_session("bugzilla", 60)
    for url, params in requests:
        answer = session.get(url, params=params)
        answer.raise_for_status()
        answer.json()
    _report(started)


def _report(started: float) -> None:
    seconds = time.perf_counter() - started
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    peak_mib = int(status["VmHWM"].split()[0]) / 1024
    print(json.dumps({"seconds": seconds, "cpu_s": time.process_time(), "peak_mib": peak_mib}))


if __name__ == "__main__":
    if sys.argv[1] == "sync":
        sync()
    else:
        download(sys.argv[2])
