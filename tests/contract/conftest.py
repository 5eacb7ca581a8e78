"""Which servers the contract is checked against.

`make contract BUGZILLA_URL=… BUGZILLA_API_KEY=…` takes a real server, on which it files some hundred and twenty bugs
and leaves them; never production. More variables, each optional:

    BUGZILLA_COMPONENT, BUGZILLA_VERSION    of product Fedora, in which bugs are filed (distribution, rawhide)
    BUGZILLA_RESOLUTION                     with which one is closed (WORKSFORME)
    BUGZILLA_PRIVATE_GROUP                  a group whose bugs our key may file and read
    BUGZILLA_OUTSIDER_KEY                   the key of an account outside of that group (nobody's, logged out)
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from bbconsumer.simulator.bug_json import RED_HAT, STOCK
from tests.contract.site import Site, real_site, simulated_site

_FLAVOURS = {flavour.name: flavour for flavour in (RED_HAT, STOCK)}
_REAL = "real"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "site" in metafunc.fixturenames:
        servers = [_REAL] if _wants_real(metafunc.config) else list(_FLAVOURS)
        # Each server is one worker's: it would only be filled with the same bugs twice.
        kinds = [pytest.param(kind, marks=pytest.mark.xdist_group(f"contract-{kind}")) for kind in servers]
        metafunc.parametrize("site", kinds, indirect=True, scope="module")


def _wants_real(config: pytest.Config) -> bool:
    # The service itself reads these variables: whoever has them set and runs all tests must not file bugs by that.
    if not (os.environ.get("BUGZILLA_URL") and any("contract" in argument for argument in config.args)):
        return False
    if not os.environ.get("BUGZILLA_API_KEY"):
        raise pytest.UsageError("BUGZILLA_API_KEY is missing: the contract tests file bugs, and need a key for that")
    return True


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """The server under test."""
    with real_site(os.environ) if request.param == _REAL else simulated_site(_FLAVOURS[request.param]) as site:
        yield site
