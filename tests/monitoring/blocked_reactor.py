"""A program of its own: our command line, whose reactor is blocked for good as soon as a file appears.

Usage: blocked_reactor.py FILE COMMAND…
"""

import sys
import threading
import time
from pathlib import Path

from twisted.internet import reactor

from bbconsumer.cli import main


def block(sign: Path) -> None:
    while not sign.exists():
        time.sleep(0.05)
    reactor.callFromThread(time.sleep, 3600)


if __name__ == "__main__":
    threading.Thread(target=block, args=(Path(sys.argv[1]),), daemon=True).start()
    main(sys.argv[2:])
