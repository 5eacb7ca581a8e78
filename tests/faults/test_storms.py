"""Some storms in every run; `make faults` has as many as anybody wants."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.faults.runs import ready, run_one
from tests.faults.stage import Servers
from tests.services.postgres import PostgreSQL
from tests.services.rabbitmq import RabbitMQ

# Before pytest itself ends everything.
DEADLINE_S = 400
# Those in which the broker itself goes away are left to `make faults`: it takes its time to come back.
SEEDS = (3, 13, 14, 23, 25)

# With servers of their own, beside the many tests that share a broker.
pytestmark = pytest.mark.xdist_group("storms")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder for the files of all storms."""
    with TemporaryDirectory(prefix="bbconsumer-faults-") as name:
        yield Path(name)


@pytest.fixture(scope="module")
def servers(postgres: PostgreSQL, rabbitmq: RabbitMQ, folder: Path) -> Iterator[Servers]:
    """What all storms use."""
    with ready(postgres, rabbitmq, folder) as servers:
        yield servers


@pytest.mark.parametrize("seed", SEEDS)
def test_after_a_storm_what_is_stored_is_the_truth(seed: int, servers: Servers, folder: Path) -> None:
    result = run_one(servers, seed, folder, deadline_s=DEADLINE_S)
    assert not result.problems, "\n".join([result.line(), *result.problems])
