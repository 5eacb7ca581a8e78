"""The benchmark runs to its end, and what it counts is what it should be. Its times are not looked at."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.__main__ import ROWS
from tests.bench.audience import Audience
from tests.bench.growth import exponents
from tests.bench.table import Row, as_text, at_least, at_most, compared, counted
from tests.long import IS_LONG
from tests.services.rabbitmq import RabbitMQ

ROOT = Path(__file__).parents[2]
MAY_BE_NOTHING = {"ms/bug", "ms/ticket", "waiting", "waiting/s", "MiB/100,000", "exponent", "changes"}
# What the rows of each part begin with. Most are left to `make verify`.
PARTS = {
    "syncing": {"sync"},
}
LONG_PARTS = {
    "pages": {"page"},
    "consuming": {"consume"},
    "tail": {"tail"},
    "burst": {"burst"},
    "tickets": {"sync"},
    "load": {"load"},
    "scale": {"scale"},
    "growth": {"growth"},
    "polling": {"polling"},
}
if IS_LONG:
    PARTS |= LONG_PARTS


def test_every_part_of_the_benchmark_is_run_by_a_test() -> None:
    assert (PARTS | LONG_PARTS).keys() == ROWS.keys()


@pytest.mark.slow
def test_a_quick_run_fills_every_row_and_the_requests_of_a_sync_are_within_their_aims(
    rabbitmq: RabbitMQ, postgres: object
) -> None:
    # The fixtures say that this machine has both servers; the bench starts its own.
    command = [sys.executable, "-m", "tests.bench", "--quick", "--json", "--only", *PARTS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stderr
    rows = [Row(**row) for row in json.loads(done.stdout)]
    assert {row.what.split()[0].rstrip(":,") for row in rows} == {word for part in PARTS for word in PARTS[part]}
    # What is left after a subtraction, and what waits or grows, may be nothing.
    assert all(row.figure > 0 for row in rows if row.unit not in MAY_BE_NOTHING)
    # Not those of the burst: how many they are depends on how fast the machine is meanwhile.
    with_aims = [row for row in rows if row.unit == "requests" and row.aim and row.what.startswith("sync")]
    assert with_aims
    assert [row for row in with_aims if not row.met] == []


def test_an_audience_whose_web_has_ended_says_so_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.bench.audience.PATIENCE_S", 0.1)

    async def story() -> list[str]:
        audience, is_over = Audience("http://127.0.0.1:1", told=[0]), asyncio.Event()
        audience.due.put_nowait((0.0, "/"))
        is_over.set()
        await audience.come(["/"], 1.0, is_over)
        return audience.broken

    assert asyncio.run(story()) == ["1 pages were not answered in 0.1 s after the last was due"]


def test_a_ratio_is_taken_within_each_round_and_held_to_its_aim() -> None:
    row = compared("a", "msg/s", [90, 10, 500], [100, 20, 400], at_least(0.9))
    assert (row.figure, row.ceiling, row.ratio, row.met) == (90, 100, 0.9, True)
    assert compared("a", "s", [4.0], [2.0], at_most(1.3)).met is False


def test_an_exponent_is_the_slope_over_all_sizes_and_of_the_last_step() -> None:
    fitted, last = exponents({100: 1.0, 1000: 1.0, 10_000: 10.0})
    assert round(fitted, 3) == 0.5
    assert round(last, 3) == 1


def test_the_table_is_aligned_and_says_what_is_missed() -> None:
    lines = as_text([counted("requests", "requests", 61, at_most(60)), counted("peak", "MiB", 117.25)]).splitlines()
    assert lines[0].split() == ["what", "figure", "ceiling", "ratio", "aim", "met"]
    assert lines[1].split() == ["requests", "61", "requests", "≤", "60", "NO"]
    assert lines[2].split() == ["peak", "117", "MiB"]
    assert lines[1].index("61") + 2 == lines[2].index("117") + 3
