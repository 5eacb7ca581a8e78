"""Every message is one that the public schema package accepts.

The package is never installed into the environment of the tests: fedora-messaging
consumers behave differently where it is. It is on the path of a process of its own.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from bbconsumer.simulator import messages
from bbconsumer.simulator.messages import BusForm
from bbconsumer.simulator.scenario import build_release
from tests.simulator.world import ALICE, world_of

_REPOSITORY = Path(__file__).parents[2]
_VALIDATE = """
import json, sys
from fedora_messaging.message import load_message
from bugzilla2fedmsg_schema.schema import MessageV1, MessageV1BZ4
count = 0
for line in sys.stdin:
    message = load_message(json.loads(line))
    assert type(message) in (MessageV1, MessageV1BZ4), type(message)
    message.validate()
    assert message.summary and message.url and message.packages is not None
    count += 1
print(count)
"""


@pytest.fixture(scope="module")
def schemas() -> Path:
    folder = Path(os.environ.get("BBCONSUMER_SCHEMA_DIR") or _REPOSITORY / "build" / "schemas")
    if not (folder / "bugzilla2fedmsg_schema").is_dir():
        pytest.fail(f"no bugzilla2fedmsg_schema in {folder}: `make schemas` provides it", pytrace=False)
    return folder


def validated(letters: list[tuple[str, Mapping[str, Any]]], schemas: Path) -> int:
    """How many messages the schema package accepted: all, or this fails."""
    lines = [
        json.dumps({"topic": topic, "body": body, "headers": messages.headers(body), "id": str(number), "queue": None})
        for number, (topic, body) in enumerate(letters)
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
    return int(process.stdout)


def test_everything_that_a_release_causes_is_valid(schemas: Path) -> None:
    letters: list[tuple[str, Mapping[str, Any]]] = []
    release = build_release(unrelated=20, publish=lambda topic, body: letters.append((topic, body)))
    list(islice(release.steps(), 60))
    assert len(letters) > 200
    assert validated(letters, schemas) == len(letters)


@pytest.mark.parametrize("form", ["bz4", "object"])
def test_both_schemas_and_attachments_are_valid(schemas: Path, form: BusForm) -> None:
    with world_of(bus_form=form) as world:
        bug_id = world.file(blocks=[1])
        world.edit(bug_id, status="ASSIGNED", comment="hello", qa_contact=ALICE)
        world.state.add_attachment(bug_id, "log.txt", ALICE, "The log")
    assert validated([*world.messages], schemas) == len(world.messages) == 7


def test_a_message_that_is_not_valid_would_be_noticed(schemas: Path) -> None:
    with world_of() as world:
        world.file()
    topic, body = world.messages[0]
    del body["bug"]["whiteboard"]
    with pytest.raises(AssertionError, match="whiteboard"):
        validated([(topic, body)], schemas)
