"""What the simulated Pagure stores. Values only: nothing here changes in place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

OPEN, CLOSED = "Open", "Closed"
ACCESS_LEVELS = ("admin", "commit", "collaborator", "ticket")


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can log in."""

    name: str
    full_name: str


@dataclass(frozen=True, slots=True)
class Token:
    """A key to the interface: of one project, or (empty) of all that its owner may do."""

    user: str
    project: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    """A project by its path, `namespace/name` or only `name`.

    `users_by_access` and `groups_by_access` have the keys `ACCESS_LEVELS`; the owner is in none of them.
    `close_statuses` is what a ticket may be closed as, and empty in a new project.
    """

    id: int
    path: str
    owner: str
    created_at: datetime
    modified_at: datetime
    description: str = ""
    users_by_access: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    groups_by_access: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    close_statuses: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def namespace(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class TicketComment:
    """A comment; `id` is unique in the whole server. Pagure writes some itself: `is_notification`."""

    id: int
    user: str
    text: str
    created_at: datetime
    edited_at: datetime | None = None
    editor: str = ""
    is_notification: bool = False


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as it stands after one edit. Its number is shared with the project's pull requests."""

    project: str
    id: int
    title: str
    content: str
    user: str
    created_at: datetime
    updated_at: datetime
    status: str = OPEN
    close_status: str = ""
    closed_at: datetime | None = None
    closed_by: str = ""
    assignee: str = ""
    tags: tuple[str, ...] = ()
    is_private: bool = False
    depends_on: tuple[int, ...] = ()
    blocks: tuple[int, ...] = ()
    comments: tuple[TicketComment, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.status == OPEN

    def comment(self, comment_id: int) -> TicketComment | None:
        return next((comment for comment in self.comments if comment.id == comment_id), None)


def epoch(moment: datetime) -> str:
    """The format of every time in Pagure's answers: seconds as a string, with a fraction only if there is one."""
    return str(moment.timestamp()).removesuffix(".0")
