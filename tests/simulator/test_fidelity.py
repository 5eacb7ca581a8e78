"""The comparison with real servers: it passes, and it would not if something differed."""

import json
from pathlib import Path

import pytest

from bbconsumer.simulator.fidelity import PEERS, main, simulated_messages
from tests import recordings

Capture = pytest.CaptureFixture[str]


def run(folder: Path, capture: Capture) -> tuple[int, str]:
    """Exit status and all output of the command."""
    status = main([str(folder)])
    return status, "".join(capture.readouterr())


def record(folder: Path, name: str, first_line: str, body: object) -> None:
    (folder / name).write_text(f"{first_line}\n{json.dumps(body)}\n")


@recordings.recorded
def test_the_simulator_answers_as_the_real_servers_did(capsys: Capture) -> None:
    folder = recordings.FOLDER / "peers"
    status, output = run(folder, capsys)
    assert status == 0, output
    assert "0 differences that matter" in output
    for peer in PEERS:
        assert {path.name for path in folder.glob(f"{peer.name}-*.json")} <= peer.recipes.keys()
    for kind in simulated_messages():
        assert f"{kind}: " in output


def test_an_equal_answer_is_the_same_whatever_its_values(tmp_path: Path, capsys: Capture) -> None:
    record(tmp_path, "bugzilla-version.json", "// GET /rest/version -> 200", {"version": "9.9"})
    assert run(tmp_path, capsys)[0] == 0


@pytest.mark.parametrize(
    ("name", "first_line", "body", "complaint"),
    [
        ("bugzilla-version.json", "// GET /rest/version -> 404", {"version": "5"}, "status is 200, recorded: 404"),
        ("bugzilla-version.json", "// GET /rest/version -> 200", {"version": 5}, "version is string, recorded: number"),
        ("bugzilla-version.json", "// GET /rest/version -> 200", {"version": "5", "x": 1}, "x is missing"),
        ("bugzilla-version.json", "// GET /rest/version -> 200", {}, "version is not in the recorded answer"),
        (
            "bugzilla-bug-404.json",
            "// GET /rest/bug/9 -> 404",
            {"message": "", "documentation": "https://x", "code": 100, "error": True},
            "code is 101, recorded: 100",
        ),
        ("bugzilla-bug-search-ids.json", "// GET /rest/bug -> 200", {"bugs": [{"id": "7"}]}, "bugs[].id is number"),
        ("bugzilla-unheard-of.json", "// GET /rest/x -> 200", {}, "no recipe"),
        ("pagure-unheard-of.json", "// GET /api/0/x  -> 200", {}, "no recipe"),
        (
            "pagure-issue-404.json",
            "// GET /api/0/a/b/issue/9  -> 404",
            {"error": "There is none", "error_code": "ENOTHING"},
            "error_code is 'ENOISSUE', recorded: 'ENOTHING'",
        ),
        (
            "pagure-close-badstatus.json",
            "// POST /api/0/a/b/issue/9/status  -> 400",
            {"error": "", "error_code": "EINVALIDREQ", "errors": {"priority": [""], "status": [""]}},
            "errors.priority is missing",
        ),
        ("pagure-whoami.json", "// POST /api/0/-/whoami {'a': 'b'} -> 200", {"username": 1}, "username is string"),
        ("pagure-assign.json", "// POST /x -> 200", {"message": "1795447976.812486"}, "recorded: epoch seconds"),
        ("pagure-assign.json", "// POST /x -> 200", {"message": "https://x/y"}, "recorded: address"),
    ],
)
def test_a_difference_is_told_and_matters(
    tmp_path: Path, capsys: Capture, name: str, first_line: str, body: object, complaint: str
) -> None:
    record(tmp_path, name, first_line, body)
    status, output = run(tmp_path, capsys)
    assert status == 1
    assert complaint in output
    assert output.count("matters") == 1


@pytest.mark.parametrize("text", ["", "// GET /rest/version -> 200\n{", "{}\n{}", "// GET /rest/version\n{}"])
def test_a_recording_that_cannot_be_read_is_an_error_of_its_own(tmp_path: Path, capsys: Capture, text: str) -> None:
    (tmp_path / "bugzilla-version.json").write_text(text)
    assert run(tmp_path, capsys)[0] == 2


def test_the_folder_has_to_be_named(capsys: Capture) -> None:
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err


def test_an_empty_folder_is_an_error_too(tmp_path: Path, capsys: Capture) -> None:
    assert run(tmp_path, capsys)[0] == 2


def bus_line(kind: str, **body: object) -> str:
    """A recorded message as a line."""
    (message, *_) = simulated_messages()[kind]
    assert isinstance(message, dict)
    headers = message["headers"] | {"sent-at": "2026-11-23T15:33:03+00:00"}
    return json.dumps(
        {
            "routing_key": f"org.fedoraproject.dev.pagure.{kind}",
            "headers": headers,
            "body": message["body"] | body,
        }
    )


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (bus_line("issue.assigned.added"), ""),
        (bus_line("issue.assigned.added", agent=None), "[].body.agent is string, recorded: null"),
        (bus_line("issue.assigned.added", more=1), "[].body.more is missing"),
        (bus_line("issue.new").replace("issue.new", "issue.unheard-of"), "[] is missing"),
    ],
    # The lines hold times, which every worker of a parallel run would write otherwise.
    ids=["as recorded", "null for a text", "one part more", "an unheard-of topic"],
)
def test_recorded_messages_are_compared_with_those_of_the_same_story(
    tmp_path: Path, capsys: Capture, line: str, complaint: str
) -> None:
    record(tmp_path, "bugzilla-version.json", "// GET /rest/version -> 200", {"version": "9.9"})
    (tmp_path / "pagure-bus.jsonl").write_text(f"{line}\n")
    status, output = run(tmp_path, capsys)
    assert status == bool(complaint), output
    assert complaint in output


@pytest.mark.parametrize("line", ["{", "1", "{}", '{"routing_key": 1}', '{"routing_key": "x", "headers": {}}'])
def test_a_recorded_message_that_cannot_be_read_is_an_error_of_its_own(
    tmp_path: Path, capsys: Capture, line: str
) -> None:
    record(tmp_path, "bugzilla-version.json", "// GET /rest/version -> 200", {"version": "9.9"})
    (tmp_path / "pagure-bus.jsonl").write_text(f"{line}\n")
    assert run(tmp_path, capsys)[0] == 2
