"""The state of the simulated Pagure and the operations that change it.

Thread-safe: an edit may come over HTTP and from Python at the same time. Each edit moves `last_updated`, and is told
to the bus and to the project's webhook, unless the ticket is private.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import RLock

from bbconsumer.simulator import pagure_errors as errors
from bbconsumer.simulator.bridge import Publish
from bbconsumer.simulator.bugzilla import utc_now
from bbconsumer.simulator.pagure_bridge import PagureBridge
from bbconsumer.simulator.pagure_records import CLOSED, OPEN, Account, Project, Ticket, TicketComment, Token
from bbconsumer.simulator.versions import Edits, Versions

# Pagure notes a ticket's change some milliseconds before the row that it is about: a comment is always a little newer
# than the `last_updated` that it brought about.
_ROW_DELAY = timedelta(microseconds=2_500)
_WRITERS = ("admin", "commit", "ticket")


class Pagure:
    """Accounts, projects and tickets. Operations raise `PagureRefusal` and then store nothing.

    `user` is always the name of whoever acts; what they may do is checked only for what comes over HTTP.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = utc_now,
        web_url: str = "https://pagure.example.test",
        topic_prefix: str = "org.fedoraproject.prod",
    ) -> None:
        self.lock = RLock()
        self.clock = clock
        self.web_url = web_url
        self.edits = Edits()
        self.tickets: Versions[tuple[str, int], Ticket] = Versions()
        self.bridge = PagureBridge(self, topic_prefix)
        self._accounts: dict[str, Account] = {}
        self._tokens: dict[str, Token] = {}
        self._members_by_group: dict[str, frozenset[str]] = {}
        self._projects: dict[str, Project] = {}
        self._last_id_by_project: dict[str, int] = {}
        self._comment_count = 0

    def on_message(self, publish: Publish) -> None:
        """Have `publish(topic, body)` called for each message from now on.

        It is called while the state is locked, so that messages keep the order of the edits: it must be quick and
        must not wait for another thread that edits.
        """
        self.bridge.subscribe(publish)

    def now(self) -> datetime:
        return self.clock().astimezone(UTC)

    # Accounts and projects

    def add_user(self, name: str, full_name: str = "", *, token: str = "") -> Account:
        with self.lock:
            account = self._accounts[name] = Account(name, full_name or name)
            if token:
                self.add_token(token, name)
            return account

    def add_token(self, token: str, user: str, project: str = "") -> None:
        """Let the token speak for the account, in one project or everywhere."""
        self._tokens[token] = Token(self.account(user).name, project)

    def add_group(self, name: str, members: Iterable[str]) -> None:
        self._members_by_group[name] = frozenset(members)

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
            self._projects[path] = Project(
                len(self._projects) + 1,
                path,
                self.account(owner).name,
                now,
                now,
                description,
                {level: tuple(names) for level, names in (users or {}).items()},
                {level: tuple(names) for level, names in (groups or {}).items()},
                tuple(close_statuses),
            )
            return self._projects[path]

    def account(self, name: str) -> Account:
        if name not in self._accounts:
            raise errors.no_user(name)
        return self._accounts[name]

    def token(self, text: str) -> Token:
        if text not in self._tokens:
            raise errors.bad_token()
        return self._tokens[text]

    def project(self, path: str) -> Project:
        if path not in self._projects:
            raise errors.no_project()
        return self._projects[path]

    def may_write(self, path: str, user: str) -> bool:
        """Whether somebody has any access that lets them edit other people's tickets."""
        project = self.project(path)
        names = {project.owner}
        for level in _WRITERS:
            names.update(project.users_by_access.get(level, ()))
            for group in project.groups_by_access.get(level, ()):
                names |= self._members_by_group.get(group, frozenset())
        return user in names

    def burn_id(self, path: str) -> int:
        """Give a number away to a pull request: a gap in the tickets' numbers."""
        with self.lock:
            self.project(path)
            self._last_id_by_project[path] = self._last_id_by_project.get(path, 0) + 1
            return self._last_id_by_project[path]

    # Tickets

    def ticket(self, path: str, ticket_id: int) -> Ticket:
        """The ticket as it stands, whoever asks."""
        with self.lock:
            self.project(path)
            ticket = self.tickets.newest((path, ticket_id))
            if ticket is None:
                raise errors.no_ticket()
            return ticket

    def create_ticket(
        self, path: str, title: str, content: str, user: str, *, tags: Iterable[str] = (), is_private: bool = False
    ) -> int:
        """Gives its number."""
        with self.lock:
            project, now = self.project(path), self.now()
            self.account(user)
            names = tuple(dict.fromkeys(tags))
            self._projects[path] = replace(project, tags=tuple(sorted({*project.tags, *names})))
            ticket = Ticket(
                path, self.burn_id(path), title, content, user, now, now - _ROW_DELAY, tags=names, is_private=is_private
            )
            self._store(ticket)
            self.bridge.tell("new", ticket, user)
            return ticket.id

    def comment(self, path: str, ticket_id: int, text: str, user: str) -> int:
        """Gives the comment's id, which no answer over HTTP tells."""
        with self.lock:
            self.account(user)
            ticket = self._with_comment(self.ticket(path, ticket_id), text, user)
            self._store(ticket)
            self.bridge.tell("comment.added", ticket, user)
            return ticket.comments[-1].id

    def edit_ticket(
        self, path: str, ticket_id: int, user: str, *, title: str | None = None, content: str | None = None
    ) -> list[str]:
        """Gives the names of the fields that changed."""
        with self.lock:
            before = self.ticket(path, ticket_id)
            after = replace(
                before,
                title=before.title if title is None else title,
                content=before.content if content is None else content,
            )
            return self._edit(before, after, user, [])

    def set_status(self, path: str, ticket_id: int, status: str, user: str, *, close_status: str = "") -> list[str]:
        """Open or close a ticket; gives what Pagure says about it, nothing if nothing changed."""
        with self.lock:
            before = self.ticket(path, ticket_id)
            choices = self.project(path).close_statuses
            if status in choices and not close_status:
                status, close_status = CLOSED, status
            if status not in (OPEN, CLOSED):
                raise errors.no_choice("status")
            if close_status and close_status not in choices:
                raise errors.no_choice("close_status")
            after = self._with_status(before, status, close_status, user)
            said = _status_notes(before, after)
            self._edit(before, after, user, said)
            return said

    def _with_status(self, ticket: Ticket, status: str, close_status: str, user: str) -> Ticket:
        if status == OPEN:
            return replace(ticket, status=OPEN, close_status="")
        if ticket.is_open:
            now = self.now() - _ROW_DELAY
            ticket = replace(ticket, status=CLOSED, closed_at=now, closed_by=self.account(user).name)
        return replace(ticket, close_status=close_status or ticket.close_status)

    def _edit(self, before: Ticket, after: Ticket, user: str, notes: list[str]) -> list[str]:
        """Store and tell an edit, then have Pagure note in a comment of its own what happened."""
        self.account(user)
        fields = [
            name for name in ("close_status", "content", "private", "status", "title") if _differ(before, after, name)
        ]
        if fields:
            after = self._touched(after)
            self._store(after)
            self.bridge.tell("edit", after, user, {"fields": fields})
            self._note(after, user, notes)
        return fields

    def _note(self, ticket: Ticket, user: str, notes: list[str]) -> None:
        """The comment that Pagure writes; no message tells of it."""
        if notes:
            text = "\n".join([f"**Metadata Update from @{user}**:", *(f"- {note}" for note in notes)])
            self._store(self._with_comment(ticket, text, user, is_notification=True))

    def _with_comment(self, ticket: Ticket, text: str, user: str, *, is_notification: bool = False) -> Ticket:
        self._comment_count += 1
        comment = TicketComment(self._comment_count, user, text, self.now(), is_notification=is_notification)
        return self._touched(replace(ticket, comments=(*ticket.comments, comment)))

    def _touched(self, ticket: Ticket) -> Ticket:
        return replace(ticket, updated_at=max(self.now() - _ROW_DELAY, ticket.updated_at))

    def _store(self, ticket: Ticket) -> None:
        self.tickets.put((ticket.project, ticket.id), ticket, self.edits.begin(self.now()))


def _differ(before: Ticket, after: Ticket, name: str) -> bool:
    attribute = "is_private" if name == "private" else name
    return bool(getattr(before, attribute) != getattr(after, attribute))


def _status_notes(before: Ticket, after: Ticket) -> list[str]:
    notes = []
    if after.status != before.status:
        notes.append(f"Issue status updated to: {after.status} (was: {before.status})")
    if after.close_status and after.close_status != before.close_status:
        was = f" (was: {before.close_status})" if before.close_status else ""
        notes.append(f"Issue close_status updated to: {after.close_status}{was}")
    return notes
