"""Which form of the tests runs: the short one of every run, or the long one of `make verify`."""

from __future__ import annotations

import os

# Set by `make verify`.
IS_LONG = os.environ.get("BBCONSUMER_VERIFY", "").lower() in {"1", "true", "yes"}
