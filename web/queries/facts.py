"""What is stored about a milestone, for pages that judge it as readiness does."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bbconsumer.config import Settings
from bbconsumer.domain.facts import MilestoneFacts
from bbconsumer.domain.trackers import Milestone, MilestoneName
from bbconsumer.reporting import load_facts
from web.read_models import MilestoneView


def load_known_facts(
    session: Session, milestone: MilestoneView, settings: Settings, bug_id: int | None = None
) -> MilestoneFacts:
    """The facts of a milestone that this same transaction has seen, or what of them concerns one bug: ten SELECTs."""
    facts = load_facts(session, Milestone(milestone.release, MilestoneName(milestone.name)), settings, bug_id)
    if facts is None:
        raise LookupError(f"{milestone.label} is gone within one snapshot of the database")
    return facts
