"""What needs an operator comes first, and is seen to there: what fails, what nobody could read, what is held back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bbconsumer.db.models import (
    BugRow,
    DeadLetter,
    Heartbeat,
    RemovalGate,
    SourceState,
    SyncRequest,
    SyncRun,
    WorkItem,
)
from tests.bus import COMMENT_ADDED, ticket_body
from tests.web.admin_site import AdminSite, build_admin_site, noticed, problem
from tests.web.reading import PREFIX
from tests.web.world import bug_row, dead_letter_row, nomination_row, work_row

HOSTILE = "<script>alert(1)</script></pre>\u202e{{ 7*7 }}"
NOW = datetime.now(UTC).replace(microsecond=0)
LATER = NOW + timedelta(days=1)


@pytest.fixture
def site(sqlite_url: str) -> Iterator[AdminSite]:
    """A site with 45 Beta about which nothing is wrong, but that no sync was ever complete."""
    with build_admin_site(sqlite_url) as site:
        yield site


def _add(site: AdminSite, *rows: Any) -> None:
    with site.world.database.writing() as session:
        for row in rows:
            session.add(row)
            session.flush()


def _all_wrong(site: AdminSite) -> None:
    """Everything that can need an operator at once."""
    blocker, exception = site.world.blocker, site.world.freeze_exception
    failing = {"attempts": 3, "due_at": LATER, "last_error": f"KeyError: {HOSTILE}\nVALUES (secret)"}
    _add(
        site,
        bug_row(7, removal_held="gone from Bugzilla"),
        bug_row(8, summary=HOSTILE, removal_held=HOSTILE),
        bug_row(9, absence="private", is_active=False, removal_held="secret"),
        bug_row(10),
        nomination_row(7, "accepted", tracker_id=blocker),
        nomination_row(8, tracker_id=exception),
        work_row(10, **{**failing, "attempts": 9}),
        work_row(8, **failing),
        work_row(9, **failing),
        work_row(7, kind="discussion", **failing),
        work_row(11),
        dead_letter_row(1, topic=HOSTILE, reason=HOSTILE, body=f'{{"a": "{HOSTILE}"}}'),
        dead_letter_row(2),
        Heartbeat(part="worker", at=NOW - timedelta(hours=1)),
    )
    with site.world.database.writing() as session:
        session.execute(update(RemovalGate).values(tripped_at=NOW, reason=f"12 of 12 bugs {HOSTILE}"))
        session.execute(update(SourceState).where(SourceState.name == "bugzilla").values(failures=2, down_until=LATER))


def _stored(site: AdminSite, column: Any) -> list[Any]:
    with site.world.database.reading() as session:
        return list(session.scalars(select(column).order_by(column)))


def test_what_needs_an_operator_is_listed_by_urgency_and_leads_to_where_it_is_seen_to(site: AdminSite) -> None:
    _all_wrong(site)
    page = site.reader.page("/admin")
    places = [link.get("href", "").removeprefix(PREFIX) for link in page.by_id("troubles").iter("a")]
    assert list(dict.fromkeys(places)) == [
        "/admin/removals", "/status#sources", "/status#parts", "/admin/dead_letters", "/admin/queue",
        "/admin/milestones", "/admin#syncs",
    ]  # fmt: skip
    said = [" ".join("".join(each.itertext()).split()) for each in page.by_id("troubles")]
    assert said[0].startswith("removals are held back until an operator has looked: 12 of 12 bugs <script>")
    assert "there are messages that could not be read: 2 of them" in said
    assert "some keys cannot be worked on: 4 failing, 0 due" in said
    for place in places:
        site.reader.page(place.partition("#")[0])


def test_with_nothing_to_do_one_sentence_says_so(site: AdminSite) -> None:
    site.world.sync()
    _add(site, SyncRun(source="pagure", state="complete", started_at=NOW, heartbeat_at=NOW, finished_at=NOW))
    with site.world.database.writing() as session:
        session.execute(update(SourceState).values(failures=0, last_success_at=datetime.now(UTC)))
    page = site.reader.page("/admin")
    assert "Nothing needs you:" in page.text
    assert "troubles" not in page.ids()


def test_failing_keys_come_in_the_order_of_what_depends_on_them_and_are_tried_again(site: AdminSite) -> None:
    _all_wrong(site)
    page = site.reader.page("/admin/queue")
    rows = page.rows("failing")
    assert [row[0] for row in rows] == ["discussion 7", "bug 8", "bug 10", "a bug that is not public"]
    assert [row[1] for row in rows[:3]] == [
        "a blocker of an active milestone", "a freeze exception of an active milestone", "no active milestone"
    ]  # fmt: skip
    assert all("KeyError: <script>" in row[4] and "secret" not in row[4] for row in rows[:3])
    assert rows[3][4:] == ["not shown", ""]
    assert "bugzilla is left alone until" in page.text
    assert noticed(site.done("/admin/queue", key="bug/8")).startswith("What you chose is due at once.")
    due = {row.id: row.due_at for row in _rows(site, WorkItem)}
    assert due[8] < LATER == due[9] == due[10]
    site.done("/admin/queue", key="all")
    assert all(row.due_at < LATER for row in _rows(site, WorkItem))
    assert "fails no more" in problem(site.refused("/admin/queue", status=409, key="bug/4711"))
    for wrong in ("bug", "bug/x", "bog/7", "bug/" + "9" * 20, ""):
        assert site.send("/admin/queue", key=wrong).status_code == 400
    assert site.noted() == [
        ("alice", "retry", "bug/8", "due at once"), ("alice", "retry", "4 failing keys", "due at once")
    ]  # fmt: skip


def _rows(site: AdminSite, table: type[Any]) -> list[Any]:
    with site.world.database.reading() as session:
        rows = list(session.scalars(select(table)))
        session.expunge_all()
        return rows


def test_a_dead_letter_is_read_as_text_and_dropped_once(site: AdminSite) -> None:
    _all_wrong(site)
    (number, other) = _stored(site, DeadLetter.id)
    listed = site.reader.page("/admin/dead_letters")
    assert [row[1] for row in listed.rows("letters")] == [" ".join(HOSTILE.split()), "a.topic"]
    assert "SECRET" not in listed.text
    (body,) = site.reader.page(f"/admin/dead_letters/{number}").root.iter("pre")
    assert "".join(body.itertext()) == f'{{"a": "{HOSTILE}"}}'
    assert site.send(f"/admin/dead_letters/{number}").status_code == 400
    page = site.done(f"/admin/dead_letters/{number}", action="drop")
    assert noticed(page) == "The message is dropped."
    assert _stored(site, DeadLetter.id) == [other]
    assert "somebody has dropped it" in problem(
        site.refused(f"/admin/dead_letters/{number}", status=409, action="drop")
    )
    site.reader.page(f"/admin/dead_letters/{number}", status=404)
    for wrong in ("x", "9" * 30, "-1"):
        site.reader.page(f"/admin/dead_letters/{wrong}", status=404)
    ((actor, act, subject, detail),) = site.noted()
    assert (actor, act) == ("alice", "drop_dead_letter")
    assert HOSTILE in subject
    # What the message said stands nowhere.
    assert '"a"' not in subject + detail


def test_a_dead_letter_is_read_again_or_kept_with_the_reason(site: AdminSite) -> None:
    _add(
        site,
        dead_letter_row(1, topic=COMMENT_ADDED, body=json.dumps(ticket_body(7))),
        dead_letter_row(2, topic=COMMENT_ADDED, body="{}"),
        dead_letter_row(3, body="{}"),
    )
    readable, unreadable, foreign = _stored(site, DeadLetter.id)
    page = site.done(f"/admin/dead_letters/{readable}", action="read")
    assert noticed(page).startswith("The message could be read now: what it tells of is due at once")
    assert _stored(site, WorkItem.id) == [7]
    refused = site.refused(f"/admin/dead_letters/{unreadable}", status=409, action="read")
    assert "It still cannot be read, and is kept: no ticket number in issue.id" in problem(refused)
    page = site.done(f"/admin/dead_letters/{foreign}", action="read")
    assert "tells of nothing that is followed here" in noticed(page)
    assert _stored(site, DeadLetter.id) == [unreadable]
    assert [(act, detail) for _, act, _, detail in site.noted()] == [
        ("read_dead_letter", "read again and dropped; due at once: ticket/7"),
        ("read_dead_letter", "read again and dropped; topic does not concern us"),
    ]


def test_what_is_held_back_is_shown_and_accepted_as_it_was_shown(site: AdminSite) -> None:
    _all_wrong(site)
    page = site.reader.page("/admin/removals")
    assert [row[0] for row in page.rows("held")] == ["7", "8"]
    assert "2 of them are shown" in page.text
    assert "secret" not in page.text
    shown = site.inputs(page, "/admin/removals")
    with site.world.database.writing() as session:
        session.execute(update(RemovalGate).values(tripped_at=LATER))
    refused = site.refused("/admin/removals", status=409, **shown)
    assert "closed anew since you looked" in problem(refused)
    assert _stored(site, SyncRequest.source) == []
    done = site.done("/admin/removals", **site.inputs(refused, "/admin/removals"))
    assert noticed(done).startswith("A sync that believes what is held back is asked for.")
    assert "asked for by alice" in done.text
    assert "and to believe what is held back; not begun yet" in done.text
    again = site.reader.page("/admin/removals")
    assert "Somebody has accepted the removals." in again.text
    assert site.send("/admin/removals", tripped_at="soon").status_code == 400
    assert [(actor, act, subject) for actor, act, subject, _ in site.noted()] == [("alice", "ask_for_sync", "bugzilla")]
    assert _stored(site, BugRow.id) == [7, 8, 9, 10]


def test_a_sync_is_asked_for_and_its_progress_is_told(site: AdminSite) -> None:
    page = site.done("/admin/sync")
    assert noticed(page).startswith("A sync is asked for.")
    assert page.text.count("not begun yet") == 2
    run = SyncRun(source="bugzilla", state="running", started_at=NOW, heartbeat_at=datetime.now(UTC), keys=5)
    _add(site, run)
    _add(site, work_row(1, sync_run_id=run.id), work_row(2, sync_run_id=run.id))
    assert "3 of 5 read" in site.reader.page("/admin").text
    with site.world.database.writing() as session:
        session.execute(update(SyncRun).values(keys=0))
    assert "finding out what there is" in site.reader.page("/admin").text
    assert site.noted() == [("alice", "ask_for_sync", "bugzilla, pagure", "asked for a sync")]
