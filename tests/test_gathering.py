"""Keys are gathered where that spares requests, and nobody waits for it where it does not."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, takewhile

from bbconsumer.worker import LONGEST_GATHER_S, Gathering

BATCH_SIZE, BATCH_S = 300, 0.3
BURST_S = 10.0


def batches(gathering: Gathering, per_s: float, seconds: float) -> Iterator[int]:
    """The sizes of the batches of a worker while keys come at a steady rate; each batch takes as long."""
    arrivals = list(takewhile(lambda at: at < seconds, (number / per_s for number in count())))
    now, taken = 0.0, 0
    while taken < len(arrivals):
        due = min(BATCH_SIZE, sum(at <= now for at in arrivals[taken:]))
        if due:
            taken += due
            yield due
            now += BATCH_S + gathering.after(due, BATCH_S)
        else:
            gathering.rest()
            now = arrivals[taken]


def test_a_burst_of_keys_becomes_few_batches() -> None:
    sizes = list(batches(Gathering(LONGEST_GATHER_S, BATCH_SIZE), 100, BURST_S))
    assert sum(sizes) == 100 * BURST_S
    # One takes 0.3 s, so without gathering there would be 33.
    assert len(sizes) <= 12


def test_where_keys_trickle_in_after_a_burst_nobody_waits_as_in_a_burst() -> None:
    gathering = Gathering(LONGEST_GATHER_S, BATCH_SIZE)
    list(batches(gathering, 100, BURST_S))
    # Within the longest time four would come, so that there would never be a gap.
    sizes = list(batches(gathering, 2, 30))
    assert max(sizes[4:]) <= 2


def test_nobody_waits_after_a_single_key_however_soon_the_next_one_comes() -> None:
    gathering = Gathering(LONGEST_GATHER_S, BATCH_SIZE)
    assert {gathering.after(1, BATCH_S) for _ in range(10)} == {0}
    assert gathering.after(2, BATCH_S) > 0
