"""`python -m tests.bench.pagure TICKETS COMMENTS`: a simulated Pagure with so many tickets, in its own process.

Every ticket has so many comments. Prints one JSON line when it is ready; ends on SIGTERM.
"""

from __future__ import annotations

import json
import signal
import sys
from threading import Event

from bbconsumer.simulator.pagure_bulk import fill_tickets
from bbconsumer.simulator.pagure_cast import build_pagure
from bbconsumer.simulator.pagure_server import SimulatedPagure
from bbconsumer.simulator.scenario import FIRST_BUG_ID


def main() -> None:
    """Serve until the signal."""
    ended = Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    ticket_count, comment_count = map(int, sys.argv[1:])
    state = build_pagure()
    fill_tickets(state, range(FIRST_BUG_ID, FIRST_BUG_ID + ticket_count), comment_count)
    with SimulatedPagure(state) as server:
        print(json.dumps({"url": server.url, "api_url": server.api_url}), flush=True)
        ended.wait()


if __name__ == "__main__":
    main()
