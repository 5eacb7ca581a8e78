"""How many lives are told: one in every run, many in the long form (`make verify`).

A life that failed is told again by its seed in BBCONSUMER_LIVES_SEED, which the failing test's name ends with.
"""

import os

from tests.long import IS_LONG

_SEED = os.environ.get("BBCONSUMER_LIVES_SEED", "")

SEEDS = [int(_SEED)] if _SEED else list(range(1, 51 if IS_LONG else 2))
