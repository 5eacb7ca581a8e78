"""What these tests start from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.convergence.service import prepare


@pytest.fixture(scope="package")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the schema and both milestones, to be copied."""
    file = tmp_path_factory.mktemp("prepared") / "prepared.sqlite"
    prepare(f"sqlite:///{file}")
    return file
