"""Which updates named some bugs, and when: what happened to an update before or after is none of a bug's concern."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from typing import TypeAlias

from sqlalchemy import ColumnElement, Select, String, literal, select, true
from sqlalchemy.orm import Session

from bbconsumer.db.models import BugRow, EventRow, UpdateBugRow, UpdateRow
from bbconsumer.domain.keys import KeyKind
from bbconsumer.domain.namings import NamingChange, Span, naming_spans, parse_numbers
from bbconsumer.domain.update_events import BUGS_FIELD

# An update's number here, its alias, and the bugs that it names now.
_Named: TypeAlias = tuple[int, str, Sequence[int]]
_Changes: TypeAlias = Mapping[int, Sequence[NamingChange]]


@dataclass(frozen=True, slots=True)
class Namings:
    """The updates that name, or named, one of some bugs. `shown_ids` are the bugs whose numbers may be told."""

    alias_by_id: Mapping[int, str] = field(default_factory=dict)
    spans_by_id: Mapping[int, Mapping[int, tuple[Span, ...]]] = field(default_factory=dict)
    shown_ids: frozenset[int] = frozenset()

    def bugs_at(self, update_id: int, at: datetime) -> tuple[int, ...]:
        """Which of the bugs the update named at that moment, in order."""
        by_bug = self.spans_by_id[update_id]
        return tuple(sorted(bug_id for bug_id, spans in by_bug.items() if any(span.holds(at) for span in spans)))

    def shown(self, numbers: str) -> str:
        """The numbers of bugs that may be told: an update may name bugs that are private, or unknown here."""
        return ", ".join(map(str, sorted(parse_numbers(numbers) & self.shown_ids)))


def load_namings(session: Session, bug_ids: Collection[int], wanted: Collection[int] | Select[int]) -> Namings:
    """The namings of public bugs, which `wanted` tells the database: three SELECTs at most."""
    changes = _load_changes(session, _mentions_one_of(bug_ids))
    is_named = select(UpdateBugRow.update_id).where(UpdateBugRow.bug_id.in_(wanted))
    # One that is gone names no bugs any more, but what happened to it stays.
    is_gone = select(UpdateRow.id).where(UpdateRow.absence.is_not(None))
    is_changed = select(UpdateRow.id).where(UpdateRow.id.in_(changes))
    # One set of numbers: of alternatives that are no constants PostgreSQL would try each row.
    is_relevant = UpdateRow.id.in_(is_named.union(is_gone, is_changed))
    found = _join(_load_named(session, is_relevant), changes, bug_ids)
    mentioned = _mentioned(chain.from_iterable(changes.get(update_id, ()) for update_id in found.spans_by_id))
    return replace(found, shown_ids=_load_public_ids(session, mentioned))


def load_namings_of(session: Session, update_ids: Collection[int]) -> Namings:
    """The namings of all public bugs by some updates: three SELECTs."""
    changes = _load_changes(session, EventRow.object_id.in_(update_ids))
    named = _load_named(session, UpdateRow.id.in_(update_ids))
    ever_named = _mentioned(chain.from_iterable(changes.values())).union(*(now for _, _, now in named))
    public_ids = _load_public_ids(session, ever_named)
    return replace(_join(named, changes, public_ids), shown_ids=public_ids)


def _join(named: Iterable[_Named], changes: _Changes, bug_ids: Collection[int]) -> Namings:
    aliases: dict[int, str] = {}
    spans: dict[int, dict[int, tuple[Span, ...]]] = {}
    for update_id, alias, named_now in named:
        of_update = changes.get(update_id, [])
        ever_named = _mentioned(of_update).union(named_now)
        by_bug = {i: found for i in ever_named if i in bug_ids and (found := naming_spans(i, named_now, of_update))}
        if by_bug:
            aliases[update_id], spans[update_id] = alias, by_bug
    return Namings(aliases, spans)


def _load_named(session: Session, is_relevant: ColumnElement[bool]) -> list[_Named]:
    columns = UpdateRow.id, UpdateRow.alias, UpdateRow.bug_ids
    return [(i, alias, bug_ids) for i, alias, bug_ids in session.execute(select(*columns).where(is_relevant))]


def _mentions_one_of(bug_ids: Collection[int]) -> ColumnElement[bool]:
    """Of many bugs every change may be: which are is found out by looking at them."""
    if len(bug_ids) != 1:
        return true()
    blank = literal(" ", String)
    both = blank + EventRow.old + blank + EventRow.new + blank
    return both.contains(f" {next(iter(bug_ids))} ")


def _load_changes(session: Session, is_wanted: ColumnElement[bool]) -> dict[int, list[NamingChange]]:
    """How what updates name changed, in order of time."""
    statement = select(EventRow.object_id, EventRow.at, EventRow.old, EventRow.new).where(
        EventRow.object_kind == KeyKind.UPDATE, EventRow.field == BUGS_FIELD, is_wanted
    )
    changes: dict[int, list[NamingChange]] = defaultdict(list)
    for update_id, at, old, new in session.execute(statement.order_by(EventRow.at, EventRow.seq)):
        changes[update_id].append(NamingChange(at, parse_numbers(old), parse_numbers(new)))
    return changes


def _mentioned(changes: Iterable[NamingChange]) -> frozenset[int]:
    return frozenset(chain.from_iterable(change.old | change.new for change in changes))


def _load_public_ids(session: Session, bug_ids: Collection[int]) -> frozenset[int]:
    if not bug_ids:
        return frozenset()
    return frozenset(session.scalars(select(BugRow.id).where(BugRow.id.in_(bug_ids), BugRow.absence.is_(None))))
