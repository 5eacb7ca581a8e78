"""`python -m bbconsumer.simulator.fidelity FOLDER`: are the simulators still like the real things?

For each recorded answer in the folder (`bugzilla-*.json`, `pagure-*.json`; first line
`// METHOD PATH -> status`, then the body; `bodhi-*.json`: the body alone) the equivalent
request is made to a simulated server over HTTP, and status, keys, types and error codes
are compared. The recorded messages (`pagure-*.jsonl`) are compared with those that the same story causes.

Exit status: 0 if nothing that matters differs, 1 if something does or if nobody knows
how to ask for a recording, 2 if there is nothing to compare or it cannot be read.
"""

import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import requests

from bbconsumer.simulator import bodhi_recipes, pagure_recipes, recipes
from bbconsumer.simulator.amqp import headers_of
from bbconsumer.simulator.bodhi_server import SimulatedBodhi
from bbconsumer.simulator.bug_json import STOCK
from bbconsumer.simulator.loopback import LoopbackServer
from bbconsumer.simulator.pagure_server import SimulatedPagure
from bbconsumer.simulator.recipes import Recipe
from bbconsumer.simulator.server import SimulatedBugzilla
from bbconsumer.simulator.shapes import Difference, differences

_FIRST_LINE = re.compile(r"// (?P<method>[A-Z]+) (?P<path>\S+)(?P<query> +\{.*\})? +-> (?P<status>\d{3})")
_TIMEOUT_S = 30.0


class UnreadableRecording(Exception):
    """The folder is empty, or a file in it is not what it should be."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A kind of server. `request_of` gives what is special about its requests, as arguments of `requests`.

    `statuses` are those of recordings that lack a first line, where it is another than 200.
    """

    name: str
    recipes: Mapping[str, Recipe]
    serve: Callable[[], LoopbackServer]
    request_of: Callable[[Recipe], dict[str, Any]]
    statuses: Mapping[str, int] | None = None


def _bugzilla_request(recipe: Recipe) -> dict[str, Any]:
    return {"json": recipe.body, "headers": {"X-BUGZILLA-API-KEY": recipe.key} if recipe.key else {}}


def _pagure_request(recipe: Recipe) -> dict[str, Any]:
    return {"data": recipe.body, "headers": {"Authorization": f"token {recipe.key}"} if recipe.key else {}}


PEERS = (
    Peer(
        "bugzilla",
        recipes.RECIPES,
        lambda: SimulatedBugzilla(recipes.data_set(), flavour=STOCK),
        _bugzilla_request,
    ),
    Peer(
        "pagure",
        pagure_recipes.RECIPES,
        lambda: SimulatedPagure(pagure_recipes.pagure_data_set()),
        _pagure_request,
    ),
    Peer(
        "bodhi",
        bodhi_recipes.RECIPES,
        lambda: SimulatedBodhi(bodhi_recipes.bodhi_data_set()),
        lambda _: {},
        bodhi_recipes.STATUSES,
    ),
)


@dataclass(frozen=True, slots=True)
class Recording:
    """What a real server of that kind answered."""

    peer: Peer
    name: str
    request_line: str
    status: int
    body: object


@dataclass(frozen=True, slots=True)
class Excuse:
    """Why a difference does not matter. `name` and `where` are regular expressions."""

    name: str
    where: str
    why: str


# Everything that differs and may. Empty while nothing does: an excuse that no recording
# needs any more is to be removed.
EXCUSES: tuple[Excuse, ...] = ()


def read_recordings(folder: Path) -> list[Recording]:
    """Raises: UnreadableRecording."""
    recordings = [_read_recording(peer, path) for peer in PEERS for path in sorted(folder.glob(f"{peer.name}-*.json"))]
    if not recordings:
        raise UnreadableRecording(f"no {' or '.join(f'{peer.name}-*.json' for peer in PEERS)} in {folder}")
    return recordings


def _read_recording(peer: Peer, path: Path) -> Recording:
    try:
        text = path.read_text(encoding="utf-8")
        first, _, rest = ("", "", text) if peer.statuses is not None else text.partition("\n")
        body = json.loads(rest)
    except (OSError, ValueError) as error:
        raise UnreadableRecording(f"{path.name}: {error}") from error
    if peer.statuses is not None:
        recipe = peer.recipes.get(path.name)
        request_line = f"{recipe.method} {recipe.path}" if recipe else "its request"
        return Recording(peer, path.name, request_line, peer.statuses.get(path.name, 200), body)
    match = _FIRST_LINE.fullmatch(first.strip())
    if match is None:
        raise UnreadableRecording(f"{path.name}: the first line is not `// METHOD PATH -> status`")
    return Recording(peer, path.name, f"{match['method']} {match['path']}", int(match["status"]), body)


def compare(recording: Recording, recipe: Recipe, url: str) -> list[Difference]:
    """Ask the simulator at `url` and tell what differs."""
    response = requests.request(
        recipe.method,
        url + recipe.path,
        params=dict(recipe.query),
        timeout=_TIMEOUT_S,
        **recording.peer.request_of(recipe),
    )
    found = differences(recording.body, response.json())
    if response.status_code != recording.status:
        found.append(Difference("status", f"is {response.status_code}, recorded: {recording.status}"))
    return found


def read_messages(folder: Path) -> dict[str, list[object]]:
    """Headers and bodies of recorded messages, by the end of the topic. Raises: UnreadableRecording."""
    told: dict[str, list[object]] = {}
    for path in sorted(folder.glob("pagure-*.jsonl")):
        try:
            for line in path.read_text(encoding="utf-8").splitlines():
                message = json.loads(line)
                kind = message["routing_key"].partition(".pagure.")[2]
                headers = {name: value for name, value in message["headers"].items() if name != "sent-at"}
                told.setdefault(kind, []).append({"headers": headers, "body": message["body"]})
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UnreadableRecording(f"{path.name}: {error!r}") from error
    return told


def simulated_messages() -> dict[str, list[object]]:
    """The same for the messages that the simulator would have published."""
    told: dict[str, list[object]] = {}
    for topic, body in pagure_recipes.recorded_story():
        message = {"headers": dict(headers_of(topic, body)), "body": body}
        told.setdefault(topic.partition(".pagure.")[2], []).append(message)
    return told


def excuse_for(name: str, difference: Difference) -> Excuse | None:
    for excuse in EXCUSES:
        if re.fullmatch(excuse.name, name) and re.fullmatch(excuse.where, difference.where):
            return excuse
    return None


class Report:
    """Lines for people, and how many differences matter."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.compared = 0
        self.mattering = 0

    def add(self, name: str, what: str, found: Sequence[Difference]) -> None:
        self.compared += 1
        if not found:
            self.lines.append(f"{name}: {what}: the same")
        for difference in found:
            excuse = excuse_for(name, difference)
            self.mattering += excuse is None
            verdict = f"does not matter: {excuse.why}" if excuse else "matters"
            self.lines.append(f"{name}: {difference.where} {difference.what}: {verdict}")


def report(recordings: Sequence[Recording], told: Mapping[str, list[object]]) -> Report:
    """Compare answers and messages."""
    outcome = Report()
    for _, of_one_peer in groupby(recordings, key=lambda recording: recording.peer.name):
        _compare_answers(list(of_one_peer), outcome)
    simulated = simulated_messages() if told else {}
    for kind, messages in told.items():
        outcome.add(kind, f"{len(messages)} messages", differences(messages, simulated.get(kind, [])))
    return outcome


def _compare_answers(recordings: Sequence[Recording], outcome: Report) -> None:
    peer = recordings[0].peer
    with peer.serve() as unchanged:
        for recording in recordings:
            recipe = peer.recipes.get(recording.name)
            if recipe is None:
                outcome.add(recording.name, "", [Difference(recording.request_line, "has no recipe")])
            elif recipe.method == "GET":
                _compare_answer(recording, recipe, unchanged, outcome)
            else:
                # A server of its own: what one request writes must not change the next answer.
                with peer.serve() as server:
                    _compare_answer(recording, recipe, server, outcome)


def _compare_answer(recording: Recording, recipe: Recipe, server: LoopbackServer, outcome: Report) -> None:
    found = compare(recording, recipe, server.url)
    outcome.add(recording.name, f"{recording.request_line} -> {recording.status}", found)


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 1:
        print("usage: python -m bbconsumer.simulator.fidelity FOLDER", file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    try:
        outcome = report(read_recordings(folder), read_messages(folder))
    except UnreadableRecording as error:
        print(f"fidelity: {error}", file=sys.stderr)
        return 2
    print(*outcome.lines, sep="\n")
    print(f"{outcome.compared} recordings compared, {outcome.mattering} differences that matter")
    return 1 if outcome.mattering else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
