"""Bugs, people, comments and history as Bugzilla's REST answers spell them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from bbconsumer.simulator.reading import View, merged_activity
from bbconsumer.simulator.records import Bug, Comment, Flag, Json, User, timestamp

TIME_TRACKING_GROUP = "timetrackers"
_DETAILS = {
    "assigned_to_detail": "assigned_to",
    "creator_detail": "creator",
    "cc_detail": "cc",
    "qa_contact_detail": "qa_contact",
}


@dataclass(frozen=True, slots=True)
class Flavour:
    """In what Red Hat's Bugzilla and a stock one differ.

    `single_values_in_lists`: component and version are lists with one element.
    """

    name: str
    documentation_url: str
    tells_total: bool
    rows_without_limit: int
    rows_at_most: int
    single_values_in_lists: bool


RED_HAT = Flavour(
    name="redhat",
    documentation_url="https://bugzilla.redhat.com/docs/en/html/api/index.html",
    tells_total=True,
    rows_without_limit=20,
    rows_at_most=1_000,
    single_values_in_lists=True,
)
STOCK = Flavour(
    name="stock",
    documentation_url="https://bugzilla.readthedocs.org/en/5.0/api/",
    tells_total=False,
    rows_without_limit=10_000,
    rows_at_most=10_000,
    single_values_in_lists=False,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which fields a client asked for: `include_fields` and `exclude_fields`."""

    included: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()

    def has(self, field: str) -> bool:
        # Asking for a person brings the details along.
        names = {field, _DETAILS.get(field, field)}
        if names & self.excluded:
            return False
        return not self.included or bool(names & self.included or self.included & _EVERYTHING)


_EVERYTHING = frozenset({"_default", "_all"})
EVERYTHING_WANTED = Wanted()


class Spelling:
    """Spells things for one reader of one flavour."""

    def __init__(self, view: View, flavour: Flavour) -> None:
        self._view = view
        self._flavour = flavour
        self._logged_in = view.user is not None

    def login(self, name: str) -> str:
        """Whoever is not logged in sees only the part before the @."""
        return name if self._logged_in else name.partition("@")[0]

    def person(self, name: str) -> Json:
        user = self._view.state.account(name)
        login = self.login(name)
        return {"id": user.id, "name": login, "real_name": user.real_name, "email": login}

    def people(self, names: Iterable[str]) -> list[Json]:
        return [self.person(name) for name in names]

    def bug(self, bug: Bug, wanted: Wanted = EVERYTHING_WANTED) -> Json:
        fields = {name: value for name, value in self._own_fields(bug).items() if wanted.has(name)}
        for name, source in _DETAILS.items():
            value = getattr(bug, source)
            if wanted.has(name) and (value or source != "qa_contact"):
                fields[name] = self.people(value) if source == "cc" else self.person(value)
        return fields

    def _own_fields(self, bug: Bug) -> Json:
        listed = self._flavour.single_values_in_lists
        return {
            "id": bug.id,
            "alias": list(bug.alias),
            "summary": bug.summary,
            "status": bug.status,
            "resolution": bug.resolution,
            "is_open": bug.is_open,
            "is_confirmed": True,
            "dupe_of": bug.dupe_of,
            "product": bug.product,
            "classification": self._view.state.product(bug.product).classification,
            "component": [bug.component] if listed else bug.component,
            "version": [bug.version] if listed else bug.version,
            "whiteboard": bug.whiteboard,
            "keywords": list(bug.keywords),
            "blocks": list(bug.blocks),
            "depends_on": list(bug.depends_on),
            "flags": [self._flag(flag) for flag in bug.flags],
            "groups": list(bug.groups),
            "see_also": list(bug.see_also),
            "assigned_to": self.login(bug.assigned_to),
            "creator": self.login(bug.creator),
            "qa_contact": self.login(bug.qa_contact),
            "cc": [self.login(name) for name in bug.cc],
            "priority": bug.priority,
            "severity": bug.severity,
            "op_sys": bug.op_sys,
            "platform": bug.platform,
            "target_milestone": bug.target_milestone,
            "url": bug.url,
            "is_cc_accessible": True,
            "is_creator_accessible": True,
            "creation_time": timestamp(bug.creation_time),
            "last_change_time": timestamp(bug.last_change_time),
            **self._time_tracking(),
        }

    def _time_tracking(self) -> Json:
        user = self._view.user
        if user is None or TIME_TRACKING_GROUP not in user.groups:
            return {}
        return {"actual_time": 0, "estimated_time": 0, "remaining_time": 0, "deadline": None}

    def _flag(self, flag: Flag) -> Json:
        fields: Json = {
            "id": flag.id,
            "type_id": flag.type_id,
            "name": flag.name,
            "status": flag.status,
            "setter": self.login(flag.setter),
            "creation_date": timestamp(flag.creation_date),
            "modification_date": timestamp(flag.modification_date),
        }
        if flag.requestee:
            fields["requestee"] = self.login(flag.requestee)
        return fields

    def comment(self, comment: Comment) -> Json:
        return {
            "id": comment.id,
            "bug_id": comment.bug_id,
            "count": comment.number,
            "creator": self.login(comment.creator),
            "text": comment.text,
            "time": timestamp(comment.creation_time),
            "creation_time": timestamp(comment.creation_time),
            "is_private": comment.is_private,
            "attachment_id": comment.attachment_id,
            "tags": [],
        }

    def history(self, bug: Bug, newer_than: datetime | None = None) -> Json:
        entries = [
            {
                "when": timestamp(when),
                "who": self.login(who),
                "changes": [
                    {"field_name": change.field, "removed": change.removed, "added": change.added} for change in changes
                ],
            }
            for when, who, changes in merged_activity(self._view.activity(bug))
            if newer_than is None or when > newer_than
        ]
        return {"id": bug.id, "alias": list(bug.alias), "history": entries}

    def account(self, user: User, group_ids: Collection[str]) -> Json:
        """A user as `rest/user` shows it; `group_ids`: all group names, in a fixed order."""
        brief: Json = {
            "id": user.id,
            "name": self.login(user.name),
            "real_name": user.real_name,
        }
        if not self._logged_in:
            return brief
        numbers = {name: number for number, name in enumerate(group_ids, start=8)}
        groups = [
            {"id": numbers[name], "name": name, "description": f"The group {name}"} for name in sorted(user.groups)
        ]
        return brief | {
            "email": user.name,
            "can_login": True,
            "email_enabled": True,
            "login_denied_text": "",
            "groups": groups,
        }
