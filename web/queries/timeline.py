"""What happened, in sentences: to bugs, in their review tickets, to updates that name them, and to a verdict.

Pages and feeds take their events from here and from nowhere else. Nothing of what the public may not know of may come
out: of a bug that is absent neither its events nor those of its tickets, and of an update neither what happened while
it named no public bug of the page, nor the numbers of other bugs that are not public or not known here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select, union_all
from sqlalchemy.orm import Session

from bbconsumer.db.models import BugRow, EventRow, MilestoneRow, NominationRow, TicketRow
from bbconsumer.db.verdicts import FIELD, OBJECT_KIND
from bbconsumer.domain.ballots import VoteTracker
from bbconsumer.domain.keys import KeyKind
from bbconsumer.domain.trackers import Milestone, MilestoneName
from bbconsumer.domain.update_events import BUGS_FIELD
from web.queries.namings import Namings, load_namings
from web.read_models import EventView, MilestoneView, Navigation

# How many verdicts are told. A sync notes a change, so these reach back for weeks at the very least.
VERDICTS = 200

_SUBJECTS = {"assigned_to": "assignee", "status": "state"}
# Rows are read in such parts: some may not be shown, so that a limit in the statement would be wrong.
_PART = 100

_LATEST = EventRow.at.desc(), EventRow.seq.desc()

EventLine = Row[*tuple[Any, ...]]
_Ids = Collection[int] | Select[int]


@dataclass(frozen=True, slots=True)
class Told:
    """Of what is told beside bugs: of tickets not where Pagure is left alone, of updates only once they are known."""

    tickets: bool
    updates: bool


def load_bug_events(
    session: Session, bug_id: int, navigation: Navigation, told: Told, *, summary: str
) -> tuple[EventView, ...]:
    """All that happened to a public bug, the latest first: four SELECTs at most."""
    teller = Teller({bug_id: summary}, navigation, _namings(session, [bug_id], [bug_id], told))
    wanted = select_events().where(_is_wanted([bug_id], tuple(teller.namings.alias_by_id), told)).order_by(*_LATEST)
    return tuple(_load(session, wanted, teller))


def load_milestone_events(
    session: Session, milestone: MilestoneView, navigation: Navigation, told: Told, *, limit: int
) -> tuple[EventView, ...]:
    """What happened lately to the bugs that are or were nominated, and to the verdict: five SELECTs at most."""
    summarized, bug_ids = _select_public(tuple(tracker.id for tracker in milestone.trackers))
    summaries = dict(session.execute(summarized).all())
    teller = Teller(summaries, navigation, _namings(session, summaries, bug_ids, told))
    of = Milestone(milestone.release, MilestoneName(milestone.name))
    wanted = _select_of_milestone(of, bug_ids, tuple(teller.namings.alias_by_id), told)
    return tuple(islice(_load(session, wanted, teller), limit))


def load_verdicts(session: Session, milestone: MilestoneView, navigation: Navigation) -> tuple[EventView, ...]:
    """The verdicts that syncs found, the latest first: one SELECT."""
    of, teller = Milestone(milestone.release, MilestoneName(milestone.name)), Teller({}, navigation, Namings())
    views = map(teller.view, session.execute(_select_verdicts(of)))
    return tuple(view for view in views if view)


def state_words(state: str) -> str:
    """A nomination's state as it is written in a sentence: ``accepted 0-day``."""
    return state.replace("_", " ").replace("0day", "0-day")


def _namings(session: Session, bug_ids: Collection[int], wanted: _Ids, told: Told) -> Namings:
    return load_namings(session, bug_ids, wanted) if told.updates else Namings()


@lru_cache
def _select_public(tracker_ids: tuple[int, ...]) -> tuple[Select[int, str], Select[int]]:
    """The public bugs that are or were nominated: with their summaries, and their numbers only."""
    nominated = select(NominationRow.bug_id).where(NominationRow.tracker_id.in_(tracker_ids))
    is_public = BugRow.id.in_(nominated), BugRow.absence.is_(None)
    return select(BugRow.id, BugRow.summary).where(*is_public), select(BugRow.id).where(*is_public)


# Few, since the numbers of updates may be many.
@lru_cache(maxsize=16)
def _select_of_milestone(
    milestone: Milestone, bug_ids: Select[int], update_ids: tuple[int, ...], told: Told
) -> Select[*tuple[Any, ...]]:
    return select_events().where(_is_wanted(bug_ids, update_ids, told, _is_verdict_of(milestone))).order_by(*_LATEST)


@lru_cache
def _select_verdicts(milestone: Milestone) -> Select[*tuple[Any, ...]]:
    return select_events().where(_is_verdict_of(milestone)).order_by(*_LATEST).limit(VERDICTS)


def _is_wanted(
    bug_ids: _Ids, update_ids: tuple[int, ...], told: Told, *others: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Whether an event is of these bugs, their tickets or these updates, or one of the others.

    Each kind is looked up for itself: of alternatives that are no constants PostgreSQL would try every event there is.
    """
    parts = [(EventRow.object_kind == KeyKind.BUG) & EventRow.object_id.in_(bug_ids), *others]
    if told.tickets:
        tickets = select(TicketRow.id).where(TicketRow.bug_id.in_(bug_ids), TicketRow.absence.is_(None))
        parts.append((EventRow.object_kind == KeyKind.TICKET) & EventRow.object_id.in_(tickets))
    if update_ids:
        parts.append((EventRow.object_kind == KeyKind.UPDATE) & EventRow.object_id.in_(update_ids))
    return EventRow.seq.in_(union_all(*(select(EventRow.seq).where(part).correlate(None) for part in parts)))


def _is_verdict_of(milestone: Milestone) -> ColumnElement[bool]:
    is_mine = (MilestoneRow.release == milestone.release) & (MilestoneRow.name == milestone.name)
    milestone_id = select(MilestoneRow.id).where(is_mine).scalar_subquery()
    is_verdict = (EventRow.object_kind == OBJECT_KIND) & (EventRow.field == FIELD)
    return is_verdict & (EventRow.object_id == milestone_id)


def _load(session: Session, wanted: Select[*tuple[Any, ...]], teller: Teller) -> Iterator[EventView]:
    """The events that may be shown."""
    with session.execute(wanted, execution_options={"yield_per": _PART}) as rows:
        for row in rows:
            if view := teller.view(row):
                yield view


def select_events() -> Select[*tuple[Any, ...]]:
    """Events with all that a teller needs of each, whichever are wanted and in whatever order."""
    columns = EventRow.seq, EventRow.at, EventRow.field, EventRow.old, EventRow.new, EventRow.who
    is_of_ticket = (EventRow.object_kind == KeyKind.TICKET) & (TicketRow.id == EventRow.object_id)
    is_of_milestone = (EventRow.object_kind == OBJECT_KIND) & (MilestoneRow.id == EventRow.object_id)
    return (
        select(*columns, EventRow.object_kind, EventRow.object_id)
        .add_columns(TicketRow.bug_id, TicketRow.absence, MilestoneRow.release, MilestoneRow.name)
        .outerjoin(TicketRow, is_of_ticket)
        .outerjoin(MilestoneRow, is_of_milestone)
    )


@dataclass(frozen=True, slots=True)
class Teller:
    """Makes sentences of events. `summaries` are those of the bugs that are told of, all of them public.

    A bug that is not among them, a ticket of such a bug, or an update without namings must not be brought here.
    """

    summaries: Mapping[int, str]
    navigation: Navigation
    namings: Namings

    def view(self, row: EventLine) -> EventView | None:
        """The event as it is shown; None for one that is not."""
        match row.object_kind:
            case KeyKind.BUG:
                return self._of_bug(row)
            case KeyKind.TICKET:
                return self._of_ticket(row)
            case KeyKind.UPDATE:
                return self._of_update(row)
        return EventView(
            row.seq,
            row.at,
            "verdict",
            row.old,
            row.new,
            row.who,
            None,
            kind=row.object_kind,
            object=Milestone(row.release, MilestoneName(row.name)).label,
            field=row.field,
        )

    def _of_bug(self, row: EventLine) -> EventView:
        """Names what changed as people do: ``45-beta Blocker`` for a nomination, ``state`` for a status."""
        if row.field == "created":
            return self._fact(row, f"created in {row.new}", row.object_id)
        prefix, _, tracker_id = row.field.partition("/")
        if prefix != "nomination":
            return self._change(row, _SUBJECTS.get(row.field, row.field), row.old, row.new, row.object_id)
        trackers = (tracker for milestone in self.navigation.milestones for tracker in milestone.trackers)
        title = next((tracker.title for tracker in trackers if str(tracker.id) == tracker_id), f"tracker {tracker_id}")
        return self._change(row, title, state_words(row.old), state_words(row.new), row.object_id)

    def _of_ticket(self, row: EventLine) -> EventView:
        """A ticket was opened, somebody voted, or a vote was closed."""
        match row.field.split("/", 2):
            case ["vote", tracker, person]:
                who = "" if row.who == person else row.who
                what = f"{person}’s vote on {VoteTracker(tracker).label}"
                return self._change(row, what, row.old, row.new, row.bug_id, who=who)
            case ["decision", tracker] if row.new:
                return self._change(row, f"{VoteTracker(tracker).label} decided", row.old, row.new, row.bug_id)
            case ["decision", tracker]:
                return self._fact(row, f"the vote on {VoteTracker(tracker).label} opened again", row.bug_id)
        return self._fact(row, f"ticket {row.object_id} opened", row.bug_id)

    def _of_update(self, row: EventLine) -> EventView | None:
        """Something that happened while the update named one of the bugs."""
        bug_ids = self.namings.bugs_at(row.object_id, row.at)
        if not bug_ids:
            return None
        update, old, new = f"update {self.namings.alias_by_id[row.object_id]}", row.old, row.new
        match row.field:
            case "created":
                return self._fact(row, f"{update} submitted: {new}", *bug_ids)
            case "absence":
                return self._fact(row, f"{update} is {'gone from Bodhi' if new else 'there again'}", *bug_ids)
            case "status":
                return self._change(row, update, old, new, *bug_ids)
        if row.field == BUGS_FIELD:
            old, new = self.namings.shown(old), self.namings.shown(new)
            if old == new:
                return None
        return self._change(row, f"{row.field} of {update}", old, new, *bug_ids)

    def _change(
        self, row: EventLine, what: str, old: str, new: str, *bug_ids: int, who: str | None = None
    ) -> EventView:
        first, *also = bug_ids
        by = row.who if who is None else who
        view = EventView(row.seq, row.at, what, old, new, by, first, self.summaries[first], tuple(also))
        return self._named(view, row)

    def _fact(self, row: EventLine, what: str, *bug_ids: int) -> EventView:
        first, *also = bug_ids
        summary = self.summaries[first]
        view = EventView(row.seq, row.at, what, "", "", row.who, first, summary, tuple(also), is_change=False)
        return self._named(view, row)

    def _named(self, view: EventView, row: EventLine) -> EventView:
        name = self.namings.alias_by_id[row.object_id] if row.object_kind == KeyKind.UPDATE else str(row.object_id)
        return replace(view, kind=row.object_kind, object=name, field=row.field)
