"""Discussion tickets: read from Pagure with all comments, tied to their bugs, counted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bbconsumer.db import workqueue
from bbconsumer.db.session import Database
from bbconsumer.db.tickets import (
    ReviewRules,
    StoredTicket,
    TicketWriter,
    load_deciders,
    load_private_bug_ids,
    load_stored_tickets,
    note_tickets_checked,
    ticket_fingerprint,
)
from bbconsumer.db.workqueue import Taken
from bbconsumer.domain.discussions import linked_bug_id
from bbconsumer.domain.keys import Key, KeyKind
from bbconsumer.domain.snapshots import Absent, TicketAnswer, TicketSnapshot
from bbconsumer.reconcile import Later, is_not_known_yet
from bbconsumer.sources import TicketSource

# A message is made before the database has written the time of the change.
EVENT_TIME_GRAIN = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class _Batch:
    answers: Mapping[int, TicketAnswer]
    rules: ReviewRules


class Tickets:
    """See `bbconsumer.reconcile.Objects`."""

    def __init__(
        self,
        database: Database,
        source: TicketSource,
        *,
        bugzilla_url: str,
        bot: str,
        votes_needed: int,
        follow_ups: Collection[KeyKind] = (),
    ) -> None:
        """`follow_ups` are the kinds of keys that are marked for the bug of a ticket that was written."""
        self.source_name = source.name
        self._database = database
        self._source = source
        self._bugzilla_url = bugzilla_url
        self._bot = bot
        self._votes_needed = votes_needed
        self._follow_ups = tuple(follow_ups)

    def ask(self, items: Sequence[Taken]) -> _Batch:
        """The answers about tickets."""
        with self._database.reading() as session:
            rules = ReviewRules(load_deciders(session), self._bot, self._votes_needed)
        return _Batch(self._source.fetch_tickets([item.key.id for item in items]), rules)

    def store(self, session: Session, batch: _Batch, items: Sequence[Taken], now: datetime) -> Later:
        """Store the answers; too old are those that are older than what is stored or than the message that asked."""
        ids = [item.key.id for item in items]
        stored = load_stored_tickets(session, ids)
        present = {i: answer for i in ids if isinstance(answer := batch.answers[i], TicketSnapshot)}
        links = {i: self._bug_of(ticket) for i, ticket in present.items()}
        private = load_private_bug_ids(session, [bug_id for bug_id in links.values() if bug_id is not None])
        marks = {
            i: ticket_fingerprint(ticket, links[i], batch.rules, is_private=links[i] in private)
            for i, ticket in present.items()
        }
        too_old = {i for i, ticket in present.items() if _is_older_than_stored(ticket, stored.get(i))}
        too_old |= {item.key.id for item in items if is_not_known_yet(item, batch.answers[item.key.id])}
        fresh = [i for i in ids if i not in too_old]
        changed = [i for i in fresh if i not in stored or stored[i].fingerprint != marks.get(i)]
        note_tickets_checked(session, sorted(set(fresh) - set(changed)), now)
        if changed:
            writer = TicketWriter(session, changed, batch.rules, now)
            for ticket_id in changed:
                if isinstance(answer := batch.answers[ticket_id], Absent):
                    writer.mark_absent(answer)
                else:
                    is_private = links[ticket_id] in private
                    writer.write(answer, links[ticket_id], marks[ticket_id], is_private=is_private)
            self._follow_up(
                session, {links.get(i) for i in changed} | {stored[i].bug_id for i in changed if i in stored}
            )
            writer.close()
        return dict.fromkeys(i.key for i in items if i.key.id in too_old or _is_too_old(i, batch.answers[i.key.id]))

    def is_well(self) -> bool:
        """A Pagure that tells who may decide in the project is well."""
        self._source.fetch_deciders()
        return True

    def _bug_of(self, ticket: TicketSnapshot) -> int | None:
        return linked_bug_id(ticket.title, ticket.content, bugzilla_url=self._bugzilla_url)

    def _follow_up(self, session: Session, bug_ids: Collection[int | None]) -> None:
        keys = [Key(kind, i) for kind in self._follow_ups for i in bug_ids if i is not None]
        # Before the feed's counter is locked: whoever waits for it holds keys of these kinds.
        workqueue.mark(session, keys)


def _is_too_old(item: Taken, answer: TicketAnswer) -> bool:
    """Whether Pagure lags behind the message that sent us there."""
    if item.not_older_than is None or isinstance(answer, Absent):
        return False
    return answer.last_updated_at < item.not_older_than - EVENT_TIME_GRAIN


def _is_older_than_stored(answer: TicketSnapshot, stored: StoredTicket | None) -> bool:
    if stored is None or stored.last_updated_at is None:
        return False
    return answer.last_updated_at < stored.last_updated_at
