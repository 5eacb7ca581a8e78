"""Why a bug was proposed: said in a comment, and found among comments.

Source of the first line: the original service, whose comments other programs look for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from bbconsumer.domain.snapshots import Comment
from bbconsumer.domain.texts import one_line
from bbconsumer.domain.trackers import Milestone, TrackerKind

# The propose form begins its comment so, then come the kinds, the milestone and the proposer.
FORM_START = "Proposed as a "


def proposal_comment(
    kinds: Collection[TrackerKind], milestone: Milestone, name: str, *, justification: str, criterion: str
) -> str:
    """What Bugzilla is told when somebody proposes a bug by form. Plain text: nothing in it is markup there."""
    titles = " and ".join(kind.label for kind in TrackerKind if kind in kinds)
    first = f"{FORM_START}{titles} for {milestone.label} by {one_line(name)} using the blocker tracking app because:"
    return f"{first}\n\n{justification}\n\nRelease criterion: {one_line(criterion)}"


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
