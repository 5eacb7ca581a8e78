"""`python -m tests.bench`: measure, and print the table."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from tests.bench import burst, consuming, growth, load, pages, polling, scale, syncing, tail, tickets
from tests.bench.sizes import FULL, QUICK, Sizes
from tests.bench.table import Row, as_json, as_text
from tests.bench.world import World
from tests.services.postgres import PostgreSQL
from tests.services.rabbitmq import RabbitMQ

ROWS: Mapping[str, Callable[[World, Sizes], list[Row]]] = {
    "consuming": consuming.measure,
    "tail": tail.measure,
    "burst": burst.measure,
    "syncing": syncing.measure,
    "tickets": tickets.measure,
    "pages": pages.measure,
    "load": load.measure,
    "scale": scale.measure,
    "growth": growth.measure,
    "polling": polling.measure,
}


def main() -> None:
    """Measure what is asked for."""
    options = _parser().parse_args()
    sizes = QUICK if options.quick else FULL
    if options.seconds:
        sizes = replace(sizes, load_s=options.seconds)
    if options.messages:
        sizes = replace(sizes, fed_messages=options.messages)
    rows: list[Row] = []
    try:
        with tempfile.TemporaryDirectory() as folder, RabbitMQ() as rabbitmq, PostgreSQL() as postgres:
            for name in options.only or ROWS:
                print(f"measuring {name} …", file=sys.stderr, flush=True)
                rows += ROWS[name](World(rabbitmq, postgres, Path(folder)), sizes)
    finally:
        # Also when a part has failed: what was measured until then took its time.
        print(as_json(rows) if options.json else as_text(rows))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="How fast the service is.")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: only to see that everything runs")
    parser.add_argument("--seconds", type=float, help="how long the steady rate of `load` lasts")
    parser.add_argument("--messages", type=int, help="over how many messages `load` watches the consumer's memory")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--only", nargs="+", choices=list(ROWS), metavar="PART", help=f"of {', '.join(ROWS)}")
    return parser


if __name__ == "__main__":
    main()
