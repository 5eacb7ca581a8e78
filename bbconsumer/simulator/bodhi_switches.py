"""How the simulated Bodhi can be told to misbehave beyond what every simulated server can, and what it was asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from bbconsumer.simulator.switches import Kind, Switches


@dataclass
class BodhiSwitches(Switches):
    """`hide` takes the numbers of updates (`Update.id`).

    `row_limit` cuts every page at so many rows, without a word.
    """

    row_limit: int | None = None


BODHI_KINDS: Sequence[Kind] = (
    ("GET", r"/(?P<name>updates|comments|releases)/", ""),
    ("GET", r"/updates/[^/]+", "update"),
    ("GET", r"/releases/[^/]+", "release"),
    ("GET", r"/users/[^/]+", "user"),
)
