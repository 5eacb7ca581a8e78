"""What a change set makes of a bug, without storing anything.

`planned` gives the bug as it would be, `difference` what the log says about it. A
change set has the shape of the body of `PUT rest/bug/<id>`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol, TypeVar

from bbconsumer.simulator import errors
from bbconsumer.simulator.records import (
    FLAGS_FIELD,
    RESOLUTIONS,
    STATUSES,
    Bug,
    FieldChange,
    Flag,
    Product,
    User,
)

Changes = Mapping[str, Any]
Item = TypeVar("Item")

_TEXTS = (
    "summary",
    "whiteboard",
    "component",
    "version",
    "priority",
    "severity",
    "op_sys",
    "platform",
    "url",
    "target_milestone",
)
_LOGGED_SINGLE = ("product", "assigned_to", "qa_contact", "status", "resolution", "dupe_of")
_LOGGED_LISTS = ("blocks", "depends_on", "cc", "keywords", "groups", "alias", "see_also")
FLAG_TYPE_IDS = {"needinfo": 1, "fedora_prioritized_bug": 2, "fedora-review": 3}


class Directory(Protocol):
    """What an edit has to look up."""

    def bug_id(self, reference: object) -> int:
        """Raises: Refusal for an id or alias that no bug has."""

    def account(self, name: str) -> User:
        """Raises: Refusal 51 for an unknown account."""

    def product(self, name: str) -> Product:
        """Raises: Refusal 51 for an unknown product."""

    def alias_owner(self, alias: str) -> int | None: ...

    def next_flag_id(self) -> int: ...


def planned(bug: Bug, changes: Changes, directory: Directory, who: User, now: datetime) -> Bug:
    """The bug after the changes. Raises: Refusal; then nothing at all is to be stored."""
    texts = {name: str(changes[name]) for name in _TEXTS if name in changes}
    if "product" in changes:
        texts["product"] = directory.product(str(changes["product"])).name
    for name in ("assigned_to", "qa_contact"):
        if changes.get(name):
            texts[name] = directory.account(str(changes[name])).name
    bug = replace(bug, **texts)  # type: ignore[arg-type]  # every one of these fields is a str
    bug = _with_status(bug, changes, directory)
    bug = _with_lists(bug, changes, directory)
    if changes.get("flags"):
        bug = replace(bug, flags=_with_flags(bug.flags, changes["flags"], directory, who, now))
    return bug


def comment_in(changes: Changes) -> tuple[str, bool]:
    """The text of a change's comment as it is stored, empty if there is none, and whether it is private.

    Raises: Refusal 114 for one that is too long.
    """
    comment = changes.get("comment")
    if not isinstance(comment, Mapping):
        comment = {"body": comment}
    # The documented name is `body`; python-bugzilla sends `comment`, and servers take it.
    text = str(comment.get("body") or comment.get("comment") or "").rstrip()
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > errors.LONGEST_COMMENT:
        raise errors.comment_too_long()
    return text, bool(comment.get("is_private"))


def _with_status(bug: Bug, changes: Changes, directory: Directory) -> Bug:
    status = str(changes.get("status", bug.status))
    resolution = str(changes.get("resolution", bug.resolution))
    dupe_of = bug.dupe_of
    if changes.get("dupe_of"):
        status, resolution = "CLOSED", "DUPLICATE"
        dupe_of = directory.bug_id(changes["dupe_of"])
    if status not in STATUSES:
        raise errors.no_such_value("status", status)
    if status != "CLOSED":
        if changes.get("resolution"):
            raise errors.resolution_on_open_bug()
        return replace(bug, status=status, resolution="", dupe_of=None)
    if not resolution:
        raise errors.resolution_required(status)
    if resolution not in RESOLUTIONS:
        raise errors.no_such_value("resolution", resolution)
    if resolution != "DUPLICATE":
        dupe_of = None
    elif dupe_of is None:
        raise errors.duplicate_of_what()
    return replace(bug, status=status, resolution=resolution, dupe_of=dupe_of)


def _with_lists(bug: Bug, changes: Changes, directory: Directory) -> Bug:
    lists: dict[str, Any] = {}
    for name in ("blocks", "depends_on"):
        if name in changes:
            ids = _merged(getattr(bug, name), changes[name], directory.bug_id, _id_only)
            lists[name] = tuple(sorted(ids))
    if "cc" in changes:
        names = _merged(bug.cc, changes["cc"], lambda name: directory.account(name).name)
        lists["cc"] = tuple(sorted(names))
    for name in ("keywords", "groups", "see_also"):
        if name in changes:
            lists[name] = tuple(_merged(getattr(bug, name), changes[name], str))
    if "alias" in changes:
        lists["alias"] = tuple(_merged(bug.alias, changes["alias"], str))
        for alias in lists["alias"]:
            if directory.alias_owner(alias) not in (None, bug.id):
                raise errors.alias_taken(alias, bug.id)
    return replace(bug, **lists) if lists else bug


def _merged(
    current: Sequence[Item],
    change: Any,
    known: Callable[[Any], Item],
    removable: Callable[[Any], Item | None] = lambda item: item,
) -> list[Item]:
    """`change` is add/remove/set, or a plain list or value that replaces everything."""
    if not isinstance(change, Mapping):
        change = {"set": change}
    if "set" in change:
        return list(dict.fromkeys(known(item) for item in _listed(change["set"])))
    added = [known(item) for item in _listed(change.get("add"))]
    removed = {removable(item) for item in _listed(change.get("remove"))}
    return [item for item in dict.fromkeys([*current, *added]) if item not in removed]


def _listed(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _id_only(reference: Any) -> int | None:
    # An alias is not looked up when something is removed: nothing happens, and the
    # answer says 200.
    return int(reference) if str(reference).isdigit() else None


def _with_flags(
    flags: tuple[Flag, ...],
    changes: Sequence[Changes],
    directory: Directory,
    who: User,
    now: datetime,
) -> tuple[Flag, ...]:
    kept = list(flags)
    for change in changes:
        old = _flag_meant(kept, change)
        status = str(change.get("status", "?"))
        requestee = str(change.get("requestee") or "")
        if requestee:
            requestee = directory.account(requestee).name
        if old is not None:
            kept.remove(old)
        if status == "X":
            continue
        name = old.name if old else str(change.get("name"))
        if name not in FLAG_TYPE_IDS:
            raise errors.no_such_value("flag type", name)
        kept.append(
            Flag(
                id=old.id if old else directory.next_flag_id(),
                type_id=FLAG_TYPE_IDS[name],
                name=name,
                status=status,
                setter=who.name,
                requestee=requestee,
                creation_date=old.creation_date if old else now,
                modification_date=now,
            )
        )
    return tuple(kept)


def _flag_meant(flags: Sequence[Flag], change: Changes) -> Flag | None:
    """The flag that a change is about: by id, else the only one of that name, else a new one."""
    if change.get("id"):
        for flag in flags:
            if flag.id == int(change["id"]):
                return flag
        raise errors.no_such_value("flag", change["id"])
    if change.get("new"):
        return None
    return next((flag for flag in flags if flag.name == change.get("name")), None)


def difference(before: Bug, after: Bug) -> list[FieldChange]:
    """Every field that changed, as Bugzilla's log words it; whiteboards as whole strings."""
    changes = [
        FieldChange(name, _text(getattr(before, name)), _text(getattr(after, name)))
        for name in (*_TEXTS, *_LOGGED_SINGLE)
        if getattr(before, name) != getattr(after, name)
    ]
    for name in _LOGGED_LISTS:
        changes += _list_change(name, getattr(before, name), getattr(after, name))
    changes += _list_change(FLAGS_FIELD, [str(flag) for flag in before.flags], [str(flag) for flag in after.flags])
    return changes


def _list_change(name: str, before: Sequence[object], after: Sequence[object]) -> list[FieldChange]:
    if before == after:
        return []
    kept = set(before) & set(after)
    removed = ", ".join(str(item) for item in before if item not in kept)
    added = ", ".join(str(item) for item in after if item not in kept)
    return [FieldChange(name, removed, added)] if removed or added else []


def _text(value: object) -> str:
    return "" if value is None else str(value)
