"""Databases that hold any number of bugs with all that belongs to them, filled in bulk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from itertools import cycle

from sqlalchemy import make_url

from bbconsumer.db.models import EventRow, TicketRow, UpdateBugRow, UpdateRow
from bbconsumer.db.session import Database
from bbconsumer.domain.reviews import as_json, review_of
from bbconsumer.domain.snapshots import UpdateSnapshot
from bbconsumer.domain.votes import tally
from tests.domain.milestones import update
from tests.services.schema import make_schema
from tests.web.world import (
    FREEZE_EXCEPTION,
    NOW,
    RULES,
    World,
    ago,
    bug_row,
    comments,
    dead_letter_row,
    needinfo,
    nomination_row,
    work_row,
)

# Has all that a bug can have, and the more of it the more bugs there are.
FIRST_BUG = 1
_STATES = (
    "proposed",
    "accepted",
    "undecided",
    "contradictory",
    "accepted_0day",
    "accepted_previous_release",
    "rejected",
)
_STATUSES = ("NEW", "ASSIGNED", "POST", "MODIFIED", "ON_QA", "VERIFIED", "CLOSED")
_UPDATE_STATUSES = ("testing", "stable", "pending", "obsolete")
_COMMENTS = comments(
    ("alice", "BetaBlocker +1"),
    ("bob", "BetaBlocker -1"),
    ("carol", "BetaBlocker +1 for sure"),
    ("chair", "AGREED AcceptedBetaBlocker"),
)
_COUNTED = tally(_COMMENTS, deciders=RULES.deciders, bot=RULES.bot)


def crowded_database(url: str, count: int) -> Database:
    """A milestone with so many bugs, as many tickets, of half of them, and updates, and ten times as many events."""
    database = Database(make_url(url))
    make_schema(database)
    world = World(database)
    world.milestone(is_current=True)
    world.milestone("45", "final", trackers={FREEZE_EXCEPTION: 2002})
    world.synced()
    world.updates_synced()
    numbers = range(FIRST_BUG, FIRST_BUG + count)
    with database.writing() as session:
        # In the order in which they need each other.
        for rows in (_bugs(numbers), _nominations(numbers), _tickets(numbers), _updates(numbers), _ties(numbers)):
            session.add_all(rows)
            session.flush()
        session.add_all([*_events(numbers), *(work_row(i, attempts=i % 2) for i in numbers)])
        session.add_all(dead_letter_row(i) for i in numbers)
    return database


def _bugs(numbers: range) -> Iterator[object]:
    for number, status in zip(numbers, cycle(_STATUSES), strict=False):
        is_duplicate = status == "CLOSED" and number > 20
        yield bug_row(
            number,
            status=status,
            is_open=status != "CLOSED",
            resolution="DUPLICATE" if is_duplicate else "",
            dupe_of=number - 11 if is_duplicate else None,
            depends_on=[number + 1],
            flags=[needinfo()] if number % 5 == 0 else [],
            component=f"package{number % 40}",
            assigned_to=f"person{number % 25}@example.com",
        )


def _nominations(numbers: range) -> Iterator[object]:
    for number, state in zip(numbers, cycle(_STATES), strict=False):
        yield nomination_row(number, state, ended_at=ago(hours=1) if state == "rejected" else None)
        if number % 3 == 0:
            yield nomination_row(number, tracker_id=1002)
        if number % 4 == 0:
            yield nomination_row(number, tracker_id=2002)


def _tickets(numbers: range) -> Iterator[object]:
    # As many as there are bugs. Some more of the first bug's: only the oldest that is open counts.
    halves, of_first = numbers[::2], len(numbers) // 10
    bug_ids = [*halves, *halves[: len(numbers) - len(halves) - of_first], *[FIRST_BUG] * of_first]
    for number, bug_id in enumerate(bug_ids, start=1):
        yield TicketRow(
            id=number,
            bug_id=bug_id,
            absence=None,
            title=f"[{bug_id}] A ticket",
            content="",
            opened_by="blockerbot",
            created_at=ago(hours=30),
            last_updated_at=ago(hours=1),
            is_open=True,
            close_status="",
            tags=[],
            comments=[],
            review=as_json(review_of(_COUNTED, RULES.votes_needed)),
            fingerprint="",
            first_seen_at=ago(hours=30),
            checked_at=ago(hours=1),
        )


def _updates(numbers: range) -> Iterator[object]:
    for number, status in zip(numbers, cycle(_UPDATE_STATUSES), strict=False):
        told = update(status, alias=f"FEDORA-2026-{number}")
        values = {field.name: getattr(told, field.name) for field in fields(UpdateSnapshot)}
        values |= {"bug_ids": _named_by(number), "builds": [f"package{number}-1-1.fc45"]}
        yield UpdateRow(id=number, first_seen_at=NOW, changed_at=NOW, checked_at=NOW, **values)


def _ties(numbers: range) -> Iterator[object]:
    return (UpdateBugRow(update_id=number, bug_id=bug_id) for number in numbers for bug_id in _named_by(number))


def _named_by(number: int) -> list[int]:
    """Every tenth update names the first bug beside its own."""
    return sorted({number, FIRST_BUG}) if number % 10 == 0 else [number]


def _events(numbers: range) -> Iterator[object]:
    happened = [("bug", FIRST_BUG, "status"), ("ticket", 1, "vote/BetaBlocker/alice"), ("update", 10, "karma")]
    seq = 0
    for number in numbers:
        changes = (("bug", number, "status"), ("bug", number, "nomination/1001"), ("update", number, "status"))
        for kind, object_id, field in (*changes, *changes, *happened, ("milestone", 1, "verdict")):
            seq += 1
            yield EventRow(
                seq=seq,
                object_kind=kind,
                object_id=object_id,
                field=field,
                at=NOW - timedelta(seconds=60 * number + seq % 7),
                who="alice",
                old=_old_and_new(field)[0],
                new=_old_and_new(field)[1],
                recorded_at=NOW,
            )


def _old_and_new(field: str) -> tuple[str, str]:
    if field.startswith("nomination/"):
        return "", "proposed"
    return {"status": ("NEW", "POST"), "verdict": ("UNKNOWN", "NO-GO")}.get(field, ("0", "+1"))
