"""Review tickets: one open ticket for each bug about which something is undecided, its text up to date.

A ticket is opened in three steps: the intent is stored, Pagure is asked, the ticket becomes known by being read like
any other. After a crash or a lost answer the intent is still there: then Pagure is first searched for the ticket, and
asked again only when a request that it may still be working on must have been done. What remains: a request that Pagure
does, or that a frozen process makes, later than `UNCERTAIN_S` after its intent was stored leads to two tickets; the
younger one is then closed.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bbconsumer.db import workqueue
from bbconsumer.db.discussions import (
    Discussion,
    KnownTicket,
    count_recently_opened,
    forget_intents,
    intend_ticket,
    load_discussion,
)
from bbconsumer.db.justifications import name_proposals, remember_proposals
from bbconsumer.db.session import Database, database_now
from bbconsumer.db.workqueue import Taken
from bbconsumer.domain.discussions import linked_bug_id, merge_part, ticket_title
from bbconsumer.domain.keys import Key, KeyKind
from bbconsumer.domain.proposals import find_justification
from bbconsumer.domain.snapshots import TicketSnapshot
from bbconsumer.effects.permission import reason_to_wait
from bbconsumer.effects.texts import TicketTexts
from bbconsumer.sources import RequestRefused, SourceUnavailable, TicketSource, WritableBugSource, WriteUncertain

_log = logging.getLogger(__name__)

# Pagure may do a write half a minute after it was sent, and the answer is waited for a little longer than that.
UNCERTAIN_S = 150.0
# The clocks of the database and of Pagure may differ.
CLOCK_SKEW = timedelta(minutes=10)
CLOSE_STATUS = "Closed"


@dataclass(frozen=True, slots=True)
class DiscussionRules:
    """Which account is ours, and how many tickets it opens within a time."""

    bot: str
    opened_max: int
    opened_within_s: float


class NothingToDiscuss(Exception):
    """A ticket was asked for about which nobody would have to decide anything."""


class Discussions:
    """See `bbconsumer.reconcile.Objects`: the keys are bugs, and asking is writing."""

    def __init__(
        self,
        database: Database,
        tickets: TicketSource,
        bugs: WritableBugSource,
        texts: TicketTexts,
        rules: DiscussionRules,
    ) -> None:
        self.source_name = tickets.name
        self._database = database
        self._tickets = tickets
        self._bugs = bugs
        self._texts = texts
        self._rules = rules

    def ask(self, items: Sequence[Taken]) -> dict[Key, datetime]:
        """Bring the tickets of bugs in line; gives back the keys that must be looked at again, and when."""
        due_by_key = {item.key: self._bring_in_line(item.key.id) for item in items}
        return {key: due_at for key, due_at in due_by_key.items() if due_at}

    def store(
        self, _session: Session, batch: dict[Key, datetime], items: Sequence[Taken], _now: datetime
    ) -> Mapping[Key, datetime | None]:
        """Nothing: what was written is read like everything else."""
        return {item.key: batch[item.key] for item in items if item.key in batch}

    def is_well(self) -> bool:
        """A Pagure that tells who may decide in the project is well."""
        self._tickets.fetch_deciders()
        return True

    def recreate(self, bug_id: int) -> int:
        """Close the tickets of a bug and open a new one, which then counts; gives its number.

        Raises:
            NothingToDiscuss: nothing is undecided about the bug.
            SourceUnavailable, RequestRefused: Pagure or Bugzilla cannot be used.
        """
        with self._database.reading() as session:
            discussion = load_discussion(session, bug_id)
        if discussion is None or discussion.is_private or not discussion.undecided:
            raise NothingToDiscuss(f"nothing is undecided about bug {bug_id}, as far as the last sync knows")
        for ticket in discussion.tickets:
            self._write(ticket, discussion, is_open=False)
        return self._create(self._with_proposals(replace(discussion, tickets=())))

    def _bring_in_line(self, bug_id: int) -> datetime | None:
        with self._database.reading() as session:
            now = database_now(session)
            reason = reason_to_wait(session, (self._bugs.name, self._tickets.name))
            discussion = load_discussion(session, bug_id)
        if reason:
            # The next sync asks again.
            _log.info("nothing is written about bug %d: %s", bug_id, reason)
        elif discussion is not None and discussion.tickets:
            self._update(self._with_proposals(discussion))
        elif discussion is not None and discussion.undecided and not discussion.is_private:
            return self._open(self._with_proposals(discussion), now)
        return None

    def _open(self, discussion: Discussion, now: datetime) -> datetime | None:
        intended_at = discussion.intended_at
        if intended_at is not None:
            if found := self._search(discussion.bug_id, intended_at - CLOCK_SKEW):
                self._mark(found)
                return None
            if (due_at := intended_at + timedelta(seconds=UNCERTAIN_S)) > now:
                return due_at
        with self._database.writing() as session:
            # Not the time of our first look: Bugzilla and Pagure were asked since, which may have taken minutes.
            now = database_now(session)
            interval = timedelta(seconds=self._rules.opened_within_s)
            if count_recently_opened(session, self._rules.bot, now - interval) >= self._rules.opened_max:
                _log.warning("no ticket is opened for bug %d now: enough were opened lately", discussion.bug_id)
                return now + interval
            if not intend_ticket(session, discussion.bug_id, now, not_after=intended_at):
                return now + timedelta(seconds=UNCERTAIN_S)
        self._create(discussion)
        return None

    def _create(self, discussion: Discussion) -> int:
        """Open a ticket, of which the intent is stored."""
        title = ticket_title(discussion.bug_id, discussion.summary)
        try:
            ticket = self._tickets.create_ticket(title, merge_part("", self._texts.part(discussion)), ())
        except WriteUncertain:
            raise
        except (SourceUnavailable, RequestRefused):
            # It was not opened, for certain: there is nothing to wait for.
            with self._database.writing() as session:
                forget_intents(session, [discussion.bug_id])
            raise
        _log.info("opened ticket %d for bug %d", ticket.id, discussion.bug_id)
        self._mark([ticket.id])
        return ticket.id

    def _search(self, bug_id: int, since: datetime) -> list[int]:
        """Tickets that our account opened for the bug, of which no answer told."""
        ours = self._tickets.fetch_tickets_by(self._rules.bot, since)
        return [ticket.id for ticket in ours if self._bug_of(ticket) == bug_id]

    def _update(self, discussion: Discussion) -> None:
        first, *others = discussion.tickets
        is_wanted = bool(discussion.undecided) and not discussion.is_private
        self._write(first, discussion, is_open=is_wanted)
        for ticket in others:
            # What people opened is theirs to close; the page says which ticket counts.
            if ticket.is_open and ticket.opened_by == self._rules.bot:
                self._write(ticket, discussion, is_open=False)

    def _write(self, known: KnownTicket, discussion: Discussion, *, is_open: bool) -> None:
        """Write what differs from what Pagure says of a ticket now; it is asked only if something seems to differ."""
        wanted = self._wanted(known, discussion)
        if wanted == (known.title, known.content) and is_open == known.is_open:
            return
        answer = self._tickets.fetch_tickets([known.id])[known.id]
        if isinstance(answer, TicketSnapshot) and self._bug_of(answer) == discussion.bug_id:
            title, content = self._wanted(answer, discussion)
            if (title, content) != (answer.title, answer.content):
                self._tickets.edit_ticket(answer.id, title, content)
            if answer.is_open != is_open:
                self._tickets.set_ticket_status(answer.id, is_open, "" if is_open else CLOSE_STATUS)
        self._mark([known.id])

    def _wanted(self, ticket: KnownTicket | TicketSnapshot, discussion: Discussion) -> tuple[str, str]:
        """Title and description as they should be. Our title follows the bug's, unless somebody gave the ticket
        another; people's own stay as they are, and so does everything once the milestones have ended."""
        if discussion.is_over:
            return ticket.title, ticket.content
        is_ours = ticket.opened_by == self._rules.bot and ticket.title.startswith(f"[{discussion.bug_id}]")
        title = ticket_title(discussion.bug_id, discussion.summary) if is_ours else ticket.title
        return title, merge_part(ticket.content, self._texts.part(discussion))

    def _with_proposals(self, discussion: Discussion) -> Discussion:
        """The discussion with the reasons for which the bug was proposed; they are read once for each proposal."""
        proposed = [n for n in discussion.nominations if n.ended_at is None]
        proposals_of = name_proposals((n.tracker.id, n.proposed_at) for n in proposed)
        if discussion.is_private or not discussion.undecided or proposals_of == discussion.proposals_of:
            return discussion
        comments = self._bugs.fetch_comments(discussion.bug_id)
        found = {
            str(n.tracker.id): find_justification(comments, n.tracker.milestone.label, n.proposed_at, n.proposed_by)
            for n in proposed
        }
        with self._database.writing() as session:
            remember_proposals(session, discussion.bug_id, found, proposals_of)
        return replace(discussion, proposals=found, proposals_of=proposals_of)

    def _bug_of(self, ticket: TicketSnapshot) -> int | None:
        return linked_bug_id(ticket.title, ticket.content, bugzilla_url=self._texts.bugzilla_url)

    def _mark(self, ticket_ids: Sequence[int]) -> None:
        """Have tickets read. In a transaction of its own: whoever reads them may wait for a key that is ours."""
        with self._database.writing(is_shown=False) as session:
            workqueue.mark(session, [Key(KeyKind.TICKET, ticket_id) for ticket_id in ticket_ids])
