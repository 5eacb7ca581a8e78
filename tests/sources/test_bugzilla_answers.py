"""What a single value may look like, where HTTP adds nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import requests

from bbconsumer.domain.snapshots import Flag
from bbconsumer.sources import RequestRefused
from bbconsumer.sources.bugzilla_answers import BUG_FIELDS, parse_bug, parse_former_members, parse_history, parse_time
from bbconsumer.sources.http import retry_after_s

AT = datetime(2026, 11, 23, 15, 8, 35, tzinfo=UTC)
RAW: dict[str, Any] = {
    "id": 7,
    "summary": "It crashes",
    "status": "NEW",
    "resolution": "",
    "component": "kernel",
    "version": "45",
    "product": "Fedora",
    "whiteboard": "",
    "blocks": [1],
    "depends_on": [],
    "flags": [],
    "assigned_to": "bob@example.test",
    "creator": "alice@example.test",
    "creation_time": "2026-11-23T15:08:35Z",
    "last_change_time": "2026-11-23T15:08:35Z",
    "is_open": True,
    "priority": "---",
    "severity": "normal",
    "keywords": [],
    "groups": [],
    "dupe_of": None,
}


def test_all_fields_that_are_read_are_asked_for() -> None:
    assert set(RAW) == set(BUG_FIELDS.split(","))
    for name in set(RAW) - {"groups"}:
        with pytest.raises(RequestRefused, match=f"KeyError\\('{name}'\\)"):
            parse_bug({key: value for key, value in RAW.items() if key != name})


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"component": ["kernel", "dracut"]}, "component", "kernel, dracut"),
        ({"component": []}, "component", ""),
        ({"version": None}, "version", ""),
        ({"keywords": ["b", "a"]}, "keywords", ("a", "b")),
        ({"blocks": [3, 1, 3]}, "blocks", {1, 3}),
        ({"is_open": 0}, "is_open", False),
        ({"dupe_of": 5}, "dupe_of", 5),
        ({"dupe_of": None}, "dupe_of", None),
        ({"groups": ["b", "a"]}, "groups", ("a", "b")),
        ({"whiteboard": "a\0b"}, "whiteboard", "a\N{REPLACEMENT CHARACTER}b"),
        ({"creation_time": "2024-02-29T23:59:59Z"}, "created_at", datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_values_come_in_several_shapes(changes: dict[str, Any], field: str, expected: object) -> None:
    assert getattr(parse_bug({**RAW, **changes}), field) == expected


def test_who_may_not_know_of_groups_is_told_of_none() -> None:
    assert parse_bug({key: value for key, value in RAW.items() if key != "groups"}).groups == ()


@pytest.mark.parametrize(
    ("raw", "flag"),
    [
        ({"name": "needinfo", "status": "?"}, Flag("needinfo", "?")),
        (
            {
                "name": "needinfo",
                "status": "?",
                "setter": "a",
                "requestee": "b",
                "modification_date": "2026-11-23T15:08:35Z",
            },
            Flag("needinfo", "?", "a", "b", AT),
        ),
        ({"name": "x", "status": "+", "requestee": None, "modification_date": None, "type_id": 3}, Flag("x", "+")),
    ],
)
def test_flags(raw: dict[str, Any], flag: Flag) -> None:
    assert parse_bug({**RAW, "flags": [raw]}).flags == (flag,)


@pytest.mark.parametrize("text", ["", "2026-11-23", "2026-11-23T15:08:35", "2026-11-23T15:08:35+01:00", "1795446516"])
def test_a_time_has_one_form(text: str) -> None:
    assert parse_time("2026-11-23T15:08:35Z") == AT
    with pytest.raises(ValueError, match="time data"):
        parse_time(text)


def moment(second: int, *changes: tuple[str, str, str]) -> dict[str, Any]:
    return {
        "when": f"2026-11-23T15:08:{second:02}Z",
        "who": "alice@example.test",
        "changes": [{"field_name": name, "removed": removed, "added": added} for name, removed, added in changes],
    }


def test_a_history_is_in_order_and_keeps_only_what_is_read() -> None:
    raw = {
        "id": 7,
        "history": [
            moment(35, ("blocks", "3, ", "3"), ("cc", "", "x@example.test")),
            moment(32, ("status_whiteboard", "a", "b"), ("priority", "low", "high")),
            moment(35, ("blocked", "", "1")),
        ],
    }
    entries = parse_history(raw)
    assert [(entry.at.second, entry.field, entry.removed, entry.added) for entry in entries] == [
        (32, "status_whiteboard", "a", "b"),
        (35, "blocks", "3, ", "3"),
        (35, "blocked", "", "1"),
    ]


@pytest.mark.parametrize(
    ("removed", "ids"),
    [("", set()), ("3", {3}), ("3, 17", {3, 17}), ("3, ", {3}), ("3 17,x -4 ５", {3, 17}), (None, set())],
)
@pytest.mark.parametrize("name", ["depends_on", "dependson"])
def test_former_members_are_read_from_whatever_stands_there(name: str, removed: str, ids: set[int]) -> None:
    assert parse_former_members({"id": 1, "history": [moment(1, (name, removed, "99"), ("blocks", "5", ""))]}) == ids


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("120", 120.0),
        ("86400", 3600.0),
        ("9" * 400, 3600.0),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("Mon, 23 Nov 1998 08:00:00 GMT", 0.0),
        ("Mon, 23 Nov 2026 08:00:00 -0000", None),
    ],
)
def test_the_wait_that_a_server_asks_for(header: str, seconds: float | None) -> None:
    response = requests.Response()
    response.headers["Retry-After"] = header
    assert retry_after_s(response) == seconds


def test_the_wait_may_be_a_date() -> None:
    response = requests.Response()
    response.headers["Retry-After"] = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    wait_s = retry_after_s(response)
    assert wait_s is not None
    assert 80 < wait_s <= 90
    assert retry_after_s(requests.Response()) is None
