"""`python -m bbconsumer.simulator.fidelity FOLDER`: is the simulator still like the real thing?

For each recorded answer in the folder (`bugzilla-*.json`; first line
`// METHOD PATH -> status`, then the body) the equivalent request is made to a
simulated server over HTTP, and status, keys, types and error codes are compared.

Exit status: 0 if nothing that matters differs, 1 if something does or if nobody knows
how to ask for a recording, 2 if there is nothing to compare or it cannot be read.
"""

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import requests

from bbconsumer.simulator.bug_json import STOCK
from bbconsumer.simulator.recipes import RECIPES, Recipe, data_set
from bbconsumer.simulator.server import SimulatedBugzilla
from bbconsumer.simulator.shapes import Difference, differences

_FIRST_LINE = re.compile(r"// (?P<method>[A-Z]+) (?P<path>\S+) -> (?P<status>\d{3})")
_TIMEOUT_S = 30.0


class UnreadableRecording(Exception):
    """The folder is empty, or a file in it is not what it should be."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What a real server answered."""

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
    recordings = [_read_recording(path) for path in sorted(folder.glob("bugzilla-*.json"))]
    if not recordings:
        raise UnreadableRecording(f"no bugzilla-*.json in {folder}")
    return recordings


def _read_recording(path: Path) -> Recording:
    try:
        first, _, rest = path.read_text(encoding="utf-8").partition("\n")
        body = json.loads(rest)
    except (OSError, ValueError) as error:
        raise UnreadableRecording(f"{path.name}: {error}") from error
    match = _FIRST_LINE.fullmatch(first.strip())
    if match is None:
        raise UnreadableRecording(f"{path.name}: the first line is not `// METHOD PATH -> status`")
    return Recording(path.name, f"{match['method']} {match['path']}", int(match["status"]), body)


def compare(recording: Recording, recipe: Recipe, url: str) -> list[Difference]:
    """Ask the simulator at `url` and tell what differs."""
    headers = {"X-BUGZILLA-API-KEY": recipe.key} if recipe.key else {}
    response = requests.request(
        recipe.method,
        url + recipe.path,
        params=dict(recipe.query),
        json=recipe.body,
        headers=headers,
        timeout=_TIMEOUT_S,
    )
    found = differences(recording.body, response.json())
    if response.status_code != recording.status:
        found.append(Difference("status", f"is {response.status_code}, recorded: {recording.status}"))
    return found


def excuse_for(recording: Recording, difference: Difference) -> Excuse | None:
    for excuse in EXCUSES:
        if re.fullmatch(excuse.name, recording.name) and re.fullmatch(excuse.where, difference.where):
            return excuse
    return None


def report(recordings: Sequence[Recording]) -> tuple[list[str], int]:
    """Lines for people, and how many differences matter."""
    lines, mattering = [], 0
    for recording in recordings:
        recipe = RECIPES.get(recording.name)
        if recipe is None:
            lines.append(f"{recording.name}: no recipe for {recording.request_line}: matters")
            mattering += 1
            continue
        # A server of its own: what one request writes must not change the next answer.
        with SimulatedBugzilla(data_set(), flavour=STOCK) as server:
            found = compare(recording, recipe, server.url)
        if not found:
            lines.append(f"{recording.name}: {recording.request_line} -> {recording.status}: the same")
        for difference in found:
            excuse = excuse_for(recording, difference)
            mattering += excuse is None
            verdict = f"does not matter: {excuse.why}" if excuse else "matters"
            lines.append(f"{recording.name}: {difference.where} {difference.what}: {verdict}")
    return lines, mattering


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 1:
        print("usage: python -m bbconsumer.simulator.fidelity FOLDER", file=sys.stderr)
        return 2
    try:
        recordings = read_recordings(Path(arguments[0]))
    except UnreadableRecording as error:
        print(f"fidelity: {error}", file=sys.stderr)
        return 2
    lines, mattering = report(recordings)
    print(*lines, sep="\n")
    print(f"{len(recordings)} recordings compared, {mattering} differences that matter")
    return 1 if mattering else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
