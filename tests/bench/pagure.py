"""`python -m tests.bench.pagure TICKETS COMMENTS`: a simulated Pagure with so many tickets, in its own process.

Every ticket has so many comments. Prints one JSON line when it is ready; ends on SIGTERM.
"""

from __future__ import annotations

import json
import signal
import sys
from datetime import timedelta
from random import Random
from threading import Event

from bbconsumer.simulator.bugzilla import utc_now
from bbconsumer.simulator.pagure import Pagure
from bbconsumer.simulator.pagure_server import SimulatedPagure
from bbconsumer.simulator.scenario import FIRST_BUG_ID, StoryClock

PROJECT = "fedora-qa/blocker-review"
OWNER, SECRETARY, BOT = "dave", "carol", "blockerbot"
VOTERS = ("alice", "bob", "erin", "frank", "grace")
BETWEEN_COMMENTS = timedelta(minutes=30)

_DESCRIPTION = "Bug details: **https://bugzilla.example.test/show_bug.cgi?id={}**\n\n" + "What was written there. " * 20
_COMMENTS = (
    "BetaBlocker +1",
    "BetaBlocker -1\nIt starts after a while.",
    "FinalBlocker +1\nBetaBlocker 0",
    "> BetaBlocker +1\n\nI would rather call it one for Final.\n\nBetaFE +1",
    "I have seen it on two machines, one of them with the older firmware. " * 6,
)
_AGREED = "AGREED AcceptedBetaBlocker"


def build_many(ticket_count: int, comment_count: int) -> Pagure:
    """So many tickets, one after the other; every third is decided at last."""
    chance = Random(1)
    lasting = BETWEEN_COMMENTS * ticket_count * (comment_count + 1)
    state = Pagure(clock=(clock := StoryClock(utc_now() - lasting)))
    for name in (OWNER, SECRETARY, BOT, *VOTERS):
        state.add_user(name, name.title())
    state.add_project(PROJECT, OWNER, users={"commit": [SECRETARY, BOT]})
    for bug_id in range(FIRST_BUG_ID, FIRST_BUG_ID + ticket_count):
        clock.now += BETWEEN_COMMENTS
        ticket_id = state.create_ticket(PROJECT, f"[{bug_id}] It does not start", _DESCRIPTION.format(bug_id), BOT)
        for number in range(1, comment_count + 1):
            clock.now += BETWEEN_COMMENTS
            is_decision = number == comment_count and bug_id % 3 == 0
            text, who = (_AGREED, SECRETARY) if is_decision else (chance.choice(_COMMENTS), chance.choice(VOTERS))
            state.comment(PROJECT, ticket_id, text, who)
    state.clock = utc_now
    return state


def main() -> None:
    """Serve until the signal."""
    ended = Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    ticket_count, comment_count = map(int, sys.argv[1:])
    with SimulatedPagure(build_many(ticket_count, comment_count)) as server:
        print(json.dumps({"url": server.url, "api_url": server.api_url}), flush=True)
        ended.wait()


if __name__ == "__main__":
    main()
