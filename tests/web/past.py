"""Gives a database on PostgreSQL a long past: what is stored is copied many times, as of milestones that have ended."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import text

from bbconsumer.db.session import Database
from tests.web.world import FREEZE_EXCEPTION, World

# More than there are of anything that is copied.
_STRIDE = 1_000_000
_PAST_TRACKER = 9001

# In the order in which the tables need each other: what a copy does not have in common with its original.
_DIFFERENCES: Mapping[str, Mapping[str, str]] = {
    "bug": {
        "id": "id + :stride * n",
        "is_active": "false",
        "deactivated_at": "now() - n * interval '10 days'",
        "dupe_of": "dupe_of + :stride * n",
        "component": "component || '-' || n",
        "assigned_to": "n || assigned_to",
        "is_open": "false",
        "priority_state": "'none'",
    },
    "nomination": {"bug_id": "bug_id + :stride * n", "tracker_id": ":tracker + tracker_id % 2"},
    "ticket": {"id": "id + :stride * n", "bug_id": "bug_id + :stride * n", "is_open": "false"},
    "bodhi_update": {"id": "id + :stride * n", "alias": "alias || '-' || n", "status": "'stable'"},
    "update_bug": {"update_id": "update_id + :stride * n", "bug_id": "bug_id + :stride * n"},
    "event": {
        "seq": "seq + :stride * n",
        # Of milestones there are few, so what happened to one is not copied but as something else's.
        "object_kind": "replace(object_kind, 'milestone', 'bug')",
        "object_id": "object_id + :stride * n",
        "at": "at - n * interval '10 days'",
    },
    "work_item": {"id": "id + :stride * n"},
    "dead_letter": {"id": "id + :stride * n", "message_id": "message_id || '-' || n"},
    "sync_run": {"id": "id + :stride * n", "started_at": "started_at - n * interval '30 minutes'"},
    "proposal": {"id": "id || '-' || n", "person": "person || n", "bug_id": "bug_id + :stride * n"},
    "bugzilla_account": {"person": "person || n"},
    "audit_entry": {"id": "id + :stride * n"},
    "discussion": {"bug_id": "bug_id + :stride * n"},
    "record": {"bug_id": "bug_id + :stride * n"},
}
GROWING = frozenset(_DIFFERENCES)
"""The tables that grow as long as the service lives; of the others there are a few rows for each release."""


def grow_past(database: Database, copies: int) -> None:
    """Copy every row of GROWING so many times, and let PostgreSQL count what there is.

    What is of now keeps the highest numbers in the change feed.
    """
    World(database).milestone("44", "beta", trackers={"blocker": _PAST_TRACKER, FREEZE_EXCEPTION: _PAST_TRACKER + 1})
    numbers = {"stride": _STRIDE, "tracker": _PAST_TRACKER, "copies": copies}
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE milestone SET is_active = false WHERE release = '44'"))
        for table, differences in _DIFFERENCES.items():
            pairs = ", ".join(f"'{column}', {value}" for column, value in differences.items())
            # Two nominations of a bug for trackers of now may be for one tracker of then.
            connection.execute(
                text(
                    f"INSERT INTO {table} SELECT (jsonb_populate_record(row, jsonb_build_object({pairs}))).* "
                    f"FROM {table} row, generate_series(1, :copies) n ON CONFLICT DO NOTHING"
                ),
                numbers,
            )
        connection.execute(
            text("UPDATE event SET seq = seq + :stride * (:copies + 1) WHERE seq < :stride"),
            numbers,
        )
        connection.execute(text("UPDATE counter SET value = (SELECT max(seq) FROM event) WHERE name = 'event'"))
        connection.execute(text("ANALYZE"))
