"""Worlds in which people propose bugs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proposals.world import ProposalWorld, build_proposal_world


@pytest.fixture
def world(sqlite_url: str) -> Iterator[ProposalWorld]:
    """Bugzilla may be written to."""
    with build_proposal_world(sqlite_url) as world:
        yield world


@pytest.fixture(scope="module")
def lasting_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProposalWorld]:
    """One world for a table of cases that change nothing."""
    path: Path = tmp_path_factory.mktemp("proposals") / "world.sqlite"
    with build_proposal_world(f"sqlite:///{path}") as world:
        yield world
