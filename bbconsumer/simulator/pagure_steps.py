"""What people go on doing in the tickets: an endless, seeded run of single comments."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from random import Random

from bbconsumer.simulator.pagure import Pagure
from bbconsumer.simulator.pagure_ballots import Ballots, Said, short_name
from bbconsumer.simulator.pagure_cast import (
    BOT,
    CLERK,
    REVIEW_PROJECT,
    VOTERS,
    maintainer_of,
    quote_text,
    remark_lines,
    vote_text,
    wrong_vote_text,
)
from bbconsumer.simulator.pagure_proposals import Proposal, open_tickets

Proposals = Callable[[], Collection[Proposal]]
# Most people want to block; some have no opinion.
_VOTES = ("+1", "+1", "+1", "-1", "0")
_VOTES_FOR_A_DECISION = 3


@dataclass(frozen=True, slots=True)
class TicketStep:
    """One comment that has been made, or edited.

    `visible` is what a reader of the bug's page must see now: the tally of a tracker, as
    `BetaBlocker (+2, 0, -1) (+alice, +bob, -dave)`; `agreed accepted` or `agreed rejected` once its votes are closed;
    a line that does not count; or the beginning of a remark. Empty: nothing that such a page shows has changed.
    `tracker` is the one concerned, by the name that votes use.
    """

    ticket_id: int
    bug_id: int
    description: str
    visible: str
    tracker: str = ""


def steps(
    pagure: Pagure,
    proposals: Proposals,
    chance: Random,
    *,
    ballots: Ballots | None = None,
    project: str = REVIEW_PROJECT,
) -> Iterator[TicketStep | None]:
    """Make one comment each time the next step is asked for; None while there is no ticket to comment on.

    `proposals` is asked each time. `ballots` is what has been said before (see `seed_tickets`). Tickets in which
    anybody else has commented are left alone.
    """
    crowd = Crowd(pagure, project, ballots or Ballots(), chance)
    while True:
        proposed = proposals()
        with pagure.lock:
            step = crowd.act(crowd.places(proposed))
        yield step


@dataclass(frozen=True, slots=True)
class Place:
    """One tracker to vote on, in one ticket."""

    ticket_id: int
    proposal: Proposal
    tracker: str


class Crowd:
    """Everybody who comments. Each action gives None if nobody can do that there. The caller holds Pagure's lock."""

    def __init__(self, pagure: Pagure, project: str, ballots: Ballots, chance: Random) -> None:
        self._pagure = pagure
        self._project = project
        self._ballots = ballots
        self._chance = chance
        self._wrong: dict[int, tuple[Place, Said]] = {}
        self._remarked: set[int] = set()
        self._weight_by_action: Mapping[Callable[[Place], TicketStep | None], int] = {
            self._vote: 10,
            self._change_mind: 2,
            self._vote_wrongly: 2,
            self._correct_vote: 2,
            self._quote: 1,
            self._remark: 2,
            self._command_without_rights: 1,
            self._agree: 3,
            self._vote_anew: 1,
        }

    def places(self, proposals: Collection[Proposal]) -> list[Place]:
        """Where people may vote now: in the oldest ticket of each proposed bug."""
        by_bug = {proposal.bug_id: proposal for proposal in proposals}
        ticket_by_bug: dict[int, int] = {}
        for ticket, bug_id in open_tickets(self._pagure, self._project):
            if bug_id in by_bug and self._ballots.knows_all_of(ticket, BOT):
                ticket_by_bug.setdefault(bug_id, ticket.id)
        return [
            Place(ticket_id, by_bug[bug_id], tracker)
            for bug_id, ticket_id in ticket_by_bug.items()
            for tracker in by_bug[bug_id].trackers
        ]

    def act(self, places: list[Place]) -> TicketStep | None:
        """One comment in one of the places; None if there is none."""
        actions, weights = list(self._weight_by_action), list(self._weight_by_action.values())
        while places:
            step = self._chance.choices(actions, weights)[0](self._chance.choice(places))
            if step is not None:
                return step
        return None

    def _vote(self, place: Place) -> TicketStep | None:
        voters = [who for who in VOTERS if who not in self._votes(place)]
        if self._decision(place) or not voters:
            return None
        vote = self._chance.choice(_VOTES)
        return self._cast(place, Said(self._chance.choice(voters), place.tracker, vote), "voted")

    def _change_mind(self, place: Place) -> TicketStep | None:
        votes = self._votes(place)
        if self._decision(place) or not votes:
            return None
        who = self._chance.choice(list(votes))
        vote = self._chance.choice([vote for vote in ("+1", "0", "-1") if vote != votes[who]])
        return self._cast(place, Said(who, place.tracker, vote), "has another opinion now:")

    def _vote_wrongly(self, place: Place) -> TicketStep | None:
        voters = [who for who in VOTERS if who not in self._votes(place)]
        if self._decision(place) or not voters:
            return None
        meant = Said(self._chance.choice(voters), place.tracker, self._chance.choice(("+1", "-1")))
        line = wrong_vote_text(self._spelled(place.tracker), meant.word, self._chance)
        comment_id = self._say(place, meant.who, line)
        self._wrong[comment_id] = (place, meant)
        return self._step(place, f"{meant.who} voted with other words", line)

    def _correct_vote(self, place: Place) -> TicketStep | None:
        """Somebody edits a comment that did not count."""
        mine = [comment_id for comment_id, (where, _) in self._wrong.items() if where == place]
        if self._decision(place) or not mine:
            return None
        comment_id = self._chance.choice(mine)
        _, meant = self._wrong.pop(comment_id)
        text = vote_text(self._spelled(place.tracker), meant.word, self._chance)
        self._pagure.edit_comment(self._project, place.ticket_id, comment_id, text, meant.who)
        self._ballots.note(place.ticket_id, comment_id, meant)
        return self._tallied(place, f"{meant.who} corrected a comment into {meant.word}")

    def _quote(self, place: Place) -> TicketStep:
        who = self._chance.choice(VOTERS)
        self._say(place, who, quote_text(place.tracker, self._chance))
        return self._step(place, f"{who} quoted others", "")

    def _remark(self, place: Place) -> TicketStep | None:
        """A maintainer explains at length, once in each ticket."""
        if place.ticket_id in self._remarked:
            return None
        self._remarked.add(place.ticket_id)
        who, lines = maintainer_of(place.proposal.component), remark_lines(self._chance)
        self._say(place, who, "\n".join(lines))
        return self._step(place, f"{who} explained the cause", lines[0])

    def _command_without_rights(self, place: Place) -> TicketStep | None:
        if self._decision(place):
            return None
        who, line = self._chance.choice(VOTERS), f"AGREED Accepted{short_name(place.tracker)}"
        self._say(place, who, line)
        return self._step(place, f"{who} may not decide and tried", line)

    def _agree(self, place: Place) -> TicketStep | None:
        votes = list(self._votes(place).values())
        if self._decision(place) or len(votes) < _VOTES_FOR_A_DECISION:
            return None
        outcome = "Accepted" if votes.count("+1") > votes.count("-1") else "Rejected"
        said = Said(CLERK, place.tracker, f"AGREED {outcome.lower()}")
        self._say(place, CLERK, f"Discussed today.\n\nAGREED {outcome}{self._spelled(place.tracker)}", said)
        return self._step(place, f"{CLERK} wrote down: {outcome.lower()}", f"agreed {outcome.lower()}")

    def _vote_anew(self, place: Place) -> TicketStep | None:
        if not self._decision(place):
            return None
        text = f"There is a new fact.\n\nREVOTE {self._spelled(place.tracker)}"
        self._say(place, CLERK, text, Said(CLERK, place.tracker, "REVOTE"))
        return self._tallied(place, f"{CLERK} opened the votes again")

    def _cast(self, place: Place, said: Said, verb: str) -> TicketStep:
        text = vote_text(self._spelled(place.tracker), said.word, self._chance)
        self._say(place, said.who, text, said)
        return self._tallied(place, f"{said.who} {verb} {said.word}")

    def _say(self, place: Place, who: str, text: str, *said: Said) -> int:
        comment_id = self._pagure.comment(self._project, place.ticket_id, text, who)
        self._ballots.note(place.ticket_id, comment_id, *said)
        return comment_id

    def _tallied(self, place: Place, description: str) -> TicketStep:
        return self._step(place, description, self._ballots.tally(place.ticket_id, place.tracker))

    def _step(self, place: Place, description: str, visible: str) -> TicketStep:
        about = f"{description} (ticket {place.ticket_id}, {short_name(place.tracker)})"
        return TicketStep(place.ticket_id, place.proposal.bug_id, about, visible, place.tracker)

    def _votes(self, place: Place) -> dict[str, str]:
        return self._ballots.votes(place.ticket_id, place.tracker)

    def _decision(self, place: Place) -> str:
        return self._ballots.decision(place.ticket_id, place.tracker)

    def _spelled(self, tracker: str) -> str:
        """The name as people write it: short, long, or without capitals."""
        return self._chance.choice([tracker, tracker, short_name(tracker), tracker.lower()])
