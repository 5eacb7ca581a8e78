"""`make demo`: what a new user sees first."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.end_to_end.deployment import eventually


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A demo that stops by itself if nobody stops it."""
    command = [sys.executable, "-m", "bbconsumer.cli", "demo", "--seconds", "300", "--every", "1", "--port", "0"]
    process = subprocess.Popen(
        command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    yield process
    process.kill()
    process.communicate()


def test_every_change_reaches_the_page_and_so_does_one_made_by_hand(demo: subprocess.Popen[str]) -> None:
    assert demo.stdout
    said = ""
    while "curl" not in said:
        said += (line := demo.stdout.readline())
        assert line, said
    url = re.search(r"Open (http://127\.0\.0\.1:\d+/blockerbugs)/", said)
    by_hand = re.search(r"'(http://127\.0\.0\.1:\d+/rest/bug/(\d+)\?Bugzilla_api_key=[^']+)'", said)
    assert url
    assert by_hand
    changes = {"blocks": {"add": ["F45BetaBlocker"]}, "summary": "Made by hand"}
    requests.put(by_hand[1], json=changes, timeout=10).raise_for_status()
    by_shell = re.search(r"^  (\(set -a; .+\))$", said, flags=re.MULTILINE)
    assert by_shell
    report = subprocess.run(by_shell[1], shell=True, capture_output=True, text=True, timeout=30, check=True)
    assert re.search(r"ACTION SUMMARY.+http://127\.0\.0\.1:\d+/show_bug", report.stdout, flags=re.DOTALL)
    page = f"{url[1]}/bug/{by_hand[2]}"
    eventually(lambda: "Made by hand" in requests.get(page, timeout=10).text, 10)
    while not re.search(r"^ +\d+ ms  FEDORA-\d+-", said, flags=re.MULTILINE):
        said += (line := demo.stdout.readline())
        assert line, said
    demo.send_signal(signal.SIGINT)
    rest, _ = demo.communicate(timeout=60)
    last = rest.splitlines()[-1]
    figures = re.fullmatch(r"demo: (\d+) messages, (\d+) changes on the page, message-to-page median (\d+) ms", last)
    assert figures, rest
    assert int(figures[1]) >= int(figures[2]) > 0
    assert demo.returncode == 0
