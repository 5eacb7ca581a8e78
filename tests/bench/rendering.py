"""`python -m tests.bench.rendering PATH COUNT`: how much processor time making a page takes, as a JSON line.

The database is the environment's; nothing is kept: each time the page is made anew.
"""

from __future__ import annotations

import json
import os
import sys
import time
from statistics import median

from starlette.testclient import TestClient

from bbconsumer.config import openshift_config
from web.app import create_app


def main(path: str, count: int) -> None:
    """Make the page so often, after a first time that loads what is loaded once."""
    client = TestClient(create_app(openshift_config(os.environ)))
    took_ms = []
    for _ in range(count + 1):
        began = time.process_time()
        answer = client.get(path)
        took_ms.append(1000 * (time.process_time() - began))
        answer.raise_for_status()
    bare_began = time.process_time()
    for _ in range(count):
        client.get("/healthz/live").raise_for_status()
    bare_ms = 1000 * (time.process_time() - bare_began) / count
    print(json.dumps({"cpu_ms": median(took_ms[1:]) - bare_ms}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
