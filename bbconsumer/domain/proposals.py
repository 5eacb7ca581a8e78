"""Why a bug was proposed: found among its comments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from bbconsumer.domain.snapshots import Comment

# The propose form begins its comment so, then come the kinds, the milestone and the proposer.
FORM_START = "Proposed as a "


def find_justification(
    comments: Iterable[Comment], milestone_label: str, proposed_at: datetime | None, proposed_by: str
) -> str:
    """The text that a proposer gave: in the propose form, or as a comment in the very change that set the tracker.

    `comments` are in order of time; of several proposals by form the last one counts. Empty when nothing was said.
    """
    by_form, beside = "", ""
    for comment in comments:
        first, _, rest = comment.text.partition("\n")
        _, _, proposal = first.partition(" for ")
        if first.startswith(FORM_START) and proposal.startswith(f"{milestone_label} by "):
            by_form = rest.strip()
        elif proposed_at and comment.author == proposed_by and abs(comment.at - proposed_at) <= timedelta(seconds=1):
            beside = comment.text.strip()
    return by_form or beside
