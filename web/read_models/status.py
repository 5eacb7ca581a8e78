"""The state of the service itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bbconsumer.domain.status import ServiceStatus
from web.read_models.navigation import Navigation


@dataclass(frozen=True, slots=True)
class StatusPage:
    """What operators and doubters look at: the same that the command line tells."""

    now: datetime
    navigation: Navigation
    status: ServiceStatus
