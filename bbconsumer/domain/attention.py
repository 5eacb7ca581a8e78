"""Says what should happen next with each bug, who has it, and since when.

A bug may need several things; they come in the order in which they are done. The kinds are the values of ``?todo=``:
they are added, never renamed. Nothing here decides what a verdict is: `assessment` does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from bbconsumer.domain.assessment import (
    VERIFIED,
    final_bug,
    find_gap,
    is_left_to_other,
    may_be_pushed,
    unrecorded_decision,
)
from bbconsumer.domain.facts import MilestoneFacts, Needinfo, TicketDecision, TicketVote, TrackedBug
from bbconsumer.domain.nominations import ACCEPTED_STATES, ENDED_STATES, Nomination, NominationState, nomination_title
from bbconsumer.domain.reasons import ReasonCode
from bbconsumer.domain.snapshots import UpdateSnapshot
from bbconsumer.domain.texts import local_part
from bbconsumer.domain.trackers import TrackerKind
from bbconsumer.domain.updates import STABLE, access_gap, relevant_updates, stability_gaps, uncounted_updates


class TodoKind(StrEnum):
    """What is to be done, in the order in which it comes."""

    VOTE = "vote"
    DECIDE = "decide"
    RECORD = "record"
    NEEDINFO = "needinfo"
    ASSIGN = "assign"
    FIX = "fix"
    UPDATE = "update"
    TEST = "test"
    VERIFY = "verify"
    PUSH = "push"
    CLOSE = "close"


class Role(StrEnum):
    """In what capacity somebody is asked, as people say it."""

    VOTERS = "voters"
    MEETING = "review meeting"
    SECRETARY = "secretary"
    REQUESTEE = "requestee"
    MAINTAINER = "maintainer"
    SUBMITTER = "submitter of the update"
    QA = "QA"
    RELEASE_ENGINEERING = "release engineering"


@dataclass(frozen=True, slots=True)
class Step:
    """A part of the way of a blocker out of the way of its release, with who goes it."""

    title: str
    who: str
    kinds: tuple[TodoKind, ...]


# In the order in which a blocker goes them. Closing a bug whose fix is stable is none: no release waits for it.
STEPS = (
    Step("Decide", "voters, review meeting, secretary", (TodoKind.VOTE, TodoKind.DECIDE, TodoKind.RECORD)),
    Step("Fix", "maintainers", (TodoKind.NEEDINFO, TodoKind.ASSIGN, TodoKind.FIX, TodoKind.UPDATE)),
    Step("Test", "QA, submitters of updates", (TodoKind.TEST, TodoKind.VERIFY)),
    Step("Push", "submitters, release engineering", (TodoKind.PUSH,)),
)


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to be done: `what` completes “<who> to …”. `account` is empty when it is nobody's in particular.

    `since` is when it began to wait, None when unknown. `brief` says less than `what`, for where the nomination, its
    proposal and its review stand beside it; empty where `what` says nothing that would be said twice.
    """

    bug_id: int
    kind: TodoKind
    role: Role
    what: str
    since: datetime | None
    account: str = ""
    brief: str = ""

    @property
    def who(self) -> str:
        """Whom to ask: the local part of an account, else the role."""
        return local_part(self.account) or self.role


_KIND_ORDER = list(TodoKind)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

# What is wrong is how the bug itself was closed: its updates do not matter until that is settled.
_CLOSING_GAPS = {
    ReasonCode.CLOSED_WITHOUT_FIX: "confirm or reject that it was closed without a fix",
    ReasonCode.DUPLICATE_UNKNOWN: "find out what happened to the bug of which it is a duplicate",
}
_FIX_GAPS = frozenset({ReasonCode.NO_FIX, ReasonCode.NEEDINFO})
_NO_UPDATE_GAPS = frozenset({ReasonCode.NO_UPDATE, ReasonCode.UPDATES_UNKNOWN})
_EARLY_STATUSES = frozenset({"NEW", "ASSIGNED"})


def list_todos(
    bug: TrackedBug, facts: MilestoneFacts, now: datetime, kinds: Collection[TrackerKind] = tuple(TrackerKind)
) -> tuple[Todo, ...]:
    """What is to be done about one bug for this milestone, as one or both kinds, in order; each thing once."""
    found: list[Todo] = []
    for kind in kinds:
        nomination = bug.nomination(facts.milestone, kind)
        if unrecorded := unrecorded_decision(bug, kind, facts):
            found.append(_record(bug, unrecorded[0]))
        if nomination is None or nomination.state in ENDED_STATES:
            continue
        found += (_ask(bug, needinfo) for needinfo in bug.needinfos if bug.is_open)
        if nomination.state in ACCEPTED_STATES:
            found += _work(bug, nomination, facts, now)
        elif not unrecorded and not is_left_to_other(bug, kind, facts):
            found.append(_undecided(bug, nomination))
    # A bug that is nominated as blocker and as freeze exception needs its fix only once.
    once: dict[tuple[TodoKind, str, str], Todo] = {}
    for todo in found:
        once.setdefault((todo.kind, todo.what, todo.account), todo)
    return tuple(sorted(once.values(), key=_order))


def _order(todo: Todo) -> tuple[int, datetime, int]:
    return _KIND_ORDER.index(todo.kind), todo.since or _LONG_AGO, todo.bug_id


def _record(bug: TrackedBug, decision: TicketDecision) -> Todo:
    what = f"record the ticket's decision in Bugzilla: {nomination_title(decision.kind, decision.outcome)}"
    if decision.problem:
        what += f" (this service cannot: {decision.problem})"
    return Todo(bug.id, TodoKind.RECORD, Role.SECRETARY, what, decision.at, brief="record the decision")


def _ask(bug: TrackedBug, needinfo: Needinfo) -> Todo:
    what = "answer the question in Bugzilla"
    return Todo(bug.id, TodoKind.NEEDINFO, Role.REQUESTEE, what, needinfo.asked_at, needinfo.requestee)


def _undecided(bug: TrackedBug, nomination: Nomination) -> Todo:
    kind = nomination.tracker.kind
    if nomination.state is NominationState.CONTRADICTORY:
        what = f"take away one of the contradicting words about the {kind.label}"
        return Todo(bug.id, TodoKind.RECORD, Role.SECRETARY, what, nomination.proposed_at, brief="take away a word")
    votes: Iterable[TicketVote] = bug.review.votes if bug.review else ()
    ready = next((vote for vote in votes if vote.kind is kind and vote.votes_needed <= 0), None)
    if ready:
        what = f"decide about the {nomination_title(kind, NominationState.PROPOSED)}: {ready.advice}"
        return Todo(bug.id, TodoKind.DECIDE, Role.MEETING, what, nomination.proposed_at, brief="decide")
    if not bug.is_open and bug.review is None:
        what = f"accept, reject or withdraw the {nomination_title(kind, NominationState.PROPOSED)}, which is closed"
        return Todo(bug.id, TodoKind.DECIDE, Role.MEETING, what, nomination.proposed_at)
    what = f"vote on the {nomination_title(kind, NominationState.PROPOSED)}"
    return Todo(bug.id, TodoKind.VOTE, Role.VOTERS, what, nomination.proposed_at, brief="vote")


def _work(bug: TrackedBug, nomination: Nomination, facts: MilestoneFacts, now: datetime) -> Iterator[Todo]:
    """What an accepted nomination needs. A duplicate needs nothing but what the other bug does."""
    state = nomination.state
    gap = find_gap(bug, state, facts)
    if gap in _CLOSING_GAPS:
        yield Todo(bug.id, TodoKind.DECIDE, Role.MEETING, _CLOSING_GAPS[gap], bug.status_since)
        return
    other = final_bug(bug, facts)
    if other is not None and other is not bug:
        if gap:
            yield _address_other(bug, other, nomination, facts)
        return
    updates = relevant_updates(bug.updates, state, facts.milestone)
    if gap in _FIX_GAPS or (gap and not updates and bug.status in _EARLY_STATUSES):
        yield from _towards_fix(bug, nomination.decided_at)
        return
    if not updates and (gap or (bug.is_open and facts.are_updates_known)):
        what = "make an update with the fix, or say which one has it"
        if uncounted := uncounted_updates(bug.updates, state, facts.milestone):
            what += f" ({uncounted})"
        if not facts.are_updates_known:
            what = "say which update has the fix, or make one (updates are not known to this service yet)"
        yield Todo(bug.id, TodoKind.UPDATE, Role.MAINTAINER, what, bug.status_since, bug.assigned_to)
    for update in updates:
        yield from _towards_stable(bug, update, gap, facts, now)
    yield from _towards_end(bug, gap, updates)


def _address_other(bug: TrackedBug, other: TrackedBug, nomination: Nomination, facts: MilestoneFacts) -> Todo:
    """What a duplicate waits for: whoever has the other bug, or, unless that is accepted too, a decision about it."""
    kind = nomination.tracker.kind
    theirs = other.nomination(facts.milestone, kind)
    if theirs is None or theirs.state not in ACCEPTED_STATES:
        what = f"decide about bug {other.id}, of which it is a duplicate and which is not addressed"
        return Todo(bug.id, TodoKind.DECIDE, Role.MEETING, what, bug.status_since)
    what = f"see that bug {other.id}, of which it is a duplicate, is addressed"
    return Todo(bug.id, TodoKind.FIX, Role.MAINTAINER, what, bug.status_since, other.assigned_to)


def _towards_fix(bug: TrackedBug, accepted_at: datetime | None) -> Iterator[Todo]:
    if bug.status == "NEW":
        what = "take the bug, which is still NEW"
        yield Todo(bug.id, TodoKind.ASSIGN, Role.MAINTAINER, what, accepted_at, bug.assigned_to)
    waits = ", ".join(map(str, bug.depends_on_open))
    what = f"fix it (depends on {waits})" if waits else "fix it"
    yield Todo(bug.id, TodoKind.FIX, Role.MAINTAINER, what, accepted_at, bug.assigned_to)


def _towards_stable(
    bug: TrackedBug, update: UpdateSnapshot, gap: ReasonCode | None, facts: MilestoneFacts, now: datetime
) -> Iterator[Todo]:
    since = update.testing_at or update.submitted_at
    if gaps := stability_gaps(update):
        is_stuck = bool(access_gap(update))
        verb = "get ready for testing:" if is_stuck else "test"
        what = f"{verb} {update.alias}, which {' and '.join(gaps)}"
        role, account = (Role.SUBMITTER, update.submitter) if is_stuck else (Role.QA, "")
        yield Todo(bug.id, TodoKind.TEST, role, what, since, account)
    if not may_be_pushed(update, gap):
        return
    is_theirs = update.request == STABLE or _is_frozen(update, facts, now)
    role, account = (Role.RELEASE_ENGINEERING, "") if is_theirs else (Role.SUBMITTER, update.submitter)
    yield Todo(bug.id, TodoKind.PUSH, role, f"push {update.alias} to stable", since, account)


def _is_frozen(update: UpdateSnapshot, facts: MilestoneFacts, now: datetime) -> bool:
    return update.release == f"F{facts.milestone.release}" and facts.dates.is_frozen(now)


def _towards_end(bug: TrackedBug, gap: ReasonCode | None, updates: tuple[UpdateSnapshot, ...]) -> Iterator[Todo]:
    """What remains when there is a fix: see that it works, and close the bug."""
    if what := _doubt_about_fix(bug, gap):
        yield Todo(bug.id, TodoKind.VERIFY, Role.QA, what, bug.status_since)
    elif gap is None and bug.is_open and updates and all(update.status == STABLE for update in updates):
        what = "close the bug, whose update is stable"
        yield Todo(bug.id, TodoKind.CLOSE, Role.MAINTAINER, what, bug.status_since, bug.assigned_to)


def _doubt_about_fix(bug: TrackedBug, gap: ReasonCode | None) -> str:
    if gap is ReasonCode.NOT_VERIFIED or (gap in _NO_UPDATE_GAPS and bug.status == "ON_QA"):
        return "verify the fix"
    if gap is None and not bug.is_open and not bug.was_verified:
        return "tell whether it was tested: it is closed but never was VERIFIED"
    if gap is None and bug.is_open and bug.status != VERIFIED:
        return "tell whether the fix works: its update is stable but the bug is open"
    return ""
