"""`bbconsumer demo`: the whole service on this machine, fed by simulated sources where people edit, vote, decide and
test updates.

The demo reads the page over HTTP like anybody else, and says how long each change took to get there.
"""

from __future__ import annotations

import argparse
import html
import re
import shlex
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias

import requests

from bbconsumer.domain.trackers import TrackerKind, tracker_alias
from bbconsumer.simulator.bodhi_steps import UpdateStep
from bbconsumer.simulator.bodhi_steps import steps as update_steps
from bbconsumer.simulator.cast import SERVICE_KEY
from bbconsumer.simulator.demo_service import MILESTONES, Running, running_service
from bbconsumer.simulator.pagure_proposals import proposals
from bbconsumer.simulator.pagure_steps import TicketStep
from bbconsumer.simulator.pagure_steps import steps as ticket_steps
from bbconsumer.simulator.scenario import Scenario, build_release
from bbconsumer.simulator.steps import Step

AnyStep: TypeAlias = Step | TicketStep | UpdateStep

_TRACKERS = {tracker_alias(m, kind): f"{kind.label} of {m.title}" for m in MILESTONES for kind in TrackerKind}
_DECISIONS = frozenset({"proposed", "accepted", "rejected", "withdrawn"})
# A change that is not on the page by then has not reached it.
PATIENCE_S = 15.0
# In a freeze people talk more in tickets than they edit bugs.
_SHARE_OF_TICKETS, _SHARE_OF_UPDATES = 0.5, 0.2


@dataclass
class Tally:
    """What the demo has seen so far."""

    messages: int = 0
    waits_s: list[float] = field(default_factory=list)
    missed: int = 0

    def count_message(self) -> None:
        """One more message was consumed."""
        self.messages += 1

    def line(self) -> str:
        """The last line of a demo that ends by itself."""
        median_ms = statistics.median(self.waits_s) * 1000 if self.waits_s else 0.0
        return (
            f"demo: {self.messages} messages, {len(self.waits_s)} changes on the page, "
            f"message-to-page median {median_ms:.0f} ms"
        )


def main(arguments: Sequence[str]) -> int:
    """Run the demo; 0, or 1 when a change did not reach the page."""
    options = _parser().parse_args(arguments)
    tally = Tally()
    try:
        scenario = build_release(options.seed)
        with running_service(scenario, options.port, tally.count_message) as running:
            _introduce(running, scenario.unrelated_ids[0])
            steps = _steps(scenario, running)
            ends_at = time.monotonic() + options.seconds if options.seconds else float("inf")
            while time.monotonic() < ends_at:
                started = time.monotonic()
                _show(next(steps), started, running.url, tally)
                time.sleep(min(options.every, max(0.0, ends_at - time.monotonic())))
    except KeyboardInterrupt:
        print()
    print(tally.line())
    return 1 if tally.missed or not tally.waits_s else 0


def _steps(scenario: Scenario, running: Running) -> Iterator[AnyStep]:
    """What people do, one thing after the other: edits of bugs, comments in tickets, and what becomes of updates."""
    chance = Random(f"demo {scenario.seed}")
    edits = scenario.steps()
    comments = ticket_steps(
        running.pagure.state,
        lambda: proposals(scenario.state, scenario.tracker_ids),
        chance,
        ballots=running.ballots,
    )
    updates = update_steps(running.bodhi.state, scenario.state, scenario.tracker_ids, chance)
    while True:
        share = chance.random()
        if share < _SHARE_OF_TICKETS:
            yield next(comments) or next(edits)
        elif share < _SHARE_OF_TICKETS + _SHARE_OF_UPDATES:
            yield next(updates) or next(edits)
        else:
            yield next(edits)


def _introduce(running: Running, bug_id: int) -> None:
    bugzilla_url = running.bugzilla.url
    print(f"Open {running.url}/ (stop with Ctrl-C).")
    print("Sign in there as alice, bob or carol, who is an administrator; no password is asked for.")
    print("The command line works on the same data while this runs, for example:")
    command = f"{shlex.quote(sys.executable)} -m bbconsumer.cli report weekly 45 beta"
    print(f"  (set -a; . {shlex.quote(str(running.environment))}; {command})")
    print(f"The simulated Pagure is {running.pagure.url}, where people vote; some of them also edit bugs.")
    print(f"The simulated Bodhi is {running.bodhi.url}, where updates are tested and pushed.")
    print(f"The simulated Bugzilla is {bugzilla_url}; edit there by hand and watch the page, for example:")
    print(
        f'  curl -X PUT -H \'Content-Type: application/json\' -d \'{{"blocks": {{"add": ["F45BetaBlocker"]}}}}\' '
        f"'{bugzilla_url}/rest/bug/{bug_id}?Bugzilla_api_key={SERVICE_KEY}'",
        flush=True,
    )


def _show(step: AnyStep, started: float, url: str, tally: Tally) -> None:
    """Wait until the page shows what a step changed, and say so."""
    page = f"{url}/bug/{step.bug_id}"
    while not _is_visible(step, _text_of(page)):
        if time.monotonic() - started > PATIENCE_S:
            tally.missed += 1
            print(f"NOT ON THE PAGE after {PATIENCE_S:.0f} s: {step.description}: {page}", flush=True)
            return
        time.sleep(0.01)
    waited_s = time.monotonic() - started
    if step.visible:
        tally.waits_s.append(waited_s)
        print(f"{waited_s * 1000:5.0f} ms  {step.description}: {page}", flush=True)
    else:
        print(f"          {step.description}: nothing to see on {page}", flush=True)


def _is_visible(step: AnyStep, text: str) -> bool:
    if isinstance(step, UpdateStep):
        # Karma 1 is not karma 10.
        return re.search(rf"{re.escape(step.visible)}(?!\d)", text.replace(" ,", ",")) is not None
    if isinstance(step, TicketStep):
        return _says(text, step.visible.replace("agreed ", "decided: "))
    match step.visible:
        case "":
            return True
        case "needinfo":
            return "Needinfo" in text and "Needinfo none" not in text
        case decision if decision in _DECISIONS:
            return f"{decision.capitalize()} {_TRACKERS[step.tracker]}" in text
        case state if re.fullmatch(r"[A-Z_]+( [A-Z]+)?", state):
            return f"State {state} Component" in text
    return step.visible in text


def _says(text: str, words: str) -> bool:
    return " ".join(words.split()) in text


def _text_of(page: str) -> str:
    """The words of a page; nothing for a bug that is not known yet."""
    answer = requests.get(page, timeout=PATIENCE_S)
    if answer.status_code == requests.codes.not_found:
        return ""
    answer.raise_for_status()
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bbconsumer demo", description=main.__doc__)
    parser.add_argument("--seconds", type=float, help="stop after so many seconds of changes, with a line that sums up")
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two edits (default: 2)")
    parser.add_argument("--port", type=int, default=8080, help="port of 127.0.0.1; a free one if it is taken")
    parser.add_argument("--seed", type=int, default=1, help="the same seed tells the same story")
    return parser
