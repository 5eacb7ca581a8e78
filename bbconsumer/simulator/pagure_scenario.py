"""Tickets in which people have been discussing for days, the same for the same seed and clock."""

from collections.abc import Collection
from datetime import timedelta
from random import Random

from bbconsumer.simulator.pagure import Pagure
from bbconsumer.simulator.pagure_ballots import Ballots
from bbconsumer.simulator.pagure_cast import BOT, REVIEW_PROJECT
from bbconsumer.simulator.pagure_proposals import Proposal
from bbconsumer.simulator.pagure_steps import Crowd, Place
from bbconsumer.simulator.scenario import StoryClock

_STARTED_DAYS_AGO = 5.0
_MOST_COMMENTS = 8


def seed_tickets(
    pagure: Pagure,
    proposals: Collection[Proposal],
    seed: int = 1,
    *,
    project: str = REVIEW_PROJECT,
    bugzilla_url: str = "https://bugzilla.example.test",
    opened_by: str = BOT,
) -> Ballots:
    """Open a ticket for each proposal, as the service would have done, and let people comment until now.

    Messages of that past go to whoever is subscribed already. Gives what was said, for `steps`.
    """
    chance, ballots, clock = Random(f"tickets {seed}"), Ballots(), pagure.clock
    now = clock()
    story_clock = StoryClock(now - timedelta(days=_STARTED_DAYS_AGO))
    pagure.clock = story_clock
    try:
        crowd = Crowd(pagure, project, ballots, chance)
        places = [
            Place(open_ticket(pagure, proposal, project, bugzilla_url, opened_by), proposal, proposal.trackers[0])
            for proposal in proposals
        ]
        moments = sorted(
            (chance.uniform(0.0, _STARTED_DAYS_AGO), index)
            for index in range(len(places))
            for _ in range(chance.randrange(_MOST_COMMENTS + 1))
        )
        for days, index in moments:
            story_clock.now = now - timedelta(days=_STARTED_DAYS_AGO - days)
            with pagure.lock:
                crowd.act([places[index]])
    finally:
        pagure.clock = clock
    return ballots


def open_ticket(
    pagure: Pagure,
    proposal: Proposal,
    project: str = REVIEW_PROJECT,
    bugzilla_url: str = "https://bugzilla.example.test",
    opened_by: str = BOT,
) -> int:
    """Open the ticket of one proposal; gives its number."""
    content = f"Bug details: **{bugzilla_url}/show_bug.cgi?id={proposal.bug_id}**\n\nVote, one line for each tracker."
    tags = sorted(
        {tracker.removesuffix("Blocker").removesuffix("FreezeException").lower() for tracker in proposal.trackers}
    )
    return pagure.create_ticket(project, f"[{proposal.bug_id}] {proposal.summary}", content, opened_by, tags=tags)
