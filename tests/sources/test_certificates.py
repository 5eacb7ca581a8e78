"""A source whose certificate nobody vouches for is not asked: neither for data nor with a key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bbconsumer.sources import SourceUnavailable
from tests.services.untrusted import untrusted_server
from tests.sources import bodhi_world, pagure_faults, world

ASK: dict[str, Callable[[str], Any]] = {
    "Bugzilla": lambda url: world.source_of(url).fetch_prioritized_ids(),
    "Pagure": lambda url: pagure_faults.source_of(url).fetch_tickets([1]),
    "Bodhi": lambda url: bodhi_world.source_of(url).fetch_updates(["FEDORA-2026-x"]),
}


@pytest.mark.parametrize("name", ASK)
def test_a_certificate_that_nobody_vouches_for_is_not_believed(name: str, tmp_path: Path) -> None:
    with untrusted_server(tmp_path) as (url, asked):
        with pytest.raises(SourceUnavailable):
            ASK[name](url)
        assert asked == []
