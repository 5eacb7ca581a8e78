"""What is stored of a milestone becomes facts: complete, honest, and at the same cost for any number of bugs."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import make_url

from bbconsumer.db.facts import FactsScope, load_milestone_facts
from bbconsumer.db.models import RecordRow, ReviewProject, TicketRow
from bbconsumer.db.session import Database
from bbconsumer.domain.facts import MilestoneFacts, Needinfo, SourceFacts, TrackedBug
from bbconsumer.domain.nominations import NominationState
from bbconsumer.domain.trackers import Milestone, MilestoneName, TrackerKind
from tests.domain.milestones import TESTING
from tests.services.schema import make_schema
from tests.web.reading import selects
from tests.web.world import BLOCKER, NOW, World, ago, bug_row, needinfo, nomination_row

BETA = Milestone("45", MilestoneName.BETA)
HOUR = timedelta(hours=1)
SCOPE = FactsScope(("bugzilla", "pagure", "bodhi"), HOUR, "https://pagure.io/fedora-qa/blocker-review/issue/", 3)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database with the schema, on each kind of server."""
    database = Database(make_url(database_url))
    make_schema(database)
    yield database
    database.dispose()


@pytest.fixture
def world(database: Database) -> World:
    """Fedora 45 Beta with its trackers."""
    world = World(database)
    world.milestone()
    return world


def facts(world: World, milestone: Milestone = BETA, **updates: Any) -> MilestoneFacts:
    with world.database.reading() as session:
        found = load_milestone_facts(session, milestone, updates.get("updates_by_bug", {}), SCOPE)
    assert found is not None
    return found


def the_bug(world: World, bug_id: int = 7) -> TrackedBug:
    return facts(world).bugs_by_id[bug_id]


def ticket_row(
    ticket_id: int, bug_id: int = 7, review: Mapping[str, tuple[str, str, str]] | None = None, *, is_open: bool = True
) -> TicketRow:
    """A ticket with a review as it is stored: by tracker (advice kind, advice, outcome)."""
    decision = {"who": "carol", "at": ago(hours=1).isoformat()}
    trackers = {
        name: {
            "tally": f"{name} (+1, 0, 0)",
            "advice": advice,
            "advice_kind": kind,
            "decision": decision | {"outcome": outcome, "comment_id": 3} if outcome else None,
        }
        for name, (kind, advice, outcome) in (review or {}).items()
    }
    return TicketRow(
        id=ticket_id, bug_id=bug_id, absence=None, title="", content="", opened_by="blockerbot", created_at=ago(days=1),
        last_updated_at=ago(days=1), is_open=is_open, close_status="", tags=[], comments=[],
        review={"trackers": trackers}, fingerprint="", first_seen_at=ago(days=1), checked_at=ago(days=1),
    )  # fmt: skip


def test_a_milestone_that_is_not_known_has_no_facts(database: Database) -> None:
    with database.reading() as session:
        assert load_milestone_facts(session, BETA, {}, SCOPE) is None


def test_a_bug_is_told_whole(world: World) -> None:
    flags = [needinfo("alice@example.com", ago(days=4)), needinfo("bob") | {"status": "+"}]
    world.bug(5, status="NEW")
    world.bug(6, status="CLOSED", is_open=False)
    world.nominated(7, "accepted", status="ON_QA", flags=flags, depends_on=[5, 6, 99], removal_held="gone")
    world.nomination(7, "rejected", tracker_id=1002, ended_at=ago(hours=9))
    world.events(7, [("status", "NEW", "VERIFIED", "a"), ("status", "VERIFIED", "ON_QA", "b"), ("flags", "", "x", "c")])
    (bug,) = facts(world, updates_by_bug={7: (TESTING,)}).bugs
    assert (bug.state, bug.is_open, bug.severity, bug.removal_held) == ("ON_QA", True, "high", "gone")
    assert (bug.status_since, bug.was_verified, bug.depends_on_open) == (ago(hours=98), True, (5,))
    assert bug.needinfos == (Needinfo("alice@example.com", ago(days=4)),)
    assert bug.updates == (TESTING,)
    accepted, rejected = (bug.nomination(BETA, kind) for kind in TrackerKind)
    assert accepted is not None
    assert (accepted.state, accepted.proposed_at, accepted.decided_at) == (
        NominationState.ACCEPTED, ago(days=2), ago(days=1),
    )  # fmt: skip
    assert rejected is not None
    assert (rejected.state, rejected.ended_at) == (NominationState.REJECTED, ago(hours=9))


def test_a_status_that_never_changed_stands_since_the_bug_was_filed(world: World) -> None:
    world.nominated(7)
    assert (the_bug(world).status_since, the_bug(world).was_verified) == (ago(days=30), False)


def test_only_the_milestones_bugs_and_those_that_duplicates_lead_to_are_told(world: World) -> None:
    world.milestone("45", "final", trackers={BLOCKER: 2001})
    for bug_id, dupe_of in ((11, 12), (12, 13), (13, 11), (14, 98), (15, 16)):
        world.bug(bug_id, dupe_of=dupe_of)
    world.bug(16, absence="private")
    world.nominated(17, tracker_id=2001)
    world.bug(18)
    world.nominated(19, absence="missing")
    for bug_id in (11, 14, 15):
        world.nomination(bug_id)
    assert [bug.id for bug in facts(world).bugs] == [11, 12, 13, 14, 15]


def test_the_oldest_open_ticket_counts_else_the_newest(world: World) -> None:
    for bug_id in (7, 8):
        world.nominated(bug_id)
    vote = {"BetaBlocker": ("needs_votes", "needs 2 more votes", "")}
    world.add(ticket_row(1, is_open=False), ticket_row(2, 7, vote), ticket_row(3), ticket_row(4, 8, is_open=False))
    world.add(ticket_row(5, 8, is_open=False), ticket_row(6, 8, is_open=False))
    first, second = (the_bug(world, bug_id).review for bug_id in (7, 8))
    assert first is not None
    assert second is not None
    assert (first.ticket_url, second.ticket_url) == (f"{SCOPE.tickets_url}2", f"{SCOPE.tickets_url}6")
    assert [(vote.advice, vote.votes_needed) for vote in first.votes] == [("needs 2 more votes", 2)]


def test_a_decision_is_told_with_the_reason_why_it_cannot_be_recorded(world: World) -> None:
    world.nominated(7)
    world.add(ticket_row(1, 7, dict.fromkeys(("BetaBlocker", "0Day"), ("decided", "", "accepted"))))
    values = {"bug_id": 7, "changed_at": NOW}
    world.add(RecordRow(vote_tracker="BetaBlocker", comment_id=3, state="conflict", problem="odd", **values))
    world.add(RecordRow(vote_tracker="0Day", comment_id=2, state="conflict", problem="of another comment", **values))
    review = the_bug(world).review
    assert review is not None
    (decision,) = review.decisions
    assert (decision.outcome, decision.by, decision.problem) == (NominationState.ACCEPTED, "carol", "odd")


def test_nothing_stored_is_nothing_known(world: World) -> None:
    found = facts(world)
    assert found.last_complete_sync_at is None
    assert found.sources == tuple(SourceFacts(name, None, HOUR, False) for name in ("Bugzilla", "Pagure", "Bodhi"))
    assert found.list_problems == ("Updates are not known to this service yet",)
    assert not found.are_updates_known


def test_how_far_the_data_can_be_trusted_is_told(world: World) -> None:
    world.synced(at=ago(hours=2))
    world.synced("incomplete", at=ago(minutes=1))
    world.source("pagure", last_success_at=ago(minutes=20))
    world.source("bodhi", last_success_at=ago(minutes=1), failures=2, last_error="x")
    world.updates_synced(at=ago(minutes=5))
    with world.database.writing() as session:
        session.get_one(ReviewProject, 1).checked_at = ago(minutes=9)
    world.gate(tripped_at=ago(minutes=2), reason="too many\nSECRET")
    found = facts(world)
    assert (found.last_complete_sync_at, found.gate_reason) == (ago(hours=2), "too many")
    assert [(s.name, s.last_success_at, s.is_failing) for s in found.sources] == [
        ("Bugzilla", ago(minutes=1), False),
        ("Pagure", ago(minutes=9), False),
        ("Bodhi", ago(minutes=5), True),
    ]
    assert found.are_updates_known


def test_a_complete_sync_of_another_source_says_nothing_about_the_bugs(world: World) -> None:
    world.synced(source="pagure")
    assert facts(world).last_complete_sync_at is None


def test_what_makes_the_lists_incomplete_is_told(world: World) -> None:
    world.milestone("45", "final", trackers={BLOCKER: 2001}, is_read=False, is_active=False)
    assert facts(world, replace(BETA, name=MilestoneName.FINAL)).list_problems == (
        "The milestone is not active: it is not synced any more",
        "No sync has read the Blocker tracker so far",
        "No Freeze Exception tracker is set up",
        "Updates are not known to this service yet",
    )


def test_the_cost_does_not_grow_with_the_bugs(world: World) -> None:
    counts = []
    for first, last in ((1, 61), (61, 181)):
        rows = [(bug_row(i), nomination_row(i)) for i in range(first, last)]
        world.add(*(bug for bug, _ in rows), *(nomination for _, nomination in rows))
        world.add(*(ticket_row(i, i) for i in range(first, last, 7)))
        with selects(world.database) as statements:
            assert len(facts(world).bugs) == last - 1
        counts.append(len(statements))
    assert counts == [9, 9]
