"""`python -m tests.faults`: storms, as many as are asked for."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from tests.faults.runs import Hanging, Record, run_many


def main() -> int:
    """Run what is asked for; the exit code is 0 when all is well."""
    options = _parser().parse_args()
    # As Ctrl-C does: nothing that was started may outlive this process.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    seeds = range(options.seed, options.seed + options.storms)
    try:
        return 0 if run_many(seeds, Record(options.resume)) else 1
    except Hanging as hanging:
        print(f"FAILED: {hanging}", flush=True)
        # Its threads would be waited for.
        os._exit(1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--storms", type=int, default=50, help="how many, each of another seed (default: 50)")
    parser.add_argument("--seed", type=int, default=1, help="of the first storm; the others follow (default: 1)")
    parser.add_argument(
        "--resume", type=Path, metavar="FILE", help="note each result there, and leave out what is noted"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
