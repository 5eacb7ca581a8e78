"""The parts of which several answers are made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from urllib.parse import quote

from bbconsumer.domain.attention import TodoKind
from bbconsumer.domain.texts import local_part
from web.api.answers.parts import (
    BugUpdate,
    Decision,
    Milestone,
    Needinfo,
    Notice,
    Source,
    Todo,
    Tracker,
    Vote,
)
from web.lists.words import in_address
from web.read_models import (
    DecisionView,
    Freshness,
    MilestoneView,
    UpdateView,
    VoteView,
)
from web.read_models import Needinfo as NeedinfoView
from web.read_models.attention import TodoView
from web.wording import without_domains


@dataclass(frozen=True, slots=True)
class Site:
    """The pages of this service, at the address at which people find it."""

    url: str

    def bug(self, bug_id: int) -> str:
        """The page of a bug."""
        return f"{self.url}/bug/{bug_id}"

    def milestone(self, release: str, name: str) -> str:
        """The overview of a milestone."""
        return f"{self.url}/milestone/{quote(release, safe='')}/{quote(name, safe='')}"


class Trust(TypedDict):
    """What `Answer` has, as its arguments."""

    checked_at: datetime | None
    sources: tuple[Source, ...]
    notices: tuple[Notice, ...]


def tell_trust(freshness: Freshness) -> Trust:
    """How far an answer can be trusted."""
    return Trust(
        checked_at=freshness.checked_at,
        sources=tuple(Source(s.name, s.last_success_at, s.is_failing, s.is_stale) for s in freshness.sources),
        notices=tuple(Notice(notice.title, notice.text, notice.at) for notice in freshness.notices),
    )


def tell_milestone(milestone: MilestoneView, site: Site) -> Milestone:
    """A milestone with its trackers."""
    return Milestone(
        release=milestone.release,
        name=milestone.name,
        label=milestone.label,
        title=milestone.title,
        is_active=milestone.is_active,
        is_current=milestone.is_current,
        open_blockers=milestone.open_blockers,
        trackers=tuple(
            Tracker(tracker.id, in_address(tracker.kind), tracker.title, tracker.problem, tracker.is_read)
            for tracker in milestone.trackers
        ),
        url=site.milestone(milestone.release, milestone.name),
    )


def tell_needinfos(needinfos: Iterable[NeedinfoView]) -> tuple[Needinfo, ...]:
    """Open questions."""
    return tuple(Needinfo(local_part(each.requestee), each.asked_at) for each in needinfos)


def tell_todos(todos: Iterable[TodoView]) -> tuple[Todo, ...]:
    """What is to be done, in the order in which it is."""
    return tuple(Todo(TodoKind(todo.kind), todo.what, todo.who, todo.person, todo.since) for todo in todos)


def tell_votes(votes: Iterable[VoteView]) -> tuple[Vote, ...]:
    """Tallies and decisions."""
    return tuple(Vote(vote.tally, vote.advice, _decision(vote.decision) if vote.decision else None) for vote in votes)


def tell_updates(updates: Iterable[UpdateView]) -> tuple[BugUpdate, ...]:
    """The updates of a bug."""
    return tuple(BugUpdate(u.alias, u.release, u.title, u.status, u.request, u.karma, u.karma_needed) for u in updates)


def _decision(view: DecisionView) -> Decision:
    return Decision(view.outcome, view.who, view.at, view.ticket_id, view.comment_id, without_domains(view.note))
