"""Servers with a few bugs, in both flavours, one with a project for tickets, and one with releases for updates."""

from collections.abc import Iterator

import pytest

from bbconsumer.simulator.bug_json import STOCK
from bbconsumer.simulator.pagure_server import SimulatedPagure
from tests.simulator.bodhi_world import BodhiWorld, new_world, served_world
from tests.simulator.pagure_world import PagureWorld, pagure_server, pagure_world
from tests.simulator.world import Clock, World, world_of


@pytest.fixture
def world() -> Iterator[World]:
    """Red Hat's flavour."""
    with world_of() as world:
        yield world


@pytest.fixture
def stock_world() -> Iterator[World]:
    with world_of(STOCK) as world:
        yield world


@pytest.fixture
def bodhi() -> BodhiWorld:
    """A Bodhi with three releases and no update, which nobody can ask."""
    world = new_world()
    world.state.on_message(lambda topic, body: world.messages.append((topic, body)))
    return world


@pytest.fixture
def served() -> Iterator[BodhiWorld]:
    """The same as a server."""
    with served_world() as world:
        yield world


@pytest.fixture(scope="session")
def _lasting_pagure() -> Iterator[tuple[SimulatedPagure, Clock]]:
    with pagure_server() as server_and_clock:
        yield server_and_clock


@pytest.fixture
def pagure(_lasting_pagure: tuple[SimulatedPagure, Clock]) -> PagureWorld:
    """Projects of the test's own on a server that lasts."""
    return pagure_world(*_lasting_pagure)
