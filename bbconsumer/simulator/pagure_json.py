"""Projects, tickets and comments as Pagure's answers and messages spell them."""

import hashlib
from typing import Protocol

from bbconsumer.simulator.pagure_records import ACCESS_LEVELS, Account, Project, Ticket, TicketComment, epoch
from bbconsumer.simulator.records import Json


class Directory(Protocol):
    """Where the people are looked up that an answer names."""

    @property
    def web_url(self) -> str: ...

    def account(self, name: str) -> Account: ...


def person(directory: Directory, name: str) -> Json:
    account = directory.account(name)
    path = f"user/{account.name}"
    return {
        "name": account.name,
        "fullname": account.full_name,
        "url_path": path,
        "full_url": f"{directory.web_url}/{path}",
    }


def user(directory: Directory, name: str, projects: list[Json], url: str) -> Json:
    """A person's page: all projects on one page, and no forks, which are not simulated."""
    return {
        "user": person(directory, name) | {"avatar_url": avatar_url(name, 16)},
        "repos": projects,
        "repos_pagination": _pages_of_user(url, "repopage", 1 if projects else 0),
        "forks": [],
        "forks_pagination": _pages_of_user(url, "forkpage", 0),
    }


def _pages_of_user(url: str, counter: str, pages: int) -> Json:
    return {
        "first": f"{url}?per_page=20&{counter}=1",
        "last": f"{url}?per_page=20&{counter}={pages}",
        "next": None,
        "prev": None,
        counter: 1,
        "pages": pages,
        "per_page": 20,
    }


def avatar_url(name: str, size: int) -> str:
    digest = hashlib.sha256(name.encode("utf-8", "backslashreplace")).hexdigest()
    return f"https://seccdn.libravatar.org/avatar/{digest}?s={size}&d=retro"


def project(directory: Directory, project: Project) -> Json:
    users = {level: sorted(project.users_by_access.get(level, ())) for level in ACCESS_LEVELS}
    return {
        "id": project.id,
        "name": project.name,
        "fullname": project.path,
        "url_path": project.path,
        "full_url": f"{directory.web_url}/{project.path}",
        "description": project.description,
        "namespace": project.namespace or None,
        "parent": None,
        "date_created": epoch(project.created_at),
        "date_modified": epoch(project.modified_at),
        "user": person(directory, project.owner),
        "access_users": {"owner": [project.owner]} | users,
        "access_groups": {level: sorted(project.groups_by_access.get(level, ())) for level in ACCESS_LEVELS},
        "tags": [],
        "priorities": {},
        "custom_keys": [],
        "close_status": list(project.close_statuses),
        "milestones": {},
    }


def contributors(project: Project) -> Json:
    """Here the owner counts as an admin, and a name is in the plural."""

    def listed(level: str, names: tuple[str, ...]) -> list[str]:
        return sorted({project.owner, *names} if level == "admin" else names)

    def spelled(level: str) -> str:
        return "collaborators" if level == "collaborator" else level

    users, groups = project.users_by_access, project.groups_by_access
    return {
        "users": {spelled(level): listed(level, users.get(level, ())) for level in ACCESS_LEVELS},
        "groups": {spelled(level): sorted(groups.get(level, ())) for level in ACCESS_LEVELS},
    }


def ticket(directory: Directory, ticket: Ticket, *, with_comments: bool = True) -> Json:
    """Without comments the list is there, and empty."""
    return {
        "id": ticket.id,
        "title": ticket.title,
        "content": ticket.content,
        "status": ticket.status,
        "close_status": ticket.close_status or None,
        "date_created": epoch(ticket.created_at),
        "last_updated": epoch(ticket.updated_at),
        "closed_at": epoch(ticket.closed_at) if ticket.closed_at else None,
        "user": person(directory, ticket.user),
        "private": ticket.is_private,
        "tags": sorted(ticket.tags),
        "depends": [str(number) for number in ticket.depends_on],
        "blocks": [str(number) for number in ticket.blocks],
        "assignee": person(directory, ticket.assignee) if ticket.assignee else None,
        "priority": None,
        "milestone": None,
        "custom_fields": [],
        "closed_by": person(directory, ticket.closed_by) if ticket.closed_by else None,
        "related_prs": [],
        "full_url": f"{directory.web_url}/{ticket.project}/issue/{ticket.id}",
        "comments": [comment(directory, each) for each in ticket.comments] if with_comments else [],
    }


def comment(directory: Directory, comment: TicketComment) -> Json:
    return {
        "id": comment.id,
        "comment": comment.text,
        "parent": None,
        "date_created": epoch(comment.created_at),
        "user": person(directory, comment.user),
        "edited_on": epoch(comment.edited_at) if comment.edited_at else None,
        "editor": person(directory, comment.editor) if comment.editor else None,
        "notification": comment.is_notification,
        "reactions": {},
    }


def lone_comment(directory: Directory, each: TicketComment) -> Json:
    """A comment that is asked for by itself has two more fields."""
    return comment(directory, each) | {
        "avatar_url": avatar_url(each.user, 16),
        "comment_date": each.created_at.strftime("%Y-%m-%d %H:%M:%S"),
    }
