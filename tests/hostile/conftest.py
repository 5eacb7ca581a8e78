"""One release for all tests here, which therefore run on one worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hostile.world import Release, read_release
from tests.web.client import Client
from tests.web.world import NOW
from web.app import create_app


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker: the release takes seconds."""
    for item in items:
        if "release" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("hostile"))


@pytest.fixture(scope="package")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    """A release full of nasty texts."""
    with read_release(tmp_path_factory.mktemp("hostile") / "release.sqlite") as release:
        yield release


@pytest.fixture(scope="package")
def client(release: Release) -> Client:
    """Reads it. Without its lifespan the application keeps nothing, and leaves the database open."""
    app = create_app(release.settings, release.database, clock=lambda: NOW)
    return Client(app, follow_redirects=False)
