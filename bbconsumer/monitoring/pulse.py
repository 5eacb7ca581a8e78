"""When work last got on. Whoever works beats a pulse; who watches asks how long ago that was."""

from __future__ import annotations

import threading
import time


class Pulse:
    """Safe from any thread: one number, which is replaced as a whole."""

    def __init__(self) -> None:
        self._beaten_at = time.monotonic()

    def beat(self) -> None:
        """Work got on just now."""
        self._beaten_at = time.monotonic()

    def age_s(self) -> float:
        """Seconds since the last beat, or since there is this pulse."""
        return time.monotonic() - self._beaten_at

    def adopt(self) -> None:
        """Let `beat_here` in the calling thread beat this pulse from now on."""
        _adopted.pulse = self


_adopted = threading.local()


def beat_here() -> None:
    """Beat the pulse that this thread adopted, if it did: for those who do not know for whom they work."""
    if pulse := getattr(_adopted, "pulse", None):
        pulse.beat()
