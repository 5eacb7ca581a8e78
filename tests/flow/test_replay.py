"""`bbconsumer replay`: recorded messages through the real callback, without a broker."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bbconsumer.cli import replay
from bbconsumer.config import Secret, Settings
from tests import recordings
from tests.bus import NEW, UPDATE, body
from tests.end_to_end.deployment import Deployment, deployed


@pytest.fixture
def command_line(sqlite_url: str, tmp_path: Path) -> Deployment:
    """The command line on an empty database."""
    with deployed({"DATABASE_URL": sqlite_url}, tmp_path) as deployment:
        return deployment


def _write(path: Path, *records: object) -> str:
    path.write_text("\n".join(json.dumps(record) for record in records))
    return str(path)


def test_it_tells_topic_keys_and_reason_of_each_message(command_line: Deployment, tmp_path: Path) -> None:
    recording = _write(
        tmp_path / "recording.jsonl",
        {"topic": NEW, "body": body(2400123)},
        {"routing_key": "org.fedoraproject.prod.buildsys.tag", "body": {}},
        {"topic": UPDATE, "body": {"bug": None}},
    )
    done = command_line.run("replay", "--json", recording)
    assert done.returncode == 0, done.stderr
    created, foreign, unreadable = map(json.loads, done.stdout.splitlines())
    assert (created["topic"], created["keys"]) == (NEW, ["bug/2400123"])
    assert (foreign["keys"], foreign["reason"]) == ([], "topic does not concern us")
    assert unreadable["keys"] == []
    assert "kept as unreadable" in unreadable["reason"]
    done = command_line.run("replay", recording, _write(tmp_path / "odd.json", "text"))
    assert done.stdout.startswith(f"{NEW}: bug/2400123 (")
    assert done.returncode == 1
    assert f"{tmp_path / 'odd.json'}, message 1: not an object with a body" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("text", ["{", "[1]", '{"topic": "a"}', '{"body": {}}', '"text"'])
def test_a_file_that_holds_no_messages_is_a_clear_error(sqlite_url: str, tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.json"
    path.write_text(text)
    settings = Settings.of(database_url=Secret(sqlite_url))
    done = CliRunner().invoke(replay, [str(path)], obj=settings)
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Error: {path}")


@recordings.recorded
def test_it_takes_every_message_that_was_recorded_on_the_real_buses(command_line: Deployment) -> None:
    files = recordings.files("messages/*.json", "peers/*.jsonl")
    done = command_line.run("replay", "--json", *map(str, files))
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert {line["file"] for line in lines} == set(map(str, files))
    assert all(line["reason"] for line in lines)
    created = [line["keys"] for line in lines if line["topic"].endswith("bugzilla.bug.new")]
    assert created
    assert all(created)
    others = [line for line in lines if ".bugzilla." not in line["topic"]]
    assert all(key.startswith("ticket/") for line in others for key in line["keys"])
    assert not any(line["keys"] for line in others if ".pagure.issue." not in line["topic"])
