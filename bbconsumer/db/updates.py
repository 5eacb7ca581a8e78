"""The stored updates. There are none yet: what is missing here is unknown, and must never be taken for "no update"."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from bbconsumer.domain.snapshots import UpdateSnapshot


def load_updates(_session: Session) -> Mapping[int, tuple[UpdateSnapshot, ...]]:
    """The updates by the bugs that they claim to fix."""
    return {}
