"""Simulated servers: Bugzillas of both flavours, a Pagure, a Bodhi; and all that is logged."""

import logging
from collections.abc import Iterator

import pytest

from bbconsumer.simulator.bodhi_server import SimulatedBodhi
from bbconsumer.simulator.bug_json import RED_HAT, STOCK, Flavour
from bbconsumer.simulator.pagure_server import SimulatedPagure
from tests.sources import bodhi_world, pagure_world
from tests.sources.world import World, world_of


@pytest.fixture(scope="session")
def _lasting_world() -> Iterator[World]:
    with world_of() as world:
        yield world


@pytest.fixture
def world(_lasting_world: World) -> World:
    """Red Hat's flavour. One server for many tests: it holds bugs of other tests, and none of their faults."""
    _lasting_world.server.switches.reset()
    _lasting_world.server.requests.clear()
    return _lasting_world


@pytest.fixture
def fresh_world() -> Iterator[World]:
    """A server of a test's own."""
    with world_of() as world:
        yield world


@pytest.fixture
def stock_world() -> Iterator[World]:
    """A stock Bugzilla: no totals, plain texts."""
    with world_of(STOCK) as world:
        yield world


@pytest.fixture(params=[RED_HAT, STOCK], ids=lambda flavour: flavour.name)
def either_world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Each flavour in turn."""
    flavour: Flavour = request.param
    with world_of(flavour) as world:
        yield world


@pytest.fixture(scope="session")
def _lasting_pagure() -> Iterator[tuple[SimulatedPagure, pagure_world.Clock]]:
    with pagure_world.simulated() as pagure:
        yield pagure


@pytest.fixture
def pagure(_lasting_pagure: tuple[SimulatedPagure, pagure_world.Clock]) -> pagure_world.World:
    """A project of the test's own: the bot commits to it. One server for many tests, without faults of the others."""
    server, clock = _lasting_pagure
    clock.now = pagure_world.START
    world = pagure_world.World(server, clock)
    world.state.add_project(world.repo, "carol", users={"commit": [pagure_world.BOT]})
    server.switches.reset()
    server.requests.clear()
    return world


@pytest.fixture(scope="session")
def _lasting_bodhi() -> Iterator[tuple[SimulatedBodhi, pagure_world.Clock]]:
    with bodhi_world.simulated() as bodhi:
        yield bodhi


@pytest.fixture
def bodhi(_lasting_bodhi: tuple[SimulatedBodhi, pagure_world.Clock]) -> bodhi_world.World:
    """One server for many tests: it holds updates of other tests, days ago, and none of their faults."""
    server, clock = _lasting_bodhi
    clock.advance(bodhi_world.DAY_S)
    server.switches.reset()
    server.requests.clear()
    return bodhi_world.World(server, clock)


@pytest.fixture
def log() -> Iterator[list[logging.LogRecord]]:
    """Every record of every library, from DEBUG on."""
    records: list[logging.LogRecord] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    root, handler = logging.getLogger(), Keep(logging.DEBUG)
    # A command that another test ran in this process has told the libraries to be quiet.
    loggers = [root, *(logging.getLogger(name) for name in ("bugzilla", "urllib3"))]
    before = [logger.level for logger in loggers]
    root.addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    yield records
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)
    root.removeHandler(handler)
