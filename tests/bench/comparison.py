"""Nothing lost and nothing twice: what is stored must be what a sync into an empty database stores."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

import psycopg
from sqlalchemy import make_url

from bbconsumer.db.session import Database
from tests.bench import processes
from tests.bench.world import BugzillaProcess, World
from tests.convergence.truth import Stored, differences_between, load

_PATIENCE_S = 30.0
_STORED = """
SELECT (SELECT count(*) FROM bug WHERE %s IN (status, version)), (SELECT count(*) FROM work_item)
"""


def check(world: World, bugzilla: BugzillaProcess, database_url: str) -> None:
    """Compare what is stored with what a fresh service reads.

    The last messages may be in the hands of a consumer when the broker's queue is empty already: they get their time.

    Raises:
        BenchFailed: something is missing, differs, or is there twice.
    """
    with world.database(bugzilla, synced=True) as fresh_url:
        fresh = _load(fresh_url)
    give_up_at = time.monotonic() + _PATIENCE_S
    while found := _differences(_load(database_url), fresh, bugzilla.bug_ids):
        if time.monotonic() > give_up_at:
            raise processes.BenchFailed("\n".join(["what is stored is not what a sync reads:", *found[:20]]))
        time.sleep(0.1)


def wait_until_stored(database_url: str, bug_count: int, value: str) -> None:
    """Wait until so many bugs have this status or version, and no key is left in the work queue."""
    with psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as connection:
        processes.wait_for(
            lambda: connection.execute(_STORED, (value,)).fetchone() == (bug_count, 0), "everything is stored"
        )


def _load(database_url: str) -> Stored:
    database = Database(make_url(database_url), pool_size=1)
    try:
        return load(database)
    finally:
        database.dispose()


def _differences(one: Stored, other: Stored, bug_ids: Sequence[int]) -> list[str]:
    found = differences_between(one, other, bug_ids)
    if one.bugs.keys() != other.bugs.keys():
        found.append(f"bugs that are stored on one side only: {sorted(one.bugs.keys() ^ other.bugs.keys())}")
    for bug_id in bug_ids:
        here, there = Counter(one.events[bug_id]), Counter(other.events[bug_id])
        if here != there:
            found.append(f"bug {bug_id}: events {here - there} too many, {there - here} too few")
    if len(set(one.numbers)) < len(one.numbers):
        found.append("two events have one number")
    return found
