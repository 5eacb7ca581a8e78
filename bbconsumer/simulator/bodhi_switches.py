"""What the simulated Bodhi was asked, by kind."""

from collections.abc import Sequence

from bbconsumer.simulator.switches import Kind

BODHI_KINDS: Sequence[Kind] = (
    ("GET", r"/(?P<name>updates|comments|releases)/", ""),
    ("GET", r"/updates/[^/]+", "update"),
    ("GET", r"/releases/[^/]+", "release"),
    ("GET", r"/users/[^/]+", "user"),
)
