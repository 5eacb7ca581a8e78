"""What the simulated Bugzilla stores. Values only: nothing here changes in place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

OPEN_STATUSES = (
    "NEW",
    "ASSIGNED",
    "ON_DEV",
    "POST",
    "MODIFIED",
    "ON_QA",
    "VERIFIED",
    "RELEASE_PENDING",
)
STATUSES = (*OPEN_STATUSES, "CLOSED")
RESOLUTIONS = (
    "CANTFIX",
    "COMPLETED",
    "CURRENTRELEASE",
    "DEFERRED",
    "DUPLICATE",
    "EOL",
    "ERRATA",
    "INSUFFICIENT_DATA",
    "NEXTRELEASE",
    "NOTABUG",
    "RAWHIDE",
    "UPSTREAM",
    "WONTFIX",
    "WORKSFORME",
)

# Bugzilla has two sets of names: columns (in charts and on the bus) and those of its API.
COLUMN_BY_API_NAME: Mapping[str, str] = {
    "blocks": "blocked",
    "creation_time": "creation_ts",
    "creator": "reporter",
    "depends_on": "dependson",
    "dupe_of": "dup_id",
    "groups": "bug_group",
    "id": "bug_id",
    "last_change_time": "delta_ts",
    "platform": "rep_platform",
    "severity": "bug_severity",
    "status": "bug_status",
    "summary": "short_desc",
    "url": "bug_file_loc",
    "whiteboard": "status_whiteboard",
}
API_NAME_BY_COLUMN: Mapping[str, str] = {column: name for name, column in COLUMN_BY_API_NAME.items()}
FLAGS_FIELD = "flagtypes.name"


@dataclass(frozen=True, slots=True)
class Product:
    """A product; the bridge relays only those with `on_the_bus`."""

    id: int
    name: str
    classification: str = "Fedora"
    on_the_bus: bool = True


@dataclass(frozen=True, slots=True)
class User:
    """An account. `name` is the login, which is a mail address."""

    id: int
    name: str
    real_name: str
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag on one bug; a needinfo may be on a bug several times."""

    id: int
    type_id: int
    name: str
    status: str
    setter: str
    requestee: str
    creation_date: datetime
    modification_date: datetime

    def __str__(self) -> str:
        """As Bugzilla's history writes it: `needinfo?(alice@example.test)`."""
        return f"{self.name}{self.status}" + (f"({self.requestee})" if self.requestee else "")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment; number 0 is the bug's description."""

    id: int
    bug_id: int
    number: int
    creator: str
    text: str
    creation_time: datetime
    edit: int
    is_private: bool = False
    attachment_id: int | None = None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One changed field by its API name, as the strings that Bugzilla logs."""

    field: str
    removed: str
    added: str


@dataclass(frozen=True, slots=True)
class Activity:
    """One row of the activity log: a field change, who made it, when, and in which edit."""

    edit: int
    when: datetime
    who: str
    change: FieldChange


@dataclass(frozen=True, slots=True)
class Bug:
    """A bug as it stands after one edit. Lists of ids are sorted."""

    id: int
    product: str
    component: str
    version: str
    summary: str
    creator: str
    assigned_to: str
    creation_time: datetime
    last_change_time: datetime
    status: str = "NEW"
    resolution: str = ""
    dupe_of: int | None = None
    whiteboard: str = ""
    priority: str = "unspecified"
    severity: str = "unspecified"
    op_sys: str = "Unspecified"
    platform: str = "Unspecified"
    url: str = ""
    target_milestone: str = "---"
    qa_contact: str = ""
    alias: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    see_also: tuple[str, ...] = ()
    blocks: tuple[int, ...] = ()
    depends_on: tuple[int, ...] = ()
    flags: tuple[Flag, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.status != "CLOSED"

    @property
    def is_private(self) -> bool:
        return bool(self.groups)

    def visible_to(self, user: User | None) -> bool:
        """All groups of a bug must be the reader's, except for the people on the bug itself."""
        if not self.groups:
            return True
        if user is None:
            return False
        on_the_bug = user.name in (self.creator, self.assigned_to, *self.cc)
        return on_the_bug or set(self.groups) <= user.groups


def timestamp(moment: datetime) -> str:
    """The format of every time in Bugzilla's REST answers; one-second grain."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def parsed_time(text: str) -> datetime:
    """A time as a client may send it; without a zone it is UTC.

    Raises: ValueError if it is none.
    """
    moment = datetime.fromisoformat(text.strip())
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
