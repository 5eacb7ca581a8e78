"""What was decided about the bugs of one milestone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from web.read_models.freshness import Freshness
from web.read_models.listing import ListView
from web.read_models.navigation import MilestoneView, Navigation


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A decision that stands. `outcome` is one of the accepted states, or rejected; `decision` is what people call it.

    `at` is None and `by` empty where that is not known. `comment_url` is the address of the ticket's comment in which
    it was made, empty for one of which only Bugzilla tells. `recorded_at` is when Bugzilla said so; it may be None also
    where it is recorded. `problem` says why the service cannot record it.
    """

    id: int
    component: str
    status: str
    resolution: str
    summary: str
    kind: str
    outcome: str
    decision: str
    at: datetime | None
    by: str
    comment_url: str
    is_recorded: bool
    recorded_at: datetime | None
    problem: str

    @property
    def where(self) -> str:
        """In which system it was made, as far as is known."""
        return "ticket" if self.comment_url else "bugzilla"


@dataclass(frozen=True, slots=True)
class Period:
    """A time since which decisions may be asked for; `address` begins with its ``?``."""

    title: str
    address: str


@dataclass(frozen=True, slots=True)
class DecisionsPage:
    """The decisions about a milestone. `has_reviews` tells whether what tickets say is known at all."""

    now: datetime
    navigation: Navigation
    milestone: MilestoneView
    freshness: Freshness
    has_reviews: bool
    periods: tuple[Period, ...]
    lines: tuple[DecisionLine, ...]
    listing: ListView
