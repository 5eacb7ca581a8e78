"""Reads the flags that are stored with a bug."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from web.read_models import Needinfo


def needinfos(flags: Sequence[Mapping[str, str | None]]) -> tuple[Needinfo, ...]:
    """The open questions of a bug."""
    return tuple(
        Needinfo(flag.get("requestee") or "", _time(flag.get("modified_at")))
        for flag in flags
        if flag["name"] == "needinfo" and flag["status"] == "?"
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
