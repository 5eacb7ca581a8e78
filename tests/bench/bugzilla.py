"""`python -m tests.bench.bugzilla BUGS REQUEST_S BUG_S`: a simulated Bugzilla with so many bugs, in its own process.

Each answer takes REQUEST_S seconds, and BUG_S more for each bug that is asked for. Prints one JSON line when it is
ready; ends on SIGTERM.
"""

from __future__ import annotations

import json
import signal
import sys
from datetime import timedelta
from threading import Event
from urllib.parse import parse_qs

from bbconsumer.simulator.bugzilla import utc_now
from bbconsumer.simulator.bulk import build_many
from bbconsumer.simulator.plots import BETA, BETA_FE, FINAL, FINAL_FE
from bbconsumer.simulator.server import SimulatedBugzilla
from bbconsumer.simulator.switches import RequestLog, Switches


class Prices(RequestLog):
    """Lets each answer take as long as the bugs that it is about cost a real server.

    The simulator notes a request here and reads its switches right after, in the same turn of its loop.
    """

    def __init__(self, switches: Switches, request_s: float, bug_s: float) -> None:
        super().__init__()
        self._switches = switches
        self._request_s = request_s
        self._bug_s = bug_s

    def add(self, method: str, path: str, query: str) -> None:
        super().add(method, path, query)
        asked = parse_qs(query)
        ids = ",".join([*asked.get("id", []), *asked.get("ids", [])])
        self._switches.slow_s = self._request_s + self._bug_s * len(ids.split(",") if ids else ())


def main() -> None:
    """Serve until the signal."""
    ended = Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    bug_count, request_s, bug_s = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    # Long enough ago for an answer to count as settled: what changed just now is read again by the next sync.
    scenario = build_many(bug_count, clock=lambda: utc_now() - timedelta(hours=1))
    scenario.state.clock = utc_now
    server = SimulatedBugzilla(scenario.state)
    if request_s or bug_s:
        server.requests = Prices(server.switches, request_s, bug_s)
    with server:
        bug_ids = [bug.id for bug in scenario.state.ledger.bugs() if bug.blocks]
        tracker_ids = [scenario.tracker_ids[alias] for alias in (BETA, BETA_FE, FINAL, FINAL_FE)]
        print(json.dumps({"url": server.url, "bug_ids": bug_ids, "tracker_ids": tracker_ids}), flush=True)
        ended.wait()


if __name__ == "__main__":
    main()
