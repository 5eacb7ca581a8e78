"""Who has an account at the simulated Pagure, which projects there are, and who may do what in them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from threading import RLock

from bbconsumer.simulator import pagure_errors as errors
from bbconsumer.simulator.bugzilla import utc_now
from bbconsumer.simulator.pagure_records import ACCESS_LEVELS, Account, Project, Token

_COMMITTERS = ("admin", "commit")


class PagureSite:
    """Accounts, groups, tokens and projects. The lock is everybody's who changes or reads several things at once."""

    def __init__(
        self, *, clock: Callable[[], datetime] = utc_now, web_url: str = "https://pagure.example.test"
    ) -> None:
        self.lock = RLock()
        self.clock = clock
        self.web_url = web_url
        self._accounts: dict[str, Account] = {}
        self._tokens: dict[str, Token] = {}
        self._members_by_group: dict[str, frozenset[str]] = {}
        self._projects: dict[str, Project] = {}
        self._last_id_by_project: dict[str, int] = {}

    def now(self) -> datetime:
        return self.clock().astimezone(UTC)

    # Accounts

    def add_user(self, name: str, full_name: str = "", *, token: str = "") -> Account:
        with self.lock:
            account = self._accounts[name] = Account(name, full_name or name)
            if token:
                self.add_token(token, name)
            return account

    def add_token(self, token: str, user: str, project: str = "") -> None:
        """Let the token speak for the account, in one project or everywhere."""
        with self.lock:
            self._tokens[token] = Token(self.account(user).name, project)

    def add_group(self, name: str, members: Iterable[str]) -> None:
        with self.lock:
            self._members_by_group[name] = frozenset(members)

    def account(self, name: str) -> Account:
        if name not in self._accounts:
            raise errors.no_user(name)
        return self._accounts[name]

    def token(self, text: str) -> Token:
        if text not in self._tokens:
            raise errors.bad_token()
        return self._tokens[text]

    # Projects

    def add_project(
        self,
        path: str,
        owner: str,
        *,
        users: Mapping[str, Iterable[str]] | None = None,
        groups: Mapping[str, Iterable[str]] | None = None,
        close_statuses: Iterable[str] = (),
        description: str = "",
    ) -> Project:
        """`users` and `groups` give names by access: `admin`, `commit`, `collaborator`, `ticket`."""
        with self.lock:
            now = self.now()
            known = self._projects.get(path)
            self._projects[path] = Project(
                id=known.id if known else len(self._projects) + 1,
                path=path,
                owner=self.account(owner).name,
                created_at=known.created_at if known else now,
                modified_at=now,
                description=description,
                users_by_access={level: tuple(names) for level, names in (users or {}).items()},
                groups_by_access={level: tuple(names) for level, names in (groups or {}).items()},
                close_statuses=tuple(close_statuses),
                tags=known.tags if known else (),
            )
            return self._projects[path]

    def project(self, path: str) -> Project:
        if path not in self._projects:
            raise errors.no_project()
        return self._projects[path]

    def people_of(self, path: str, levels: Iterable[str] = ACCESS_LEVELS) -> frozenset[str]:
        """The owner, and everybody with one of these kinds of access, be it by a group."""
        project = self.project(path)
        names = {project.owner}
        for level in levels:
            names.update(project.users_by_access.get(level, ()))
            for group in project.groups_by_access.get(level, ()):
                names |= self._members_by_group.get(group, frozenset())
        return frozenset(names)

    def projects_of(self, user: str) -> list[Project]:
        return [each for each in self._projects.values() if user in self.committers_of(each.path)]

    def committers_of(self, path: str) -> frozenset[str]:
        """Those who may see private tickets."""
        return self.people_of(path, _COMMITTERS)

    def burn_id(self, path: str) -> int:
        """Give a number away to a pull request: a gap in the tickets' numbers."""
        with self.lock:
            self.project(path)
            self._last_id_by_project[path] = self._last_id_by_project.get(path, 0) + 1
            return self._last_id_by_project[path]

    def _know_tags(self, path: str, tags: Iterable[str]) -> None:
        """A tag that is used for the first time becomes one of the project's."""
        project = self.project(path)
        self._projects[path] = replace(project, tags=tuple(sorted({*project.tags, *tags})))
