"""Every message is one that Bodhi's own message package accepts, and has the headers that it would give it.

As in `test_schema`, the package is on the path of a process of its own.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bbconsumer.simulator.amqp import headers_of
from tests.simulator.bodhi_world import new_world
from tests.simulator.test_bodhi_messages import STORIES

_REPOSITORY = Path(__file__).parents[2]
_VALIDATE = """
import json, sys
from fedora_messaging.message import load_message
from bodhi.messages.schemas.update import UpdateMessage
topics = set()
for line in sys.stdin:
    letter = json.loads(line)
    message = load_message(letter)
    assert isinstance(message, UpdateMessage), type(message)
    message.validate()
    assert message.summary and message.update.alias in message.url
    again = type(message)(body=message.body)
    theirs = {name: value for name, value in again._headers.items() if name != "sent-at"}
    assert theirs == letter["headers"], (theirs, letter["headers"])
    assert letter["topic"] == "org.fedoraproject.prod." + again.topic, again.topic
    topics.add(again.topic)
print(json.dumps(sorted(topics)))
"""

Letter = tuple[str, Mapping[str, Any]]


@pytest.fixture(scope="module")
def schemas() -> Path:
    folder = Path(os.environ.get("BBCONSUMER_SCHEMA_DIR") or _REPOSITORY / "build" / "schemas")
    if not (folder / "bodhi" / "messages").is_dir():
        pytest.fail(f"no bodhi.messages in {folder}: `make schemas` provides it", pytrace=False)
    return folder


def validated(letters: list[Letter], schemas: Path) -> list[str]:
    """The topics of the messages, all of which the package accepted."""
    lines = [
        json.dumps({"topic": topic, "body": body, "headers": headers_of(topic, dict(body)), "id": "x", "queue": None})
        for topic, body in letters
    ]
    process = subprocess.run(
        [sys.executable, "-c", _VALIDATE],
        input="\n".join(lines),
        env={**os.environ, "PYTHONPATH": str(schemas)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return list(json.loads(process.stdout))


@pytest.fixture
def letters() -> list[Letter]:
    """All that the stories of the other tests cause."""
    told: list[Letter] = []
    for begin, act, _ in STORIES.values():
        bodhi = new_world()
        bodhi.state.on_message(lambda topic, body: told.append((topic, body)))
        act(bodhi, begin(bodhi))
    return told


def test_everything_that_happens_to_updates_is_valid(letters: list[Letter], schemas: Path) -> None:
    assert validated(letters, schemas) == [
        f"bodhi.update.{kind}"
        for kind in (
            "comment",
            "complete.stable",
            "complete.testing",
            "edit",
            "eject",
            "karma.threshold.reach",
            "request.obsolete",
            "request.revoke",
            "request.stable",
            "request.testing",
            "request.unpush",
            "requirements_met.stable",
            "status.testing.koji-build-group.build.complete",
        )
    ]


def test_a_message_that_is_not_valid_would_be_noticed(letters: list[Letter], schemas: Path) -> None:
    topic, body = letters[-1]
    del body["update"]["release"]
    with pytest.raises(AssertionError, match="release"):
        validated([(topic, body)], schemas)
