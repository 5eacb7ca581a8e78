"""The judges of a storm see what is wrong: each is shown something that is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import cast

import pytest
from sqlalchemy import make_url, text

from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from bbconsumer.wiring import build_syncs
from tests.convergence.service import prepare
from tests.convergence.story import ANCHOR
from tests.end_to_end.deployment import eventually
from tests.faults.plan import ACTS, plan_of
from tests.faults.reader import PAGES, Reader
from tests.faults.reference import Reference
from tests.faults.stage import Stage
from tests.lives.people import People
from tests.lives.service import service_on
from tests.lives.sources import Sources, opened_sources
from tests.services.postgres import PostgreSQL

_WRONG = {
    "a bug's state": "UPDATE bug SET status = 'POST' WHERE id = (SELECT max(id) FROM bug)",
    "a bug off the lists": f"UPDATE bug SET is_active = false WHERE id = {ANCHOR}",
    "a bug that is held": f"UPDATE bug SET removal_held = 'it is said to be gone' WHERE id = {ANCHOR}",
    "a nomination's state": "UPDATE nomination SET state = 'withdrawn'",
    "a nomination that is missing": "DELETE FROM nomination WHERE tracker_id = 1",
    "an event that is missing": "DELETE FROM event WHERE seq = (SELECT min(seq) FROM event WHERE object_kind = 'bug')",
    "an event at another time": "UPDATE event SET at = '2020-01-01 00:00:00.000000' WHERE seq = 1",
    "an event that is told twice": "INSERT INTO event SELECT 9999, object_kind, object_id, field,"
    " '2020-01-01 00:00:00.000000', who, old, new, recorded_at FROM event WHERE seq = 1",
    "a vote by somebody else": "UPDATE ticket SET review = replace(review, '+', '-')",
    "a ticket's title": "UPDATE ticket SET title = 'Another' WHERE absence IS NULL",
    "a ticket that is gone": "UPDATE ticket SET absence = 'missing'",
    "a verdict that follows on none": "INSERT INTO event SELECT 9998, 'milestone', 1, 'verdict',"
    " '2020-01-01 00:00:00.000000', '', 'GO', 'NO-GO', recorded_at FROM event WHERE seq = 1",
    "an update's karma": "UPDATE bodhi_update SET karma = karma + 1",
    "an update's end": "UPDATE bodhi_update SET status = 'obsolete' WHERE status <> 'obsolete'",
}


@pytest.fixture(scope="module")
def sources() -> Iterator[Sources]:
    """Sources at which a lot has happened."""
    with opened_sources() as sources:
        people = People(sources, Random(3))
        people.begin()
        for _ in range(150):
            people.act()
        sources.clock.advance(86_400)
        yield sources


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the schema and both milestones."""
    file = tmp_path_factory.mktemp("fresh") / "fresh.sqlite"
    prepare(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="module")
def synced(sources: Sources, fresh: Path) -> Path:
    """A file in which all is right."""
    file = Path(shutil.copy(fresh, fresh.with_name("synced.sqlite")))
    with service_on(file, sources.settings(is_writing=False), sources.clock) as service:
        assert service.sync() == []
    return file


def test_what_is_right_is_found_right(sources: Sources, fresh: Path, synced: Path) -> None:
    assert differences(sources, fresh, synced) == []


@pytest.mark.parametrize("what", _WRONG)
def test_what_is_wrong_is_found(what: str, sources: Sources, fresh: Path, synced: Path, tmp_path: Path) -> None:
    file = Path(shutil.copy(synced, tmp_path / "wrong.sqlite"))
    database = Database(make_url(f"sqlite:///{file}"))
    with database.writing() as session:
        assert session.execute(text(_WRONG[what])).rowcount > 0  # type: ignore[attr-defined]
    database.dispose()
    assert differences(sources, fresh, file)


def differences(sources: Sources, fresh: Path, file: Path) -> list[str]:
    """What the reference finds wrong in a file."""
    database = Database(make_url(f"sqlite:///{file}"), clock=sources.clock)
    witness = Path(shutil.copy(fresh, file.with_name("witness.sqlite")))
    try:
        return Reference(sources, database).differences(sources.settings(is_writing=False), witness)
    finally:
        database.dispose()
        witness.unlink()


def test_a_removal_of_what_never_was_gone_is_found_even_if_it_comes_back(postgres: PostgreSQL) -> None:
    url = postgres.create_database()
    prepare(url)
    with opened_sources() as sources:
        People(sources, Random(1)).begin()
        database, settings = Database(make_url(url)), sources.settings(is_writing=False)
        reference = Reference(sources, database)
        reference.watch()
        assert [sync.run().problem for sync in build_syncs(settings, database)] == ["", "", ""]
        assert reference.wrong_removals() == []
        bug_id = sources.bugs.bug_ids[0]
        for is_active in ("false", "true"):
            with database.writing() as session:
                session.execute(text(f"UPDATE bug SET is_active = {is_active} WHERE id = {bug_id}"))
        assert reference.wrong_removals() == [f"bug {bug_id} was removed, and never was gone"]
        sources.bugs.bugzilla.switches.hide = frozenset({bug_id})
        reference.look()
        assert reference.wrong_removals() == []
        database.dispose()
    postgres.drop_database(url)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_without_data_is_no_good_page(path: str) -> None:
    empty = json.dumps({"verdict": "GO", "checked_at": None, "bugs": []})
    page = empty if path.startswith("/api/") else '<p class="freshness">No data yet.</p><p>No open blockers.</p> GO'
    assert not any(is_so(page) for is_so in PAGES[path].values())


class _Keeper:
    """A web that is there, at an address where nobody answers or somebody else does."""

    steady_since = 0.0
    web_url = "http://127.0.0.1:1"


class _Stage:
    """As much of a stage as a reader looks at. The database has been away for long."""

    keeper = _Keeper()
    settings = Settings.of()
    database_away_since = 0.0
    is_in_trouble = True

    def was_database_in_trouble(self, _since: float) -> bool:
        return self.is_in_trouble


def _found(page: str, *, is_in_trouble: bool = True, is_noticed: bool = False) -> list[str]:
    stage = _Stage()
    stage.is_in_trouble = is_in_trouble
    reader = Reader(cast("Stage", stage), Random(1))
    reader.judge("/status", page, 0.0, is_noticed=is_noticed)
    return list(reader.problems)


_FRESH_STATUS = '<p class="freshness">Checked just now.</p>'
_OLD_STATUS = _FRESH_STATUS + "This page is old."


def test_a_page_that_seems_fresh_while_the_database_is_away_is_found() -> None:
    assert _found(_FRESH_STATUS) == []
    assert _found(_OLD_STATUS, is_noticed=True) == []
    assert _found(_FRESH_STATUS, is_noticed=True) == ["/status does not say that it is old though the database is away"]
    assert _found(_OLD_STATUS, is_in_trouble=False) == ["/status was old though the database was there"]


def test_a_web_that_does_not_answer_and_an_answer_that_is_none_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader(cast("Stage", _Stage()), Random(1))
    reader.look_at_all()
    assert len(reader.problems) == len(PAGES)
    assert reader.looks["no answer"] == len(PAGES)

    def no_json(path: str, *_: object, **__: object) -> None:
        json.loads("no JSON")

    broken = Reader(cast("Stage", _Stage()), Random(1))
    monkeypatch.setattr(broken, "_look", no_json)
    with broken:
        eventually(lambda: broken.problems, 10)
    assert all("could not be judged" in problem for problem in broken.problems)


def test_a_seed_always_tells_the_same_plan() -> None:
    for seed in range(200):
        plan = plan_of(seed, has_small_disks=True)
        assert str(plan) == str(plan_of(seed, has_small_disks=True))
        assert all(0 <= window.begin < window.end < ACTS for window in plan.windows)
