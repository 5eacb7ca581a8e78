"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """The full run's sizes; the quick ones only show that everything runs to its end."""

    rounds: int = 5
    messages: int = 2000
    known_bugs: int = 300
    tail_messages: int = 40
    slow_s: tuple[float, ...] = (0.05, 0.0)
    pause_s: float = 0.3
    bursts: int = 3
    burst_messages: int = 10_000
    synced_bugs: tuple[int, ...] = (600, 1000, 5000)
    # The largest takes most of the time, and its noise is the smallest.
    large_sync_rounds: int = 3
    # What real servers took: 60 ms for a request about nothing, 1.8 s for 602 bugs.
    request_s: float = 0.06
    bug_s: float = 0.0027
    # The middle one is what is timed; the smallest and the largest are compared by their memory.
    read_tickets: tuple[int, int, int] = (1000, 2000, 4000)
    ticket_comments: int = 20
    memory_rounds: int = 3
    # What the bugs add to the sync of tickets is not what is measured there.
    bugs_beside_tickets: int = 4
    # Lists that are made anew, and those that are also read by many; the first is that with aims.
    listed_bugs: tuple[int, ...] = (60, 600, 1000)
    read_lists: tuple[int, ...] = (60, 600)
    renderings: int = 30
    page_rounds: int = 3
    reading_s: float = 2.0
    changing_s: float = 15.0
    streams: int = 1000
    # As many as two milestones have in a freeze.
    load_bugs: int = 120
    load_s: float = 300.0
    load_per_s: float = 200.0
    load_streams: int = 500
    pages_per_s: float = 200.0
    ended_bugs: int = 10_000
    backlog_messages: int = 50_000
    fed_messages: int = 200_000
    scale_consumers: tuple[int, ...] = (1, 2, 4)
    scale_messages: int = 10_000
    scale_commits: int = 20
    grown_bugs: tuple[int, ...] = (100, 1000, 10_000)
    grown_messages: int = 50
    grown_renderings: int = 3
    polled_days: float = 7.0


FULL = Sizes()
QUICK = Sizes(
    rounds=1,
    messages=300,
    known_bugs=20,
    tail_messages=3,
    slow_s=(0.01,),
    pause_s=0.0,
    bursts=1,
    burst_messages=100,
    synced_bugs=(20, 40),
    large_sync_rounds=1,
    request_s=0.0,
    bug_s=0.0,
    read_tickets=(50, 150, 200),
    memory_rounds=1,
    listed_bugs=(20,),
    read_lists=(20,),
    renderings=2,
    page_rounds=1,
    reading_s=0.2,
    changing_s=1.5,
    streams=50,
    load_bugs=20,
    load_s=2.0,
    load_per_s=100.0,
    load_streams=20,
    pages_per_s=20.0,
    ended_bugs=200,
    backlog_messages=1000,
    fed_messages=2000,
    scale_consumers=(2,),
    scale_messages=300,
    scale_commits=2,
    grown_bugs=(20, 40),
    grown_messages=3,
    grown_renderings=1,
    polled_days=0.25,
)
