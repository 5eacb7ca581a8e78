"""How often a crash is tried, how long something stays away, and with which luck: here are both forms."""

import os
import secrets
from random import Random

IS_LONG = os.environ.get("BBCONSUMER_VERIFY") == "1"
RUNS = range(20 if IS_LONG else 3)
LEASE_S = 2
AWAY_S = 60.0 if IS_LONG else 3.0

_SEED = os.environ.get("BBCONSUMER_SEED") or secrets.token_hex(4)


def chance_of(run: object) -> Random:
    """The luck of one run. What it prints is shown when the test fails."""
    print(f"BBCONSUMER_SEED={_SEED} (run {run})")
    return Random(f"{_SEED} {run}")
