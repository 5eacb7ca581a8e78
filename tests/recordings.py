"""Recorded messages and answers of real servers: other people's, so not part of the source, and not on every machine.

A test that needs them carries the mark `recorded`. Where there are none it is not selected, and the run's first lines
say so. `RECORDINGS=folder` names their place.
"""

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("RECORDINGS") or Path(__file__).parents[2] / "shared" / "data")
recorded = pytest.mark.recorded


def files(*patterns: str) -> list[Path]:
    """The recordings whose path below the folder matches one of the patterns, in order."""
    return sorted(path for pattern in patterns for path in FOLDER.glob(pattern))


def header() -> str:
    """What the first lines of a run say of them."""
    if FOLDER.is_dir():
        return f"recorded data: {FOLDER}"
    return "recorded data: none here, so tests that replay it are not selected (RECORDINGS=folder)"
