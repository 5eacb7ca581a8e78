"""`python -m bbconsumer.simulator`: the simulated release as a process of its own.

Prints one JSON line when it is ready, and one for each edit that the simulated people
make. Ends on SIGINT or SIGTERM.
"""

import argparse
import json
import signal
from contextlib import ExitStack
from dataclasses import asdict
from threading import Event

from bbconsumer.simulator.amqp import AmqpPublisher
from bbconsumer.simulator.bug_json import RED_HAT, STOCK
from bbconsumer.simulator.cast import ADMIN_KEY, SERVICE_KEY
from bbconsumer.simulator.scenario import build_release
from bbconsumer.simulator.server import SimulatedBugzilla

_FLAVOURS = {flavour.name: flavour for flavour in (RED_HAT, STOCK)}


def main() -> None:
    options = _parser().parse_args()
    ended = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    scenario = build_release(options.seed, unrelated=options.unrelated)
    server = SimulatedBugzilla(scenario.state, port=options.port, flavour=_FLAVOURS[options.flavour], seed=options.seed)
    with ExitStack() as stack:
        if options.amqp:
            server.on_message(stack.enter_context(AmqpPublisher(options.amqp)).publish)
        stack.enter_context(server)
        ready = {"url": server.url, "service_key": SERVICE_KEY, "admin_key": ADMIN_KEY}
        print(json.dumps(ready | {"trackers": scenario.tracker_ids}), flush=True)
        steps = scenario.steps()
        while not ended.wait(options.edits_every or None):
            print(json.dumps(asdict(next(steps))), flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bbconsumer.simulator", description="A simulated Bugzilla with a release in its Beta freeze."
    )
    parser.add_argument("--port", type=int, default=0, help="port of 127.0.0.1 (default: a free one)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed builds the same release")
    parser.add_argument("--unrelated", type=int, default=300, help="how many bugs are on no tracker")
    parser.add_argument("--flavour", choices=sorted(_FLAVOURS), default=RED_HAT.name)
    parser.add_argument("--edits-every", type=float, default=0.0, metavar="SECONDS", help="let people edit bugs")
    parser.add_argument("--amqp", metavar="URL", help="publish the bus messages to this broker")
    return parser


if __name__ == "__main__":
    main()
