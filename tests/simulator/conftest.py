"""Servers with a few bugs, in both flavours."""

from collections.abc import Iterator

import pytest

from bbconsumer.simulator.bug_json import STOCK
from tests.simulator.world import World, world_of


@pytest.fixture
def world() -> Iterator[World]:
    """Red Hat's flavour."""
    with world_of() as world:
        yield world


@pytest.fixture
def stock_world() -> Iterator[World]:
    with world_of(STOCK) as world:
        yield world
