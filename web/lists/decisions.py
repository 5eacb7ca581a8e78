"""What may be asked of the decisions about a milestone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Final

from bbconsumer.domain.outcomes import DECIDED_STATES
from web.lists.spec import Column, Filter, ListSpec, Sort
from web.lists.words import KINDS, NOMINATIONS, YES, accounts, by_text, by_time, in_address, read_account
from web.read_models.decisions import DecisionLine

SINCE: Final = "since"
_NO: Final = "no"
_OUTCOMES: Final[Mapping[str, str]] = {
    name: title for name, title in NOMINATIONS.items() if name in set(map(in_address, DECIDED_STATES))
}
_OUTCOME_ORDER: Final = list(_OUTCOMES)
_PLACES: Final[Mapping[str, str]] = {"ticket": "Review ticket", "bugzilla": "Bugzilla"}


def day(at: datetime) -> str:
    """A day of UTC, as addresses have it."""
    return at.astimezone(UTC).date().isoformat()


def _read_day(text: str) -> str | None:
    """A day as addresses have it; None for what is none."""
    try:
        return date.fromisoformat(text).isoformat() if (text := text.strip()) else ""
    except ValueError:
        return None


def _recorded(line: DecisionLine) -> str:
    return YES if line.is_recorded else _NO


def _texts(line: DecisionLine) -> Iterable[str]:
    return str(line.id), line.component, line.summary


DECISIONS: Final[ListSpec[DecisionLine]] = ListSpec(
    filters=(
        Filter(
            SINCE,
            "Decided since",
            lambda line: (day(line.at),) if line.at else (),
            read=_read_day,
            allowed="a day as 2026-11-20",
            is_since=True,
        ),
        Filter("q", "Words", _texts, is_text=True),
        Filter("kind", "Kind", lambda line: (in_address(line.kind),), KINDS),
        Filter("outcome", "Outcome", lambda line: (in_address(line.outcome),), _OUTCOMES),
        Filter("where", "Decided in", lambda line: (line.where,), _PLACES),
        Filter("recorded", "In Bugzilla", lambda line: (_recorded(line),), {YES: "yes", _NO: "not yet"}),
        Filter("component", "Component", lambda line: (line.component,)),
        Filter("by", "Decided by", lambda line: accounts([line.by]), read=read_account),
    ),
    sorts=(
        Sort("bug", "Bug", lambda line: line.id),
        Sort("title", "Title", lambda line: by_text(line.summary)),
        Sort("component", "Component", lambda line: by_text(line.component)),
        Sort("decision", "Decision", lambda line: (line.kind, _OUTCOME_ORDER.index(in_address(line.outcome)))),
        Sort("by", "Decided by", lambda line: by_text("".join(accounts([line.by])))),
        Sort("when", "When", lambda line: by_time(line.at), begins_descending=True),
    ),
    columns=(
        Column("bug", lambda line: line.id),
        Column("component", lambda line: line.component),
        Column("state", lambda line: line.status),
        Column("resolution", lambda line: line.resolution),
        Column("title", lambda line: line.summary),
        Column("kind", lambda line: in_address(line.kind)),
        Column("outcome", lambda line: in_address(line.outcome)),
        Column("decision", lambda line: line.decision),
        Column("by", lambda line: "".join(accounts([line.by]))),
        Column("at", lambda line: line.at),
        Column("where", lambda line: line.where),
        Column("comment", lambda line: line.comment_url),
        Column("recorded", lambda line: line.is_recorded),
        Column("recorded_at", lambda line: line.recorded_at),
        Column("problem", lambda line: line.problem),
    ),
)
