"""How often a crash is tried, how long something stays away, and with which luck: here are both forms."""

import os
import secrets
from random import Random

from tests.long import IS_LONG

RUNS = range(20 if IS_LONG else 1)
LEASE_S = 2
# So many processes at once; together three kills at each step, or a little more than twenty in the long form.
KILLS = 3
ROUNDS = range(7 if IS_LONG else 1)
# So that none of those which start late is given the key of one that was killed already.
LONG_LEASE_S = 600
AWAY_S = 60.0 if IS_LONG else 3.0

_SEED = os.environ.get("BBCONSUMER_SEED") or secrets.token_hex(4)


def chance_of(run: object) -> Random:
    """The luck of one run. What it prints is shown when the test fails."""
    print(f"BBCONSUMER_SEED={_SEED} (run {run})")
    return Random(f"{_SEED} {run}")
