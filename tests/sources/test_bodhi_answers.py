"""What a single value of Bodhi may look like, where HTTP adds nothing."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from bbconsumer.domain.snapshots import UpdateSnapshot
from bbconsumer.sources import RequestRefused
from bbconsumer.sources.bodhi_answers import (
    format_time,
    is_since,
    parse_bug_ids,
    parse_page,
    parse_target,
    parse_time,
    parse_update,
)
from tests import recordings

Json = dict[str, Any]

AT = datetime(2026, 11, 23, 15, 41, 50, tzinfo=UTC)
UPDATE: Json = {
    "alias": "FEDORA-2026-d85110bf40",
    "title": "dracut-1-1.fc45 kernel-6.18.9-200.fc45",
    "status": "testing",
    "request": None,
    "release": {
        "name": "F45",
        "min_karma": 1,
        "critpath_min_karma": 2,
        "mandatory_days_in_testing": 7,
        "critpath_mandatory_days_in_testing": 14,
    },
    "user": {"name": "alice"},
    "bugs": [{"bug_id": 1234569, "title": "Kernel panics"}],
    "builds": [{"nvr": "kernel-6.18.9-200.fc45"}, {"nvr": "dracut-1-1.fc45"}],
    "karma": -1,
    "autokarma": True,
    "autotime": True,
    "stable_karma": 3,
    "unstable_karma": -3,
    "stable_days": 7,
    "critpath": False,
    "date_submitted": "2026-11-21 15:41:50",
    "date_modified": None,
    "date_testing": "2026-11-22 15:41:50",
    "date_stable": None,
    "date_pushed": "2026-11-22 15:41:50",
    "test_gating_status": None,
    "meets_testing_requirements": True,
}
# Older servers, and messages, do not tell these.
OPTIONAL = {
    "autokarma",
    "autotime",
    "stable_days",
    "date_modified",
    "date_testing",
    "date_stable",
    "date_pushed",
    "test_gating_status",
    "meets_testing_requirements",
}


def read(**changes: Any) -> UpdateSnapshot:
    return parse_update({**UPDATE, **changes})


def without(*names: str) -> Json:
    return {name: value for name, value in UPDATE.items() if name not in names}


def test_an_update_is_read_whole() -> None:
    assert read() == UpdateSnapshot(
        alias="FEDORA-2026-d85110bf40",
        title="dracut-1-1.fc45 kernel-6.18.9-200.fc45",
        status="testing",
        request="",
        release="F45",
        submitter="alice",
        bug_ids=frozenset({1234569}),
        builds=("dracut-1-1.fc45", "kernel-6.18.9-200.fc45"),
        karma=-1,
        stable_karma=3,
        unstable_karma=-3,
        stable_days=7,
        gating="",
        is_ready=True,
        is_critical=False,
        submitted_at=AT - timedelta(days=2),
        modified_at=None,
        testing_at=AT - timedelta(days=1),
        stable_at=None,
        pushed_at=AT - timedelta(days=1),
        needed_karma=1,
        needed_days=7,
    )


@pytest.mark.parametrize("name", [name for name in UPDATE if name not in {"alias", *OPTIONAL}])
def test_an_update_without_a_field_that_decides_is_refused_and_named(name: str) -> None:
    with pytest.raises(RequestRefused, match=rf"update FEDORA-2026-d85110bf40 cannot be read: KeyError\('{name}'\)"):
        parse_update(without(name))


def test_what_is_not_told_is_not_guessed() -> None:
    update = parse_update(without(*OPTIONAL))
    assert (update.modified_at, update.testing_at, update.stable_at, update.pushed_at) == (None,) * 4
    assert (update.gating, update.is_ready, update.stable_days) == ("", None, None)
    old_release = read(release={"name": "F45"})
    assert (old_release.needed_karma, old_release.needed_days) == (None, None)


def test_fields_that_nobody_knows_change_nothing() -> None:
    assert (
        read(locked=True, comments=[{"text": None}], user={"name": "alice", "x": 1}, critpath_groups="core") == read()
    )


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"request": "stable"}, "request", "stable"),
        ({"autokarma": False}, "stable_karma", None),
        ({"stable_karma": None}, "stable_karma", None),
        # Bodhi withdraws it whether or not it would push it.
        ({"autokarma": False}, "unstable_karma", -3),
        ({"unstable_karma": 0}, "unstable_karma", None),
        ({"autotime": False}, "stable_days", None),
        ({"stable_days": 0}, "stable_days", 0),
        ({"test_gating_status": "failed"}, "gating", "failed"),
        ({"meets_testing_requirements": False}, "is_ready", False),
        ({"critpath": None}, "is_critical", False),
        ({"critpath": True}, "needed_karma", 2),
        ({"critpath": True}, "needed_days", 14),
        ({"user": None}, "submitter", ""),
        ({"bugs": []}, "bug_ids", frozenset()),
        # A bug of another tracker.
        ({"bugs": [{"bug_id": None}, {"bug_id": 7}]}, "bug_ids", frozenset({7})),
        ({"title": "a\0b"}, "title", "a\N{REPLACEMENT CHARACTER}b"),
        ({"status": "side_tag_active"}, "status", "side_tag_active"),
        ({"date_modified": "2026-11-23 15:41:50"}, "modified_at", AT),
    ],
)
def test_values_come_in_several_shapes(changes: Json, field: str, expected: object) -> None:
    assert getattr(read(**changes), field) == expected


SPOILT: dict[str, Json] = {
    "a status that is none": {"status": None},
    "an empty status": {"status": ""},
    "a request that is an object": {"request": {"name": "stable"}},
    "no release": {"release": None},
    "a release without a name": {"release": {"name": ""}},
    "a user that is a text": {"user": "alice"},
    "bugs null": {"bugs": None},
    "bugs as numbers": {"bugs": [7]},
    "a bug as a text": {"bugs": [{"bug_id": "7"}]},
    "builds as texts": {"builds": ["kernel-1-1"]},
    "karma null": {"karma": None},
    "karma as a text": {"karma": "3"},
    "a threshold that is true": {"stable_karma": True},
    "ready in words": {"meets_testing_requirements": "yes"},
    "no time": {"date_submitted": None},
    "a time with a zone": {"date_submitted": "2026-11-21T15:41:50Z"},
    "a time that is a number": {"date_testing": 1795447979},
    "a huge text for a time": {"date_stable": "9" * 1_000_000},
    "a huge name": {"title": ["x" * 1_000_000]},
}


@pytest.mark.parametrize("how", SPOILT)
def test_an_update_without_sense_is_refused_and_named(how: str) -> None:
    with pytest.raises(RequestRefused, match="about update FEDORA-2026-d85110bf40 cannot be read") as caught:
        read(**SPOILT[how])
    assert len("".join(traceback.format_exception(caught.value))) < 5_000, "it goes to the log"


@pytest.mark.parametrize("alias", [None, "", 7, {"x": "y" * 1_000_000}], ids=["null", "empty", "number", "object"])
def test_an_update_without_an_alias_is_refused(alias: object) -> None:
    with pytest.raises(RequestRefused, match="cannot be read") as caught:
        read(alias=alias)
    assert len(str(caught.value)) < 1_000


def test_no_error_tells_the_title_of_a_bug() -> None:
    """It may be a private one."""
    with pytest.raises(RequestRefused) as caught:
        parse_bug_ids(UPDATE | {"bugs": [{"bug_id": "7", "title": "secret"}]})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "moment"),
    [("2026-11-23 15:41:50", AT), ("2024-02-29 23:59:59", datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC))],
)
def test_a_time_has_one_form_and_is_utc(text: str, moment: datetime) -> None:
    assert parse_time(text) == moment
    assert format_time(moment) == text
    assert format_time(moment.astimezone(timezone(timedelta(hours=5))) + timedelta(microseconds=999_999)) == text


@pytest.mark.parametrize("text", ["", "2026-11-23", "2026-11-23 15:41", "2026-11-23 15:41:50.1", "2026-02-30 15:41:50"])
def test_nothing_else_is_a_time(text: str) -> None:
    with pytest.raises(ValueError, match=r"does not match|unconverted|out of range"):
        parse_time(text)


@pytest.mark.parametrize(
    ("time", "is_later"),
    [("2026-11-23 15:41:50", True), ("2026-11-23 15:41:49", False), (None, False), ("soon", False), (7, False)],
)
def test_the_grain_of_what_was_since_is_one_second(time: object, is_later: bool) -> None:
    assert is_since({"date_modified": time}, "date_modified", AT.replace(microsecond=999_999)) is is_later
    assert not is_since({}, "date_modified", AT)


@pytest.mark.parametrize(
    ("page", "pages", "rows", "is_last"),
    [(1, 1, 1, True), (1, 2, 1, False), (2, 2, 1, True), (9, 1, 0, True), (1, 0, 0, True), (1, 2, 0, True)],
)
def test_the_last_page_is_known_by_its_number_or_by_being_empty(
    page: int, pages: int, rows: int, is_last: bool
) -> None:
    raw = {"updates": [UPDATE] * rows, "page": page, "pages": pages, "total": 7}
    read_page = parse_page(raw, "updates", "alias")
    assert (read_page.is_last, read_page.total, len(read_page.row_by_id)) == (is_last, 7, rows)


def test_a_comment_tells_its_update_and_bugs() -> None:
    assert parse_target({"id": 5, "update": UPDATE}) == ("FEDORA-2026-d85110bf40", frozenset({1234569}))
    for raw in ({"id": 5}, {"id": 5, "update": None}, {"id": 5, "update": without("alias")}):
        with pytest.raises(RequestRefused, match="about comment 5 cannot be read"):
            parse_target(raw)


def recorded_updates() -> Iterator[Json]:
    for path in recordings.files("peers/bodhi-*.json"):
        body = json.loads(path.read_text(encoding="utf-8"))
        yield from body.get("updates", ())
        yield from (comment["update"] for comment in body.get("comments", ()))


@recordings.recorded
def test_recorded_updates_are_read() -> None:
    updates = [parse_update(raw) for raw in recorded_updates()]
    assert {update.status for update in updates} == {"testing", "pending"}
    assert {update.release for update in updates} == {"F43", "F44"}
    assert {bug_id for update in updates for bug_id in update.bug_ids} == {1234567, 1234569}
    for update in updates:
        assert (update.submitter, update.karma, update.stable_karma, update.needed_karma) == ("alice", 1, 3, 2)
        assert (update.testing_at is None) == (update.pushed_at is None) == (update.request == "testing")


@recordings.recorded
def test_recorded_lists_are_read() -> None:
    pages = {
        path.name: parse_page(json.loads(path.read_text(encoding="utf-8")), "updates", "alias")
        for path in recordings.files("peers/bodhi-updates__*.json")
    }
    assert {name: (len(page.row_by_id), page.is_last, page.total) for name, page in pages.items()} == {
        "bodhi-updates__bugs_1234567.json": (1, True, 1),
        "bodhi-updates__page_9.json": (0, True, 4),
        "bodhi-updates__rows_per_page_2.json": (2, False, 4),
    }
    (path,) = recordings.files("peers/bodhi-comments__*.json")
    comments = parse_page(json.loads(path.read_text(encoding="utf-8")), "comments", "id")
    assert [parse_target(raw) for raw in comments.row_by_id.values()] == [
        ("FEDORA-2026-d85110bf40", frozenset({1234569}))
    ]


@recordings.recorded
def test_of_old_messages_is_read_what_names_its_update() -> None:
    outcomes = {}
    for path in recordings.files("messages/bodhi-*.json"):
        raw = json.loads(path.read_text(encoding="utf-8"))["body"]["update"]
        try:
            outcomes[path.name.removeprefix("bodhi-legacy-update-")] = parse_update(raw).alias
        except RequestRefused:
            outcomes[path.name.removeprefix("bodhi-legacy-update-")] = ""
    assert outcomes == {
        "complete-testing.json": "",
        "edit.json": "",
        "eject.json": "",
        "karma-threshold.json": "FEDORA-EPEL-2015-0238",
        "request-testing.json": "",
    }
