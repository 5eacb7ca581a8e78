"""Worlds in which people review bugs."""

from collections.abc import Iterator

import pytest

from tests.review.world import ReviewWorld, build_review_world


@pytest.fixture
def world(database_url: str) -> Iterator[ReviewWorld]:
    """Tickets are read, and nothing is written anywhere; on each database in turn."""
    with build_review_world(database_url) as world:
        yield world


@pytest.fixture
def writing_world(database_url: str) -> Iterator[ReviewWorld]:
    """Tickets are opened and decisions are recorded, on each database in turn."""
    with build_review_world(database_url, pagure_bot_enabled=True, decisions_write_back=True) as world:
        yield world
