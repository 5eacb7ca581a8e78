"""One box: the number of a bug, a component, words of a title, or a person; only what the public may know of."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Text, cast, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from bbconsumer.config import Settings
from bbconsumer.db.models import BugRow, NominationRow
from bbconsumer.domain.nominations import NominationState, nomination_title
from bbconsumer.domain.trackers import TrackerKind
from bbconsumer.reporting import load_sources
from web.bug_ids import parse_bug_id
from web.lists import ListQuery
from web.lists.view import view_list
from web.lists.waiting import FOUND
from web.lists.words import read_account
from web.queries.freshness import load_freshness, with_sources
from web.queries.navigation import load_navigation
from web.read_models import Navigation
from web.read_models.waiting import FoundLine, SearchPage

LIMIT: Final = 100
# As people write the number of a bug.
_NUMBER: Final = re.compile(r"\s*(?:#|(?:rh)?bz\s*#?|bug\s*#?)?\s*([0-9]+)\s*", re.IGNORECASE)


def find_bug_id(session: Session, text: str) -> int | None:
    """The bug that the whole text is the number of, when it has a page here: one SELECT at most."""
    match = _NUMBER.fullmatch(text)
    bug_id = parse_bug_id(match[1]) if match else None
    if bug_id is None:
        return None
    return session.scalar(select(BugRow.id).where(BugRow.id == bug_id, BugRow.absence.is_(None)))


def load_search(session: Session, text: str, *, now: datetime, settings: Settings, query: ListQuery) -> SearchPage:
    """The bugs in which all words of the text are, open ones first: seven SELECTs at most."""
    navigation = load_navigation(session)
    words = list(dict.fromkeys(text.split()))
    rows = _load_bugs(session, words) if words else []
    nominations = _load_nominations(session, [row.id for row in rows], navigation)
    lines = [_line(row, nominations.get(row.id, ())) for row in rows[:LIMIT]]
    freshness = load_freshness(session, now=now, sync_interval_s=settings.sync_interval_s, with_votes=False)
    shown = FOUND.choose(replace(query, values=()), lines)
    return SearchPage(
        now=now,
        navigation=navigation,
        freshness=with_sources(freshness, load_sources(session, settings), now),
        text=" ".join(words),
        lines=shown,
        has_more=len(rows) > LIMIT,
        limit=LIMIT,
        listing=view_list(FOUND, query, lines, len(shown)),
    )


def _load_bugs(session: Session, words: Sequence[str]) -> Sequence[Row[*tuple[Any, ...]]]:
    columns = BugRow.id, BugRow.component, BugRow.status, BugRow.resolution, BugRow.summary, BugRow.assigned_to
    found = select(*columns, BugRow.last_change_at).where(BugRow.absence.is_(None), *map(_has_word, words))
    order = BugRow.is_open.desc(), BugRow.last_change_at.desc().nulls_last(), BugRow.id.desc()
    return session.execute(found.order_by(*order).limit(LIMIT + 1)).all()


def _has_word(word: str) -> ColumnElement[bool]:
    """A part of the title or the component, the number of the bug, or somebody's account as it is shown."""
    conditions = [BugRow.summary.icontains(word, autoescape=True), BugRow.component.icontains(word, autoescape=True)]
    if (bug_id := parse_bug_id(word.removeprefix("#"))) is not None:
        conditions.append(BugRow.id == bug_id)
    if account := read_account(word).casefold():
        conditions += [_is_account(BugRow.assigned_to, account), _is_account(BugRow.creator, account)]
        asked = cast(BugRow.flags, Text)
        conditions += [asked.icontains(f'"requestee": "{account}{end}', autoescape=True) for end in ("@", '"')]
    return or_(*conditions)


def _is_account(column: InstrumentedAttribute[str], account: str) -> ColumnElement[bool]:
    """What stands behind an ``@`` must not be found out by searching for it."""
    return or_(func.lower(column) == account, column.istartswith(f"{account}@", autoescape=True))


def _load_nominations(
    session: Session, bug_ids: Collection[int], navigation: Navigation
) -> Mapping[int, Sequence[str]]:
    trackers = {tracker.id: (m, tracker) for m in navigation.milestones for tracker in m.trackers}
    columns = NominationRow.bug_id, NominationRow.tracker_id, NominationRow.state
    rows = session.execute(select(*columns).where(NominationRow.bug_id.in_(bug_ids)).order_by(*columns[:2]))
    found = defaultdict(list)
    for bug_id, tracker_id, state in rows:
        milestone, tracker = trackers[tracker_id]
        title = nomination_title(TrackerKind(tracker.kind), NominationState(state))
        found[bug_id].append(f"{milestone.label}: {title}")
    return found


def _line(row: Row[*tuple[Any, ...]], nominations: Sequence[str]) -> FoundLine:
    return FoundLine(
        id=row.id,
        component=row.component,
        status=row.status,
        resolution=row.resolution,
        summary=row.summary,
        assigned_to=row.assigned_to,
        last_change_at=row.last_change_at,
        nominations=tuple(nominations),
    )
