"""How many lives are told: few in every run, many where BBCONSUMER_VERIFY is set (`make verify`).

A life that failed is told again by its seed in BBCONSUMER_LIVES_SEED, which the failing test's name ends with.
"""

import os

_SEED = os.environ.get("BBCONSUMER_LIVES_SEED", "")
_IS_LONG = os.environ.get("BBCONSUMER_VERIFY", "").lower() in {"1", "true", "yes"}

SEEDS = [int(_SEED)] if _SEED else list(range(1, 101 if _IS_LONG else 3))
