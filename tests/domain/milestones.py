"""A made-up milestone in its freeze, whose data are fresh, and bugs in it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bbconsumer.domain.facts import (
    MilestoneDates,
    MilestoneFacts,
    Needinfo,
    ReviewFacts,
    SourceFacts,
    TicketDecision,
    TicketVote,
    TrackedBug,
)
from bbconsumer.domain.nominations import Nomination, NominationState
from bbconsumer.domain.reports.lines import Sites
from bbconsumer.domain.snapshots import UpdateSnapshot
from bbconsumer.domain.trackers import Tracker, TrackerKind
from tests.domain.factories import ALICE, BETA, BETA_BLOCKER, BETA_FE, BOB, CAROL

NOW = datetime(2026, 9, 20, 12, tzinfo=UTC)
CHECKED_AT = NOW - timedelta(minutes=3)
HOUR = timedelta(hours=1)
DATES = MilestoneDates(
    datetime(2026, 9, 8, 14, tzinfo=UTC), datetime(2026, 9, 24, 17, tzinfo=UTC), datetime(2026, 9, 29, 14, tzinfo=UTC)
)
SITES = Sites("https://bugzilla.example.test", "https://bodhi.example.test")

PROPOSED, REJECTED, WITHDRAWN = NominationState.PROPOSED, NominationState.REJECTED, NominationState.WITHDRAWN
ACCEPTED, CONTRADICTORY = NominationState.ACCEPTED, NominationState.CONTRADICTORY
ZERO_DAY, PREVIOUS = NominationState.ACCEPTED_0DAY, NominationState.ACCEPTED_PREVIOUS_RELEASE
BLOCKER, FE = TrackerKind.BLOCKER, TrackerKind.FREEZE_EXCEPTION


def day(number: int, hour: int = 0) -> datetime:
    """A day of the September in which everything here happens."""
    return datetime(2026, 9, number, hour, tzinfo=UTC)


def nomination(state: NominationState, tracker: Tracker = BETA_BLOCKER, **changes: Any) -> Nomination:
    """A nomination that was proposed on the 3rd and, if it is decided, decided on the 7th."""
    is_decided = state not in {PROPOSED, NominationState.UNDECIDED, CONTRADICTORY}
    made = Nomination(tracker, state, f"is {state}", day(3), ALICE, day(7) if is_decided else None)
    return replace(made, **changes)


def tracked(state: NominationState | None, status: str = "NEW", **changes: Any) -> TrackedBug:
    """A bug in that state as a Beta blocker, or nominated for nothing; the status may have a resolution behind it."""
    name, _, resolution = status.partition(" ")
    values: dict[str, Any] = {
        "id": 2400123,
        "summary": "The installer does not start",
        "component": "anaconda",
        "status": name,
        "resolution": resolution,
        "assigned_to": BOB,
        "is_open": name != "CLOSED",
        "status_since": day(12),
        "nominations": () if state is None else (nomination(state),),
    }
    return TrackedBug(**(values | changes))


def exception(state: NominationState, status: str = "NEW", **changes: Any) -> TrackedBug:
    """A bug in that state as a Beta freeze exception only."""
    return tracked(None, status, **({"nominations": (nomination(state, BETA_FE),)} | changes))


def update(status: str = "testing", **changes: Any) -> UpdateSnapshot:
    """An update of Fedora 45 that needs two more karma."""
    values: dict[str, Any] = {
        "alias": "FEDORA-2026-1",
        "title": "anaconda-45.3-1.fc45",
        "status": status,
        "request": "",
        "release": "F45",
        "submitter": "bob",
        "bug_ids": frozenset({2400123}),
        "builds": ("anaconda-45.3-1.fc45",),
        "karma": 1,
        "stable_karma": 3,
        "unstable_karma": -3,
        "stable_days": 7,
        "gating": "passed",
        "is_ready": False,
        "is_critical": True,
        "submitted_at": day(13),
        "modified_at": None,
        "testing_at": day(14),
        "stable_at": None,
        "pushed_at": None,
    }
    return UpdateSnapshot(**(values | changes))


TESTING, STABLE, READY = update(), update("stable"), update(is_ready=True)


def source(name: str, last_success_at: datetime | None = CHECKED_AT, *, is_failing: bool = False) -> SourceFacts:
    """A source whose answers are good for an hour."""
    return SourceFacts(name, last_success_at, HOUR, is_failing)


def facts(*bugs: TrackedBug, **changes: Any) -> MilestoneFacts:
    """Fedora 45 Beta with these bugs, checked three minutes ago."""
    values: dict[str, Any] = {
        "milestone": BETA,
        "bugs": bugs,
        "last_complete_sync_at": CHECKED_AT,
        "sync_stale_after": HOUR,
        "sources": tuple(map(source, ("Bugzilla", "Bodhi", "Pagure"))),
        "gate_reason": "",
        "list_problems": (),
        "are_updates_known": True,
        "votes_needed": 3,
        "dates": DATES,
    }
    return MilestoneFacts(**(values | changes))


def decided(outcome: NominationState, on: datetime | None = None, kind: TrackerKind = BLOCKER) -> ReviewFacts:
    """A ticket in which that was agreed on, by default on the 10th."""
    return ReviewFacts("https://tickets.example.test/7", (), (TicketDecision(kind, outcome, on or day(10), CAROL),))


def voted(votes_needed: int, kind: TrackerKind = BLOCKER) -> ReviewFacts:
    """A ticket with a vote that needs so many more."""
    name = "BetaBlocker" if kind is BLOCKER else "BetaFE"
    advice = f"needs {votes_needed} more votes" if votes_needed else "ready to accept"
    vote = TicketVote(kind, f"{name} (+{3 - votes_needed}, 0, 0)", advice, votes_needed)
    return ReviewFacts("https://tickets.example.test/7", (vote,))


def asked(on: datetime | None = None, requestee: str = CAROL) -> tuple[Needinfo, ...]:
    """One open question, by default since the 9th."""
    return (Needinfo(requestee, on or day(9)),)
