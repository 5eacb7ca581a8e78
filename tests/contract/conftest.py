"""Which servers the contract is checked against.

`make contract BUGZILLA_URL=… BUGZILLA_API_KEY=…` takes a real Bugzilla, on which it files some hundred and twenty bugs
and leaves them; never production. More variables, each optional:

    BUGZILLA_COMPONENT, BUGZILLA_VERSION    of product Fedora, in which bugs are filed (distribution, rawhide)
    BUGZILLA_RESOLUTION                     with which one is closed (WORKSFORME)
    BUGZILLA_PRIVATE_GROUP                  a group whose bugs our key may file and read
    BUGZILLA_OUTSIDER_KEY                   the key of an account outside of that group (nobody's, logged out)

`make contract PAGURE_URL=… PAGURE_REPO=… PAGURE_REPO_TOKEN=…` takes a project of a real Pagure, in which it opens a
dozen tickets and closes them again. Without a token it only reads. Optional:

    PAGURE_API                              where the interface is (below PAGURE_URL)

`make contract BODHI_URL=…` takes a real Bodhi and only reads, some thirty requests long.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from bbconsumer.simulator.bug_json import RED_HAT, STOCK
from tests.contract.bodhi_site import BodhiSite, real_bodhi, simulated_bodhi
from tests.contract.pagure_site import PagureSite, real_project, simulated_project
from tests.contract.site import Site, real_site, simulated_site

_FLAVOURS = {flavour.name: flavour for flavour in (RED_HAT, STOCK)}
_REAL, _SIMULATED = "real", "simulated"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "site" in metafunc.fixturenames:
        _choose(metafunc, "site", [_REAL] if _wants_real_bugzilla(metafunc.config) else list(_FLAVOURS))
    if "pagure" in metafunc.fixturenames:
        _choose(metafunc, "pagure", [_REAL if _wants_real_pagure(metafunc.config) else _SIMULATED])
    if "bodhi" in metafunc.fixturenames:
        _choose(metafunc, "bodhi", [_REAL if _names_server(metafunc.config, "BODHI_URL") else _SIMULATED])


def _choose(metafunc: pytest.Metafunc, fixture: str, servers: list[str]) -> None:
    # Each server is one worker's: it would only be filled with the same objects twice.
    kinds = [pytest.param(kind, marks=pytest.mark.xdist_group(f"contract-{fixture}-{kind}")) for kind in servers]
    metafunc.parametrize(fixture, kinds, indirect=True, scope="module")


def _wants_real_bugzilla(config: pytest.Config) -> bool:
    if not _names_server(config, "BUGZILLA_URL"):
        return False
    if not os.environ.get("BUGZILLA_API_KEY"):
        raise pytest.UsageError("BUGZILLA_API_KEY is missing: the contract tests file bugs, and need a key for that")
    return True


def _wants_real_pagure(config: pytest.Config) -> bool:
    if not _names_server(config, "PAGURE_URL"):
        return False
    if not os.environ.get("PAGURE_REPO"):
        raise pytest.UsageError("PAGURE_REPO is missing: the contract tests must know which project to read")
    return True


def _names_server(config: pytest.Config, variable: str) -> bool:
    # The service itself reads these variables: whoever has them set and runs all tests must not write by that.
    return bool(os.environ.get(variable)) and any("contract" in argument for argument in config.args)


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """The Bugzilla under test."""
    with real_site(os.environ) if request.param == _REAL else simulated_site(_FLAVOURS[request.param]) as site:
        yield site


@pytest.fixture(scope="module")
def blocker(site: Site) -> tuple[int, str]:
    """A tracker, by number and alias."""
    return site.tracker("Blocker")


@pytest.fixture(scope="module")
def tracker(blocker: tuple[int, str]) -> int:
    """Its number."""
    return blocker[0]


@pytest.fixture(scope="module")
def pagure(request: pytest.FixtureRequest) -> Iterator[PagureSite]:
    """The project at Pagure under test."""
    with real_project(os.environ) if request.param == _REAL else simulated_project() as site:
        yield site


@pytest.fixture(scope="module")
def bodhi(request: pytest.FixtureRequest) -> Iterator[BodhiSite]:
    """The Bodhi under test."""
    with real_bodhi(os.environ) if request.param == _REAL else simulated_bodhi() as site:
        yield site
