"""Which updates named some bugs, and when: what happened to an update before or after is none of a bug's concern."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from sqlalchemy import Select, String, literal, or_, select
from sqlalchemy.orm import Session

from bbconsumer.db.models import BugRow, EventRow, UpdateBugRow, UpdateRow
from bbconsumer.domain.keys import KeyKind
from bbconsumer.domain.namings import NamingChange, Span, naming_spans, parse_numbers
from bbconsumer.domain.update_events import BUGS_FIELD


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
    changes = _load_changes(session, bug_ids)
    is_named = select(UpdateBugRow.update_id).where(UpdateBugRow.bug_id.in_(wanted))
    # One that is gone names no bugs any more, but what happened to it stays.
    is_relevant = or_(UpdateRow.id.in_(is_named), UpdateRow.absence.is_not(None), UpdateRow.id.in_(changes))
    aliases: dict[int, str] = {}
    spans: dict[int, dict[int, tuple[Span, ...]]] = {}
    for update_id, alias, named_now in session.execute(
        select(UpdateRow.id, UpdateRow.alias, UpdateRow.bug_ids).where(is_relevant)
    ):
        of_update = changes.get(update_id, [])
        ever_named = _mentioned(of_update).union(named_now)
        by_bug = {i: found for i in ever_named if i in bug_ids and (found := naming_spans(i, named_now, of_update))}
        if by_bug:
            aliases[update_id], spans[update_id] = alias, by_bug
    mentioned = _mentioned(chain.from_iterable(changes.get(update_id, ()) for update_id in spans))
    return Namings(aliases, spans, _load_public_ids(session, mentioned))


def _load_changes(session: Session, bug_ids: Collection[int]) -> dict[int, list[NamingChange]]:
    """How what updates name changed, in order of time; for a single bug only where it is mentioned."""
    statement = select(EventRow.object_id, EventRow.at, EventRow.old, EventRow.new).where(
        EventRow.object_kind == KeyKind.UPDATE, EventRow.field == BUGS_FIELD
    )
    if len(bug_ids) == 1:
        blank = literal(" ", String)
        both = blank + EventRow.old + blank + EventRow.new + blank
        statement = statement.where(both.contains(f" {next(iter(bug_ids))} "))
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
