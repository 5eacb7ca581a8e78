"""People who edit bugs, discuss in tickets and care for updates, by chance. What a source refuses does not happen."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from contextlib import suppress
from random import Random

from bbconsumer.simulator.bodhi_errors import BodhiRefusal
from bbconsumer.simulator.bodhi_records import GATING, PENDING
from bbconsumer.simulator.pagure_cast import CLERK, CLOSE_STATUSES, REVIEW_PROJECT, VOTERS
from bbconsumer.simulator.pagure_errors import PagureRefusal
from bbconsumer.simulator.pagure_records import CLOSED, OPEN, Ticket
from tests.convergence.story import BETA_BLOCKER, Filing, happening
from tests.lives.sources import COMPOSED, NOT_COMPOSED, Sources

FILED_AT_FIRST = 3
# Few packages, so that updates replace each other.
_PACKAGES = ("anaconda", "kernel", "lorax")
# What people say in tickets. What each of these amounts to is told beside, in `ballots`.
SAID = (
    "BetaBlocker +1",
    "BetaBlocker +1",
    "-1 BetaBlocker",
    "FinalFE 0",
    "0Day +1\nFinalBlocker -1",
    "BetaBlocker +1 for sure",
    "> BetaBlocker -1\n\nI do not think so.",
    "AGREED AcceptedBetaBlocker",
    "AGREED RejectedBetaBlocker AcceptedBetaFE",
    "REVOTE BetaBlocker",
)


class People:
    """Everybody. `act` lets one of them do one thing, a second or more after what was done before."""

    def __init__(self, sources: Sources, chance: Random) -> None:
        self._sources = sources
        self._chance = chance
        self._numbers = itertools.count(1)
        self._told_of_tickets: Sequence[Callable[[], object]] = (
            *(self._open_ticket,) * 3,
            *(self._comment,) * 10,
            self._edit_comment,
            self._retitle,
            self._tag,
            self._open_or_close,
        )
        self._of_tickets = (
            *self._told_of_tickets,
            self._delete_comment,
            self._hide_or_show_ticket,
            self._drop_ticket,
        )
        self._of_updates: Sequence[Callable[[], object]] = (
            *(self._submit,) * 4,
            *(self._give_karma,) * 4,
            *(self._push,) * 8,
            *(self._ask,) * 6,
            *(self._edit_update,) * 4,
            self._gate,
            self._hide_or_show_update,
        )

    def begin(self) -> None:
        """Propose the first bugs."""
        for _ in range(FILED_AT_FIRST):
            self._sources.bugs.let(Filing({"blocks": [BETA_BLOCKER]}, 1))

    def act(self) -> None:
        """Let one thing happen somewhere."""
        where = self._chance.choice(("bugs", "tickets", "tickets", "updates", "updates"))
        if where == "bugs":
            self._sources.bugs.let(happening(self._chance.choice))
            return
        with suppress(PagureRefusal, BodhiRefusal):
            self.act_among(self._of_tickets if where == "tickets" else self._of_updates)

    def care_for_updates(self) -> None:
        """Let one thing happen at Bodhi."""
        with suppress(BodhiRefusal):
            self.act_among(self._of_updates)

    def discuss(self) -> None:
        """Let one thing happen in a ticket of which a message tells."""
        with suppress(PagureRefusal):
            self.act_among(self._told_of_tickets)

    def act_among(self, actions: Sequence[Callable[[], object]]) -> None:
        """Do one of some things a second later, and note what became of updates, also of those that nobody meant."""
        self._sources.clock.advance(1)
        self._chance.choice(actions)()
        self._note()

    def _note(self) -> None:
        self._sources.chronicle.note(self._sources.bodhi, self._sources.clock())

    # Tickets

    def _open_ticket(self) -> None:
        bug_id = self._bug_id()
        self._sources.pagure.state.create_ticket(
            REVIEW_PROJECT, f"[{bug_id}] Discuss", "Vote, one line for each tracker.", self._voter()
        )

    def _comment(self) -> None:
        who = self._chance.choice((self._voter(), CLERK))
        self._sources.pagure.state.comment(REVIEW_PROJECT, self._ticket().id, self._chance.choice(SAID), who)

    def _edit_comment(self) -> None:
        ticket, text = self._ticket(), self._chance.choice(SAID)
        comment = self._chance.choice([each for each in ticket.comments if not each.is_notification] or [None])
        if comment:
            self._sources.pagure.state.edit_comment(REVIEW_PROJECT, ticket.id, comment.id, text, comment.user)

    def _delete_comment(self) -> None:
        ticket = self._ticket()
        if ticket.comments:
            comment = self._chance.choice(ticket.comments)
            self._sources.pagure.state.delete_comment(REVIEW_PROJECT, ticket.id, comment.id)

    def _retitle(self) -> None:
        title = f"[{self._bug_id()}] Discuss again"
        self._sources.pagure.state.edit_ticket(REVIEW_PROJECT, self._ticket().id, CLERK, title=title)

    def _tag(self) -> None:
        pagure = self._sources.pagure.state
        change = self._chance.choice((pagure.add_tags, pagure.remove_tags))
        change(REVIEW_PROJECT, self._ticket().id, ["meeting"], CLERK)

    def _open_or_close(self) -> None:
        status = self._chance.choice((OPEN, CLOSED))
        close_status = self._chance.choice(CLOSE_STATUSES) if status == CLOSED else ""
        pagure, ticket_id = self._sources.pagure.state, self._ticket().id
        pagure.set_status(REVIEW_PROJECT, ticket_id, status, CLERK, close_status=close_status)

    def _hide_or_show_ticket(self) -> None:
        ticket = self._ticket()
        self._sources.pagure.state.set_private(REVIEW_PROJECT, ticket.id, not ticket.is_private, CLERK)

    def _drop_ticket(self) -> None:
        self._sources.pagure.state.drop_ticket(REVIEW_PROJECT, self._ticket().id, CLERK)

    def _ticket(self) -> Ticket:
        tickets = sorted(self._sources.pagure.state.tickets.all(), key=lambda ticket: ticket.id)
        if not tickets:
            self._open_ticket()
            return self._ticket()
        return self._chance.choice(tickets)

    def _voter(self) -> str:
        return self._chance.choice(VOTERS)

    # Updates

    def _submit(self) -> None:
        release = self._chance.choice((COMPOSED, NOT_COMPOSED))
        bugs = {self._bug_id() for _ in range(self._chance.choice((1, 1, 2)))}
        self._sources.bodhi.state.create_update(release, [self._build()], self._voter(), bugs=bugs)
        self._note()

    def _give_karma(self) -> None:
        karma = self._chance.choice((1, 1, 1, 0, -1))
        self._sources.bodhi.state.comment(self._alias(), self._voter(), "I tried it", karma)

    def _push(self) -> None:
        bodhi, alias, is_over = self._sources.bodhi.state, self._alias(), self._chance.random() < 0.8
        match self._chance.choice(("testing", "testing", "stable", "end")):
            # Where Bodhi makes no composes, only what is new is put into testing: by Bodhi, when its builds are signed.
            case "testing" if bodhi.update(alias).release == COMPOSED or bodhi.update(alias).status == PENDING:
                bodhi.push_to_testing(alias, unlock=is_over)
            case "stable":
                bodhi.push_to_stable(alias, unlock=is_over)
            case "end":
                bodhi.unlock(alias)

    def _ask(self) -> None:
        bodhi = self._sources.bodhi.state
        asked = (bodhi.request_testing, bodhi.request_stable, bodhi.request_stable, bodhi.revoke, bodhi.unpush)
        self._chance.choice((*asked, bodhi.obsolete, bodhi.eject))(self._alias(), self._voter())

    def _edit_update(self) -> None:
        bodhi, alias = self._sources.bodhi.state, self._alias()
        match self._chance.choice(("add bug", "remove bug", "build", "notes")):
            case "add bug":
                bodhi.edit_update(alias, "alice", add_bugs=[self._bug_id()])
            case "remove bug":
                bodhi.edit_update(alias, "alice", remove_bugs=bodhi.update(alias).bugs[:1])
            case "build":
                removed = [build.nvr for build in bodhi.update(alias).builds]
                bodhi.edit_update(alias, "alice", add_builds=[self._build()], remove_builds=removed)
            case _:
                bodhi.edit_update(alias, "alice", notes=f"Note {next(self._numbers)}")

    def _gate(self) -> None:
        self._sources.bodhi.state.set_gating(self._alias(), self._chance.choice(GATING))

    def _hide_or_show_update(self) -> None:
        switches = self._sources.bodhi.switches
        switches.hide = switches.hide ^ {self._sources.bodhi.state.update(self._alias()).id}

    def _alias(self) -> str:
        aliases = [update.alias for update in self._sources.bodhi.state.updates.all()]
        if not aliases:
            self._submit()
            return self._alias()
        # Most often one of the last: the others are through.
        return self._chance.choice([*aliases, *aliases[-3:] * 3])

    def _build(self) -> str:
        return f"{self._chance.choice(_PACKAGES)}-{next(self._numbers)}-1.fc45"

    def _bug_id(self) -> int:
        """Mostly a bug that was filed, sometimes one that will be, or never."""
        filed = self._sources.bugs.bug_ids
        return self._chance.choice([*filed * 3, max(filed) + 1, 9_999])
