"""Recordings of Bodhi hold the answer alone: what was asked, and with which status it was answered, is known here."""

import json
from pathlib import Path

import pytest

from bbconsumer.simulator.bodhi_recipes import RECIPES
from bbconsumer.simulator.fidelity import main
from tests import recordings

Capture = pytest.CaptureFixture[str]
REFUSED = {"status": "error", "errors": [{"location": "url", "name": "id", "description": "Invalid update id"}]}


@recordings.recorded
def test_there_is_a_recipe_for_each_recording() -> None:
    assert {path.name for path in recordings.files("peers/bodhi-*.json")} == RECIPES.keys()


@pytest.mark.parametrize(
    ("name", "body", "complaint"),
    [
        ("bodhi-updates_nope.json", REFUSED, ""),
        ("bodhi-updates_nope.json", REFUSED | {"errors": []}, "errors[] is not in the recorded answer"),
        ("bodhi-updates__page_9.json", REFUSED, "status is missing"),
        ("bodhi-unheard-of.json", {}, "has no recipe"),
    ],
)
def test_a_difference_is_told(tmp_path: Path, capsys: Capture, name: str, body: object, complaint: str) -> None:
    (tmp_path / name).write_text(json.dumps(body))
    assert main([str(tmp_path)]) == (1 if complaint else 0)
    assert complaint in capsys.readouterr().out
