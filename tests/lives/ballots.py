"""Counts the votes in tickets by what each sentence of `people` is known to mean, and by nothing of the service."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import TypeAlias

from bbconsumer.simulator.pagure_cast import CLERK
from bbconsumer.simulator.pagure_records import Ticket
from tests.lives.sources import Sources
from tests.lives.stored import Row, Stored

VOTE, DECIDE, AGAIN = "vote", "decide", "again"
_Meaning: TypeAlias = tuple[tuple[str, str, str], ...]
MEANINGS: Mapping[str, _Meaning] = {
    "BetaBlocker +1": ((VOTE, "BetaBlocker", "+"),),
    "-1 BetaBlocker": ((VOTE, "BetaBlocker", "-"),),
    "FinalFE 0": ((VOTE, "FinalFreezeException", "0"),),
    "0Day +1\nFinalBlocker -1": ((VOTE, "0Day", "+"), (VOTE, "FinalBlocker", "-")),
    "BetaBlocker +1 for sure": (),
    "> BetaBlocker -1\n\nI do not think so.": (),
    "AGREED AcceptedBetaBlocker": ((DECIDE, "BetaBlocker", "accepted"),),
    "AGREED RejectedBetaBlocker AcceptedBetaFE": (
        (DECIDE, "BetaBlocker", "rejected"),
        (DECIDE, "BetaFreezeException", "accepted"),
    ),
    "REVOTE BetaBlocker": ((AGAIN, "BetaBlocker", ""),),
}
# By tracker, the last vote of each person and the decision, if any.
_Votes: TypeAlias = dict[str, dict[str, str]]
_Decisions: TypeAlias = dict[str, str]


def count(ticket: Ticket) -> tuple[_Votes, _Decisions]:
    """What the comments amount to, as they now stand."""
    votes: _Votes = {}
    decisions: _Decisions = {}
    for comment in ticket.comments:
        for kind, tracker, value in () if comment.is_notification else MEANINGS[comment.text]:
            if kind == VOTE and tracker not in decisions:
                votes.setdefault(tracker, {})[comment.user] = value
            elif kind == DECIDE and comment.user == CLERK:
                decisions[tracker] = value
            elif kind == AGAIN and comment.user == CLERK:
                votes.pop(tracker, None)
                decisions.pop(tracker, None)
    return votes, decisions


def differences_of_votes(stored: Stored, sources: Sources, public_ids: Collection[int]) -> Iterator[str]:
    """In what the tickets about public bugs differ from how Pagure has them."""
    for ticket in sources.pagure.state.tickets.all():
        row = stored.tickets.get(ticket.id)
        if ticket.is_private:
            if row is not None and (row["absence"] is None or row["title"] or row["comments"]):
                yield f"ticket {ticket.id} is private, and stored is {row}"
            continue
        if row is None or row["absence"] is not None:
            yield f"ticket {ticket.id} is not stored"
        elif row["bug_id"] in public_ids:
            yield from _differences(ticket, row)


def _differences(ticket: Ticket, row: Row) -> Iterator[str]:
    votes, decisions = count(ticket)
    trackers = row["review"]["trackers"]
    mine = {
        "title": row["title"],
        "is open": row["is_open"],
        "votes": {name: told for name, tracker in trackers.items() if (told := _told(tracker["tally"]))},
        "decisions": {name: t["decision"]["outcome"] for name, t in trackers.items() if t["decision"]},
    }
    true = {
        "title": ticket.title,
        "is open": ticket.is_open,
        "votes": {name: of for name, of in votes.items() if of},
        "decisions": decisions,
    }
    for what, value in true.items():
        if mine[what] != value:
            yield f"ticket {ticket.id}: {what} stored as {mine[what]}, at Pagure {value}"


def _told(tally: str) -> dict[str, str]:
    """Who voted how, of a tally as ``BetaBlocker (+1, 0, -1) (+alice, -bob)``."""
    names = re.search(r"\) \(([^()]*)\)$", tally)
    return {name[1:]: name[0] for name in names[1].split(", ")} if names else {}
