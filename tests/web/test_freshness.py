"""No data must never look like good data."""

from __future__ import annotations

from tests.web.reading import BETA, Reader, text_of
from tests.web.world import World, ago


def test_nothing_there_and_nothing_known_are_told_apart(world: World, reader: Reader) -> None:
    world.milestone()
    page = reader.page(BETA)
    assert "No data yet: whether there are proposed blockers is not known." in text_of(page.by_id("proposed-blockers"))
    assert "No sync has been complete so far" in page.warnings
    assert page.title == "Fedora 45 Beta: no data yet – Blocker Bugs"
    world.synced()
    page = reader.page(BETA)
    assert "No proposed blockers (checked 3 min ago)." in text_of(page.by_id("proposed-blockers"))
    assert page.warnings == ""
    assert "Checked 3 min ago by the last complete sync. Bugzilla last answered 3 min ago." in page.text


def test_a_sync_that_was_not_complete_proves_nothing(world: World, reader: Reader) -> None:
    world.milestone()
    world.synced("incomplete", problem="out of time with 3 of 9 bugs left")
    page = reader.page(BETA)
    assert "No data yet: whether there are" in text_of(page.by_id("proposed-blockers"))
    assert "The last sync was incomplete" in page.warnings
    assert "out of time with 3 of 9 bugs left" in page.warnings


def test_an_aborted_sync_after_a_complete_one_keeps_the_age_of_the_complete_one(world: World, reader: Reader) -> None:
    world.milestone()
    world.synced(at=ago(minutes=40))
    world.synced("aborted", at=ago(minutes=5), problem="interrupted")
    page = reader.page(BETA)
    assert "(checked 40 min ago)" in text_of(page.by_id("proposed-blockers"))
    assert "The last sync was aborted" in page.warnings
    assert "interrupted" in page.warnings


def test_a_milestone_that_no_sync_has_read_has_no_data_though_others_have(world: World, reader: Reader) -> None:
    world.milestone(is_read=False)
    world.synced()
    page = reader.page(BETA)
    assert "No data yet: whether there are" in text_of(page.by_id("proposed-blockers"))
    assert "This milestone is new: no sync has read its trackers so far." in page.warnings


def test_a_milestone_without_one_of_its_trackers_says_so(world: World, reader: Reader) -> None:
    world.milestone(trackers={"blocker": 1001})
    world.synced()
    page = reader.page(BETA)
    assert "No Freeze Exception tracker is set up." in page.warnings
    assert "No data yet" in text_of(page.by_id("proposed-freeze-exceptions"))


def test_data_past_twice_the_interval_are_called_stale(world: World, reader: Reader) -> None:
    world.milestone()
    world.synced(at=ago(minutes=59))
    assert reader.page(BETA).warnings == ""
    with world.database.writing() as session:
        session.connection().exec_driver_sql("DELETE FROM sync_run")
    world.synced(at=ago(minutes=61))
    page = reader.page(BETA)
    assert "Stale data" in page.warnings
    assert "last complete sync 1 h ago" in page.warnings


def test_a_source_that_fails_is_told_with_its_last_success(world: World, reader: Reader) -> None:
    world.milestone()
    world.synced()
    world.source(failures=3, last_error="HTTP 502\n[parameters: 'SECRET']", last_success_at=ago(minutes=20))
    page = reader.page(BETA)
    assert "Bugzilla cannot be read. The last 3 tries failed: HTTP 502 (it last answered 20 min ago)" in page.warnings
    assert "SECRET" not in page.text


def test_a_tripped_gate_is_told_with_its_reason(world: World, reader: Reader) -> None:
    world.milestone()
    world.synced()
    world.gate(tripped_at=ago(hours=2), reason="31 of 60 bugs disappeared")
    assert "Removals are held back" in reader.page(BETA).warnings
    assert "31 of 60 bugs disappeared (since 2 h ago)" in reader.page(BETA).warnings


def test_a_tracker_with_a_problem_is_told_on_its_own_milestone_only(world: World, reader: Reader) -> None:
    world.milestone()
    world.milestone("45", "final", trackers={"blocker": 2001, "freeze_exception": 2002})
    world.synced()
    with world.database.writing() as session:
        session.connection().exec_driver_sql("UPDATE tracker SET problem = 'cannot be read' WHERE id = 1002")
    assert "Tracker problem. cannot be read" in reader.page(BETA).warnings
    assert reader.page("/milestone/45/final/buglist").warnings == ""
