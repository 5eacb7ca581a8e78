"""Updates: read from Bodhi by their aliases, tied to the bugs that they name; looked for when a bug becomes known."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bbconsumer.db import workqueue
from bbconsumer.db.session import Database
from bbconsumer.db.updates import UpdateWriter, list_listed_bug_ids, load_aliases, register_updates
from bbconsumer.db.workqueue import Taken
from bbconsumer.domain.keys import Key
from bbconsumer.domain.snapshots import UpdateSnapshot
from bbconsumer.reconcile import Later
from bbconsumer.sources import UpdateSource

# No update names it: what counts is that Bodhi answers.
_SOME_BUG = 1


@dataclass(frozen=True, slots=True)
class _Batch:
    """The answers by the numbers of the keys; None: Bodhi has no such update."""

    answers: Mapping[int, UpdateSnapshot | None]


class Updates:
    """See `bbconsumer.reconcile.Objects`."""

    def __init__(self, database: Database, source: UpdateSource) -> None:
        self.source_name = source.name
        self._database = database
        self._source = source

    def ask(self, items: Sequence[Taken]) -> _Batch:
        """The answers about updates."""
        with self._database.reading() as session:
            alias_by_id = load_aliases(session, [item.key.id for item in items])
        answers = self._source.fetch_updates(alias_by_id.values())
        return _Batch({update_id: answers[alias] for update_id, alias in alias_by_id.items()})

    def store(self, session: Session, batch: _Batch, items: Sequence[Taken], now: datetime) -> Later:
        """Store the answers; too old are those that are older than what is stored or than the message that asked."""
        writer = UpdateWriter(session, [item.key.id for item in items], now)
        too_old: list[Key] = []
        for item in items:
            answer = batch.answers[item.key.id]
            if answer is None:
                # Of an update of which its message tells Bodhi may know nothing yet: a sync has to ask, too.
                if item.is_for_message_alone:
                    too_old.append(item.key)
                else:
                    writer.mark_absent(item.key.id)
                continue
            is_older = _is_older_than_stored(answer, writer.stored(item.key.id))
            if is_older or _is_too_old(item, answer):
                too_old.append(item.key)
            if not is_older:
                writer.write(item.key.id, answer)
        writer.close()
        return dict.fromkeys(too_old)

    def is_well(self) -> bool:
        """See `_answers`."""
        return _answers(self._source)


class Lookups:
    """See `bbconsumer.reconcile.Objects`. The keys name bugs that have come onto a list.

    What happened to their updates before no message will tell again, and the next sync may be half an hour away.
    """

    def __init__(self, database: Database, source: UpdateSource) -> None:
        self.source_name = source.name
        self._database = database
        self._source = source

    def ask(self, items: Sequence[Taken]) -> Collection[str]:
        """The aliases of the updates that name any of the bugs; of one that is not public nothing is asked."""
        with self._database.reading() as session:
            bug_ids = list_listed_bug_ids(session, [item.key.id for item in items])
        return self._source.find_aliases_by_bugs(bug_ids).keys() if bug_ids else ()

    def store(self, session: Session, batch: Collection[str], _items: Sequence[Taken], _now: datetime) -> Later:
        """Mark what was found, to be read as any other update is."""
        workqueue.mark(session, register_updates(session, batch))
        return {}

    def is_well(self) -> bool:
        """See `_answers`."""
        return _answers(self._source)


def _answers(source: UpdateSource) -> bool:
    """A Bodhi that answers a search is well."""
    source.find_aliases_by_bugs([_SOME_BUG])
    return True


def _is_too_old(item: Taken, answer: UpdateSnapshot) -> bool:
    """Whether Bodhi lags behind the message that sent us there."""
    times = (answer.submitted_at, answer.modified_at, answer.testing_at, answer.stable_at, answer.pushed_at)
    return item.not_older_than is not None and max(filter(None, times)) < item.not_older_than


def _is_older_than_stored(answer: UpdateSnapshot, stored: UpdateSnapshot | None) -> bool:
    """Of its times only that of the last edit never goes back."""
    if stored is None or stored.modified_at is None:
        return False
    return answer.modified_at is None or answer.modified_at < stored.modified_at
