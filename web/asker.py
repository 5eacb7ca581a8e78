"""Has Bugzilla asked while a person waits: not for long, and never for so many that no thread is left for the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import anyio

from bbconsumer.config import Settings
from bbconsumer.wiring import build_form_source

T = TypeVar("T")


class Asker:
    """For the endpoints of one kind of form."""

    def __init__(self, settings: Settings, *, at_once: int) -> None:
        """`at_once`: how many requests may wait for Bugzilla at the same time; further ones wait for those."""
        self._settings = settings
        self._limiter = anyio.CapacityLimiter(at_once)

    async def run(self, work: Callable[[], T]) -> T:
        """Do what may take long where it holds nobody up."""
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)

    def with_source(self, command: Callable[[Any], T]) -> T:
        """Give a command Bugzilla as a source, for one request of a person who waits."""
        source = build_form_source(self._settings)
        try:
            return command(source)
        finally:
            source.rest()
