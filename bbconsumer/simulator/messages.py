"""The bodies of the messages that the bridge from Bugzilla to the bus publishes.

They are poorer than one would wish, like the real ones: no `blocks`, no `depends_on`,
an empty `cc`; `bug.last_change_time` is the value *before* the event, the rest of
`bug` the state after it; the `id` of a comment is that of its bug.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zlib import crc32

from bbconsumer.simulator.records import (
    COLUMN_BY_API_NAME,
    FLAGS_FIELD,
    STATUSES,
    Bug,
    Comment,
    FieldChange,
    Json,
    Product,
    User,
)

# Two schemas are met on the bus: names as strings, or (older) as objects with an id.
BusForm = Literal["bz4", "object"]
SCHEMA_BY_FORM: Mapping[BusForm, str] = {
    "bz4": "bugzilla2fedmsg.messageV1bz4",
    "object": "bugzilla2fedmsg.messageV1",
}

# Name, then status with the requestee; a name may hold a minus, which is a status as well.
_LOGGED_FLAG = re.compile(r"(.+?)([?+-](?:\(.*\))?)")

_EMPTY_CUSTOM_FIELDS = (
    "cf_atomic",
    "cf_category",
    "cf_clone_of",
    "cf_doc_type",
    "cf_documentation_action",
    "cf_embargoed",
    "cf_environment",
    "cf_fixed_in",
    "cf_mount_type",
    "cf_regression_status",
    "cf_release_notes",
    "cf_story_points",
    "cf_target_upstream_version",
    "cf_type",
)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Who did what kind of thing to which object of a bug, and when."""

    target: Literal["bug", "comment", "attachment"]
    action: Literal["create", "modify"]
    who: User
    at: datetime
    changes: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Cast:
    """The people and the product that a message names."""

    creator: User
    assigned_to: User
    product: Product
    qa_contact: User | None = None


def headers(body: Mapping[str, Json]) -> dict[str, str | int]:
    """The headers that let a consumer find the schema of a body."""
    form: BusForm = "bz4" if isinstance(body["bug"]["product"], str) else "object"
    return {"fedora_messaging_schema": SCHEMA_BY_FORM[form], "fedora_messaging_severity": 20}


def body(occurrence: Occurrence, bug: Bug, before: Bug, cast: Cast, web_url: str, form: BusForm) -> Json:
    """A message body without `comment` and `attachment`, which the caller adds.

    `before` is the bug as it was before the event; for a creation it is the bug itself.
    """
    account = {
        "id": bug.id,
        "alias": list(bug.alias),
        "classification": cast.product.classification,
        "creation_time": bug.creation_time.timestamp(),
        "last_change_time": before.last_change_time.timestamp(),
        "flags": [{"id": flag.id, "name": flag.name, "value": flag.status} for flag in bug.flags],
        "is_private": bug.is_private,
        "keywords": list(bug.keywords),
        "operating_system": bug.op_sys,
        "platform": bug.platform,
        "priority": bug.priority,
        "severity": bug.severity,
        "qa_contact": _person(cast.qa_contact) if cast.qa_contact else None,
        "reporter": _person(cast.creator),
        "resolution": bug.resolution,
        "status": {"id": STATUSES.index(bug.status) + 1, "name": bug.status},
        "summary": bug.summary,
        "target_milestone": None,
        "url": bug.url,
        "version": _named(bug.version),
        "whiteboard": bug.whiteboard,
        "cf_last_closed": None,
        **dict.fromkeys(_EMPTY_CUSTOM_FIELDS, ""),
        **_names(bug, cast, web_url, form),
    }
    return {
        "agent_name": None,
        "bug": account,
        "event": _event(occurrence, bug, web_url, form),
        "usernames": [],
    }


def _names(bug: Bug, cast: Cast, web_url: str, form: BusForm) -> Json:
    if form == "object":
        return {
            "assigned_to": _person(cast.assigned_to),
            "component": _named(bug.component),
            "product": {"id": cast.product.id, "name": cast.product.name},
        }
    return {
        "assigned_to": bug.assigned_to,
        "cc": [],
        "component": bug.component,
        "creator": bug.creator,
        "op_sys": bug.op_sys,
        "product": bug.product,
        "weburl": f"{web_url}/show_bug.cgi?id={bug.id}",
    }


def _event(occurrence: Occurrence, bug: Bug, web_url: str, form: BusForm) -> Json:
    at = occurrence.at.timestamp()
    account: Json = {
        "action": occurrence.action,
        "bug_id": bug.id,
        "change_set": f"{bug.id}.{int(at)}.{crc32(repr(occurrence).encode()) % 100_000}",
        "changes": list(_changes(occurrence.changes)),
        "host": f"{web_url}/",
        "routing_key": f"{occurrence.target}.{occurrence.action}",
        "target": occurrence.target,
        "time": at,
        "user": _person(occurrence.who),
    }
    if form == "bz4":
        account["who"] = occurrence.who.name
    return account


def _changes(changes: Iterable[FieldChange]) -> Iterable[Json]:
    for change in changes:
        if change.field == FLAGS_FIELD:
            yield from _flag_changes(change)
        else:
            yield _change(COLUMN_BY_API_NAME.get(change.field, change.field), change.removed, change.added)


def _flag_changes(change: FieldChange) -> Iterable[Json]:
    """The log has one string for all flags; the bus has one change per flag name."""
    removed, added = _flag_values(change.removed), _flag_values(change.added)
    for name in dict.fromkeys([*removed, *added]):
        yield _change(f"flag.{name}", removed.get(name, ""), added.get(name, ""))


def _flag_values(logged: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for flag in filter(None, logged.split(", ")):
        parts = _LOGGED_FLAG.fullmatch(flag)
        assert parts, flag
        name, value = parts.groups()
        values[name] = f"{values[name]}, {value}" if name in values else value
    return values


def _change(field: str, removed: str, added: str) -> Json:
    return {"field": field, "field_name": field, "removed": removed, "added": added}


def comment_part(comment: Comment, form: BusForm) -> Json:
    """What the bus says of a comment. Its `id` is the bug's, as on the real bus."""
    part: Json = {
        "body": comment.text,
        "creation_time": comment.creation_time.timestamp(),
        "id": comment.bug_id,
        "is_private": comment.is_private,
        "number": comment.number,
    }
    if form == "bz4":
        part["author"] = comment.creator
    return part


def attachment_part(attachment_id: int, file_name: str, description: str, at: datetime) -> Json:
    """What the bus says of a new attachment."""
    return {
        "content_type": "text/plain",
        "creation_time": at.timestamp(),
        "description": description,
        "file_name": file_name,
        "flags": [],
        "id": attachment_id,
        "is_obsolete": False,
        "is_patch": False,
        "is_private": False,
        "last_change_time": at.timestamp(),
    }


def _person(user: User) -> Json:
    return {"id": user.id, "login": user.name, "real_name": user.real_name}


def _named(name: str) -> Json:
    return {"id": crc32(name.encode("utf-8", "backslashreplace")) % 10_000, "name": name}
