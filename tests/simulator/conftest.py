"""Servers with a few bugs, in both flavours."""

from collections.abc import Iterator

import pytest

from bbconsumer.simulator.bug_json import STOCK
from tests.simulator.world import World, world_of


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "peers: compares with recorded answers of real servers, which are not in the repository"
    )


@pytest.fixture
def world() -> Iterator[World]:
    """Red Hat's flavour."""
    with world_of() as world:
        yield world


@pytest.fixture
def stock_world() -> Iterator[World]:
    with world_of(STOCK) as world:
        yield world
