"""Thousands of tickets for benchmarks, quickly, with as many comments as they would have."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random

from bbconsumer.simulator.pagure import Pagure
from bbconsumer.simulator.pagure_cast import BOT, REVIEW_PROJECT, VOTERS
from bbconsumer.simulator.scenario import StoryClock

_SECONDS_BETWEEN_EDITS = 1
_VOTES = ("BetaBlocker +1", "BetaBlocker -1", "FinalBlocker +1", "BetaFE 0", "It happens here, too.", "BetaFE +1 then")


def fill_tickets(
    pagure: Pagure, bug_ids: Sequence[int], comments_each: int, *, project: str = REVIEW_PROJECT, seed: int = 1
) -> list[int]:
    """Open a ticket for each bug, with so many comments, all in the past; gives the tickets' numbers in that order."""
    chance, clock = Random(seed), pagure.clock
    edits = len(bug_ids) * (comments_each + 1) + 1
    story_clock = StoryClock(clock() - timedelta(seconds=edits * _SECONDS_BETWEEN_EDITS))
    pagure.clock = story_clock
    ticket_ids = []
    try:
        for bug_id in bug_ids:
            story_clock.now += timedelta(seconds=_SECONDS_BETWEEN_EDITS)
            content = f"Bug details: **https://bugzilla.example.test/show_bug.cgi?id={bug_id}**"
            ticket_ids.append(pagure.create_ticket(project, f"[{bug_id}] It crashes", content, BOT, tags=["beta"]))
            for number in range(comments_each):
                story_clock.now += timedelta(seconds=_SECONDS_BETWEEN_EDITS)
                who = VOTERS[number % len(VOTERS)]
                pagure.comment(project, ticket_ids[-1], chance.choice(_VOTES), who)
    finally:
        pagure.clock = clock
    return ticket_ids
