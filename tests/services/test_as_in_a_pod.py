"""Processes that stand for a pod's load what a pod has."""

import subprocess
import sys
from pathlib import Path

from tests.end_to_end.deployment import Deployment


def test_a_consumer_loads_no_pytest(tmp_path: Path) -> None:
    look = "import sys, bbconsumer.consumer; print(sys.modules.keys() & {'pytest', '_pytest'})"
    environment = Deployment({}, tmp_path)._environment()
    run = subprocess.run([sys.executable, "-c", look], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"
