"""What the cast has said in tickets, as far as it counts: what a page that reads the tickets must make of it.

Kept by those who act, not read from the comments, so that it can tell when the reading is wrong.
"""

from collections import defaultdict
from dataclasses import dataclass

from bbconsumer.simulator.pagure_records import Ticket

Place = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Said:
    """One vote (`+1`, `0`, `-1`), or `AGREED …` or `REVOTE`, on one tracker."""

    who: str
    tracker: str
    word: str


class Ballots:
    """By ticket and comment: what was meant to count, and what was not."""

    def __init__(self) -> None:
        self._said: dict[int, dict[int, list[Said]]] = defaultdict(dict)

    def note(self, ticket_id: int, comment_id: int, *said: Said) -> None:
        """Remember a comment of the cast's; an edited one anew, at the place that it has."""
        self._said[ticket_id][comment_id] = list(said)

    def knows_all_of(self, ticket: Ticket, bot: str) -> bool:
        """Whether nobody but the cast and the service has commented: then what must be seen is known."""
        known = self._said.get(ticket.id, {})
        return all(each.id in known or each.is_notification or each.user == bot for each in ticket.comments)

    def votes(self, ticket_id: int, tracker: str) -> dict[str, str]:
        """The present vote by person, in the order in which they came to it."""
        votes: dict[str, str] = {}
        for said in self._about(ticket_id, tracker):
            if said.word == "REVOTE":
                votes.clear()
            elif not said.word.startswith("AGREED") and votes.get(said.who) != said.word:
                votes.pop(said.who, None)
                votes[said.who] = said.word
        return votes

    def decision(self, ticket_id: int, tracker: str) -> str:
        """`accepted` or `rejected` if the votes are closed, else empty."""
        commands = [said.word for said in self._about(ticket_id, tracker) if said.word[0] not in "+-0"]
        return commands[-1].partition(" ")[2] if commands else ""

    def tally(self, ticket_id: int, tracker: str) -> str:
        """As meetings write it: `BetaFE (+1, 1, -1) (+alice, 0erin, -dave)`."""
        by_vote: dict[str, list[str]] = {"+1": [], "0": [], "-1": []}
        for who, vote in self.votes(ticket_id, tracker).items():
            by_vote[vote].append(who)
        people = [f"{vote[0]}{who}" for vote, group in by_vote.items() for who in group]
        plus, zero, minus = map(len, by_vote.values())
        names = f" ({', '.join(people)})" if people else ""
        return f"{short_name(tracker)} (+{plus}, {zero}, -{minus}){names}"

    def _about(self, ticket_id: int, tracker: str) -> list[Said]:
        comments = self._said.get(ticket_id, {})
        return [each for said in comments.values() for each in said if each.tracker == tracker]


def short_name(tracker: str) -> str:
    """`BetaFE` for `BetaFreezeException`."""
    return tracker.replace("FreezeException", "FE")
