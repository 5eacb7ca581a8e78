"""How large these tests are: small in every run, large in the long form (`make verify`).

What fails is printed. BBCONSUMER_CONVERGENCE_SHRINK=1 makes a failing story short first; that takes long, so give
pytest ``-o faulthandler_timeout=0`` as well. A seed in BBCONSUMER_CONVERGENCE_SEED makes the test with processes use
that one alone.
"""

import os
from dataclasses import dataclass
from itertools import product

from hypothesis import HealthCheck, Phase, settings

from tests.long import IS_LONG


@dataclass(frozen=True, slots=True)
class Size:
    """How many stories are told in each of the circumstances, without and with a gate that trips."""

    stories: int
    gate_stories: int
    batch_sizes: tuple[int, ...]
    seeds: int


def _is_set(name: str) -> bool:
    return os.environ.get(name, "").lower() in {"1", "true", "yes"}


_SEED = os.environ.get("BBCONSUMER_CONVERGENCE_SEED", "")
# The first story that hypothesis tells is always the simplest.
_SMALL = Size(stories=3, gate_stories=2, batch_sizes=(2,), seeds=1)
_LARGE = Size(stories=40, gate_stories=15, batch_sizes=(1, 2, 300), seeds=30)

SIZE = _LARGE if IS_LONG else _SMALL
SEEDS = [int(_SEED)] if _SEED else list(range(1, SIZE.seeds + 1))
# Whether it happens now, whether the service may read what is private, and its batch size.
CIRCUMSTANCES = list(product((False, True), (False, True), SIZE.batch_sizes))


def told(stories: int) -> settings:
    """How hypothesis tells so many stories."""
    phases = [Phase.explicit, Phase.reuse, Phase.generate]
    return settings(
        max_examples=stories,
        deadline=None,
        print_blob=True,
        phases=[*phases, Phase.shrink] if _is_set("BBCONSUMER_CONVERGENCE_SHRINK") else phases,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
